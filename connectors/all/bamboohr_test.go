package all_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
)

// bamboo answers as BambooHR's API does, as far as the preset asks it. A page has
// two applications.
type bamboo struct {
	mu       sync.Mutex
	server   *httptest.Server
	apps     []map[string]any
	comments []string
	broken   bool
	asked    []string
}

var statuses = map[int]string{1: "New", 2: "Video interview", 3: "Video review"}

const key = "bamboo-key"

func newBamboo(t *testing.T) *bamboo {
	t.Helper()
	b := &bamboo{}
	b.server = httptest.NewServer(b)
	t.Cleanup(b.server.Close)
	return b
}

// recorded has the applications of the recorded page.
func (b *bamboo) recorded(t *testing.T) *bamboo {
	t.Helper()
	text, err := os.ReadFile("testdata/bamboohr/applications.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Applications []map[string]any `json:"applications"`
	}
	if err := json.Unmarshal(text, &page); err != nil || len(page.Applications) != 2 {
		t.Fatal(len(page.Applications), err)
	}
	b.apps = page.Applications
	return b
}

func (b *bamboo) put(i, status int) {
	b.apps[i]["status"] = map[string]any{"id": status, "label": statuses[status]}
}

func (b *bamboo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Method+" "+r.URL.RequestURI())
	user, password, _ := r.BasicAuth()
	path, under := strings.CutPrefix(r.URL.Path, "/acme/api/v1/applicant_tracking/")
	switch {
	case b.broken:
		w.WriteHeader(http.StatusBadGateway)
		return
	case user != key || password == "":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case !under:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var out any
	switch path {
	case "applications":
		out = b.page(r)
	case "statuses":
		list := []map[string]any{}
		for _, id := range slices.Sorted(maps.Keys(statuses)) {
			list = append(list, map[string]any{"id": id, "code": nil, "name": statuses[id]})
		}
		out = list
	case "jobs":
		out = []map[string]any{{"id": 77, "title": map[string]any{"id": nil, "label": "Miller"}, "department": map[string]any{"id": 3, "label": "Production"}}}
	default:
		if out = b.one(w, r, strings.TrimPrefix(path, "applications/")); out == nil {
			return
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (b *bamboo) page(r *http.Request) any {
	var list []map[string]any
	wanted := strings.Split(r.URL.Query().Get("applicationStatusId"), ",")
	for _, a := range b.apps {
		id := fmt.Sprint(a["status"].(map[string]any)["id"])
		if r.URL.Query().Get("applicationStatus") == "ALL_ACTIVE" || slices.Contains(wanted, id) {
			list = append(list, a)
		}
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((page-1)*2, len(list))
	to := min(from+2, len(list))
	return map[string]any{"paginationComplete": to == len(list), "nextPageUrl": nil, "applications": append([]map[string]any{}, list[from:to]...)}
}

func (b *bamboo) one(w http.ResponseWriter, r *http.Request, path string) any {
	id, what, _ := strings.Cut(path, "/")
	for i, a := range b.apps {
		if fmt.Sprint(a["id"]) != id {
			continue
		}
		var sent struct {
			Type, Comment string
			Status        int
		}
		if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&sent) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return nil
		}
		switch {
		case r.Method == http.MethodGet && what == "":
			return a
		case r.Method == http.MethodPost && what == "comments" && sent.Type == "comment":
			b.comments = append(b.comments, sent.Comment)
		case r.Method == http.MethodPost && what == "status" && statuses[sent.Status] != "":
			b.put(i, sent.Status)
		default:
			w.WriteHeader(http.StatusBadRequest)
			return nil
		}
		return map[string]any{"type": what, "id": 1}
	}
	http.NotFound(w, r)
	return nil
}

// Fill implements connectortest.System: first some apply, and then people are
// moved to the status that is looked at, new ones too.
func (b *bamboo) Fill(*testing.T) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	add := func(status int) {
		n := len(b.apps) + 1
		b.apps = append(b.apps, map[string]any{
			"id": n, "appliedDate": "2026-02-20T08:00:00+00:00", "job": map[string]any{"id": 77, "title": map[string]any{"label": "Miller"}},
			"applicant": map[string]any{"id": 1000 + n, "firstName": "Orla", "lastName": "Bramblewick", "email": "orla@example.com", "source": nil},
		})
		b.put(n-1, status)
	}
	if len(b.apps) == 0 {
		for range 5 {
			add(1)
		}
		return 5
	}
	b.put(0, 2)
	b.put(3, 2)
	add(2)
	return 3
}

func (b *bamboo) Break(*testing.T) func() {
	set := func(broken bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.broken = broken
	}
	set(true)
	return func() { set(false) }
}

func (b *bamboo) Source(t *testing.T) connectors.Source { return bamboohr(t, b.server.URL) }

func bamboohr(t *testing.T, url string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, at(t, "bamboohr", "{account}.bamboohr.com", url+"/{account}"),
		"account: acme\nstatuses: [2]\nauth: {basic: {user: {file: key}}}", map[string]string{"key": key})
}

func TestBambooHR_Polls(t *testing.T) {
	t.Parallel()
	connectortest.Poller{
		Network: true, Personal: []string{"Orla", "Bramblewick", "orla@", key},
		New: func(t *testing.T) connectortest.System { return newBamboo(t) }, //nolint:thelper // makes one
	}.Run(t)
}

// The first round notes all, and from then on the statuses are looked at.
func TestBambooHR(t *testing.T) {
	t.Parallel()
	b := newBamboo(t).recorded(t)
	s := b.Source(t)
	first, more, err := s.Poller.Poll(t.Context(), nil)
	if err != nil || more || len(first.Seen) != 2 {
		t.Fatal(len(first.Seen), more, err)
	}
	seen := first.Seen[0]
	want := flowd.Application{
		ID: "41", Source: "Careers website", Job: flowd.Job{ID: "77", Name: "Miller"}, Stage: flowd.Stage{ID: "2", Name: "Video interview"}, AppliedAt: seen.AppliedAt,
		Candidate: flowd.Candidate{ID: "1041", FirstName: "Orla", LastName: "Bramblewick", Email: "orla.bramblewick@example.com"},
	}
	if diff := cmp.Diff(want, seen.Application); diff != "" || seen.AppliedAt.IsZero() || !seen.Entered.IsZero() {
		t.Error(diff)
	}
	if _, _, err := s.Poller.Poll(t.Context(), first.Cursor); err != nil {
		t.Fatal(err)
	}
	const path = "GET /acme/api/v1/applicant_tracking/applications?page=1&"
	if diff := cmp.Diff([]string{path + "applicationStatus=ALL_ACTIVE", path + "applicationStatusId=2"}, b.asked); diff != "" {
		t.Error(diff)
	}
	if app, err := s.Fetcher.Fetch(t.Context(), "42"); err != nil || app.Stage.ID != "1" || app.ID != "42" {
		t.Errorf("%+v, %v", app, err)
	}
	jobs, err := s.Catalog.Jobs(t.Context())
	if diff := cmp.Diff([]flowd.Job{{ID: "77", Name: "Miller", Department: "Production"}}, jobs); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if stages, err := s.Catalog.Stages(t.Context(), ""); err != nil || len(stages) != 3 || stages[1].Name != "Video interview" {
		t.Error(stages, err)
	}
}

// written is the system that the suite writes to; the application stands at
// status 2.
type written struct{ *bamboo }

func (w written) Reads(r *http.Request) bool { return r.Method == http.MethodGet }

func (w written) MoveAway() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(0, 1)
}

func (w written) Standing() connectortest.Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return connectortest.Standing{Stage: fmt.Sprint(w.apps[0]["status"].(map[string]any)["id"]), Notes: slices.Clone(w.comments)}
}

func TestBambooHR_Writes(t *testing.T) {
	t.Parallel()
	app := flowd.Application{ID: "41", Stage: flowd.Stage{ID: "2", Name: "Video interview"}, Candidate: flowd.Candidate{ID: "1041", Email: "orla.bramblewick@example.com"}}
	connectortest.Writer{
		New:      func(t *testing.T) connectortest.WriteSystem { return written{newBamboo(t).recorded(t)} }, //nolint:thelper // makes one
		Source:   func(t *testing.T, url string) connectors.Source { return bamboohr(t, url) },              //nolint:thelper // makes one
		Personal: []string{"Orla", "orla.", key, "127.0.0.1"},
		Writes: map[flowd.ActionKind]flowd.WriteBack{
			flowd.ActionNote: {Application: app, Text: "The interview is finished.", Mark: "[flowd a1b2c3]"},
			flowd.ActionMove: {Application: app, Target: "3", From: flowd.Stage{ID: "2", Name: "Video interview"}},
		},
		CannotLook: []flowd.ActionKind{flowd.ActionNote},
	}.Run(t)
}

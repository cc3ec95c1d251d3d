package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

const deskRules = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited.
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
    if: number("Notice period", 1) < 6
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
`

// desk is the API over a memory store, with a few people in it.
type desk struct {
	t      *testing.T
	store  *mem.Store
	set    *rules.Set
	kept   []*rules.Set // that served before
	client *web.Client
	now    time.Time
	woken  int
	named  [2]string // first and last name of who moves next; Rosa Field else
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(deskRules)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	set, _, _ = set.Bind([]flowd.Position{{ID: "pos-ae", Name: "AE screening"}}, nil)
	d := &desk{t: t, store: mem.New(), set: set, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	d.client = web.NewLocal(web.Admin(d.options()))
	return d
}

func (d *desk) options() web.Options {
	return web.Options{
		Store: d.store, Rules: func() *rules.Set { return d.set }, Decide: engine.Decide,
		Info: func() web.Info {
			return web.Info{Running: true, Version: "test", Positions: []flowd.Position{{ID: "pos-ae", Name: "AE screening"}}}
		},
		Wake: func() { d.woken++ }, Log: zerolog.Nop(), Now: func() time.Time { return d.now },
	}
}

// move admits and decides a move.
func (d *desk) move(app, source string, fields ...flowd.Field) {
	d.t.Helper()
	ctx := d.t.Context()
	d.now = d.now.Add(time.Second)
	first, last := "Rosa", "Field"
	if d.named[0] != "" {
		first, last = d.named[0], d.named[1]
	}
	_, err := d.store.Admit(ctx, flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{{
		Key: "evt-" + app, Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: d.now, Stage: flowd.Stage{ID: "s", Name: "Video"},
		Application: flowd.Application{
			ID: app, Status: flowd.StatusActive, Source: source, Job: flowd.Job{ID: "j", Name: "AE"}, Fields: fields,
			Candidate: flowd.Candidate{ID: "c-" + app, Email: app + "@example.com", FirstName: first, LastName: last},
		},
	}}}, d.now)
	if err != nil {
		d.t.Fatal(err)
	}
	pending, err := d.store.Undecided(ctx, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range pending {
		c := state.Commitment{Event: p.Event.Key, Only: p.Only, Decisions: engine.Decide(d.set, p.Event, p.Facts, d.now)}
		if _, err := d.store.Commit(ctx, c, d.now); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *desk) list(q url.Values) []web.Entry {
	d.t.Helper()
	var list web.List
	if err := d.client.Get(d.t.Context(), "/api/v1/list", q, &list); err != nil {
		d.t.Fatal(err)
	}
	return list.Entries
}

func TestAPI_MasksPeopleUnlessAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	d.move("held", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	for _, path := range []string{"/api/v1/list", "/api/v1/list?state=held", "/api/v1/list?events=1", "/api/v1/explain?x=rosa%40example.com"} {
		p, q, _ := strings.Cut(path, "?")
		values, err := url.ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		text := d.raw(p, values)
		if strings.Contains(text, "@example.com") || strings.Contains(text, "Rosa") {
			t.Errorf("%s shows a person who was not asked for: %s", path, text)
		}
		values.Set("show", "1")
		if text := d.raw(p, values); !strings.Contains(text, "@example.com") || !strings.Contains(text, "Rosa Field") {
			t.Errorf("%s does not show a person although asked: %s", path, text)
		}
	}
}

func (d *desk) raw(path string, q url.Values) string {
	d.t.Helper()
	var out json.RawMessage
	if err := d.client.Get(d.t.Context(), path, q, &out); err != nil {
		d.t.Fatal(err)
	}
	return string(out)
}

func TestAPI_ListByState(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	d.move("dan", "Referral")
	d.move("finn", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	for state, want := range map[string]string{"waiting": "rosa", "skipped": "dan", "held": "finn", "sent": "", "failed": "", "": "dan finn rosa"} {
		got := map[string]bool{}
		for _, e := range d.list(url.Values{"state": {state}}) {
			got[e.Application] = true
		}
		for _, app := range []string{"rosa", "dan", "finn"} {
			if got[app] != strings.Contains(want, app) {
				t.Errorf("--state %q: %s listed is %v, want %q", state, app, got[app], want)
			}
		}
	}
	var list web.List
	err := d.client.Get(t.Context(), "/api/v1/list", url.Values{"state": {"nowhere"}}, &list)
	if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != http.StatusBadRequest || !strings.Contains(p.Text, "waiting") {
		t.Errorf("a state that does not exist: %v", err)
	}
}

// Every page is reached once, and the pages together are the whole.
func TestAPI_ListPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 17 {
		d.move(fmt.Sprintf("app-%d", n), []string{"LinkedIn", "Referral"}[n%2])
	}
	seen := map[string]int{}
	q := url.Values{"limit": {"4"}}
	for page := 0; ; page++ {
		var list web.List
		if err := d.client.Get(t.Context(), "/api/v1/list", q, &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Entries) > 4 || page > 10 {
			t.Fatalf("page %d has %d entries", page, len(list.Entries))
		}
		for _, e := range list.Entries {
			seen[e.Application]++
		}
		if list.Next == "" {
			break
		}
		q.Set("after", list.Next)
	}
	for n := range 17 {
		if app := fmt.Sprintf("app-%d", n); seen[app] != 1 {
			t.Errorf("%s was listed %d times", app, seen[app])
		}
	}
}

func TestAPI_OrdersPreviewFirstAndSayWho(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("finn", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	order := web.Order{Verb: state.Cancel, Who: "finn@example.com", By: "tester", Why: "spoke to him", Preview: true}
	var list web.List
	if err := d.client.Post(t.Context(), "/api/v1/amend", order, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Entries) != 1 || len(d.list(url.Values{"state": {"held"}})) != 1 || d.woken != 0 {
		t.Fatalf("a preview listed %d and changed something", len(list.Entries))
	}
	order.Preview = false
	if err := d.client.Post(t.Context(), "/api/v1/amend", order, &list); err != nil {
		t.Fatal(err)
	}
	story := d.raw("/api/v1/explain", url.Values{"x": {"finn@example.com"}})
	if len(d.list(url.Values{"state": {"held"}})) != 0 || !strings.Contains(story, "tester") || !strings.Contains(story, "spoke to him") || d.woken != 1 {
		t.Errorf("after the order: woken %d, %s", d.woken, story)
	}
	for name, bad := range map[string]web.Order{
		"nobody named":   {Verb: state.Cancel, By: "tester"},
		"nobody orders":  {Verb: state.Cancel, Who: "finn@example.com"},
		"no such order":  {Verb: "destroy", Who: "finn@example.com", By: "tester"},
		"nothing to end": {Verb: state.Cancel, Who: "finn@example.com", By: "tester"},
	} {
		if err := d.client.Post(t.Context(), "/api/v1/amend", bad, &list); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestAPI_PauseAndResume(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var stops []web.Stop
	if err := d.client.Post(t.Context(), "/api/v1/pause", web.PauseOrder{Rule: "vidoe", By: "tester"}, &stops); err == nil || !strings.Contains(err.Error(), "video") {
		t.Errorf("a rule that does not exist: %v; want the ones that do", err)
	}
	for _, o := range []web.PauseOrder{{Rule: "video", By: "tester", Why: "wrong text"}, {By: "tester"}} {
		if err := d.client.Post(t.Context(), "/api/v1/pause", o, &stops); err != nil {
			t.Fatal(err)
		}
	}
	if len(stops) != 2 {
		t.Fatalf("paused: %+v", stops)
	}
	if err := d.client.Post(t.Context(), "/api/v1/pause", web.PauseOrder{By: "tester", Resume: true}, &stops); err != nil {
		t.Fatal(err)
	}
	if len(stops) != 1 || stops[0].What != "rule video" || stops[0].By != "tester" {
		t.Errorf("after resuming everything: %+v; want the rule's own pause to stay", stops)
	}
}

func TestAPI_ExplainsAQuestionAndStoresNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ask := func(event string) (web.Explanation, error) {
		var e web.Explanation
		err := d.client.Post(t.Context(), "/api/v1/explain", web.Question{Event: json.RawMessage(event)}, &e)
		return e, err
	}
	e, err := ask(`{"stage":"Video","job":{"name":"AE"},"candidate":{"email":"ida.pine@example.com","source":"LinkedIn"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if a := e.Stories[0].Events[0].Answers[0]; a.Verdict != flowd.Matched || a.Position != "pos-ae" && a.Position != "AE screening" || a.Tree == nil {
		t.Errorf("answered %+v", a)
	}
	if counts, err := d.store.Counts(t.Context(), d.now); err != nil || counts.Undecided != 0 || len(counts.Applications) != 0 {
		t.Errorf("a question was stored: %+v (%v)", counts, err)
	}
	for _, bad := range []string{`{}`, `{"stage":"Video","nonsense":1}`, `[]`, `"x"`} {
		if _, err := ask(bad); err == nil {
			t.Errorf("%s was answered", bad)
		}
	}
}

func TestAdmin_Token(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	o := d.options()
	o.Token = "the-token-of-a-test"
	h := web.Admin(o)
	for path, open := range map[string]bool{
		"/healthz": true, "/readyz": true, "/api/v1/status": false, "/api/v1/list": false, "/api/v1/backup": false,
		"/api/v1/explain": false, "/api/v1/names": false,
	} {
		for token, want := range map[string]int{"": http.StatusUnauthorized, "wrong": http.StatusUnauthorized, "the-token-of-a-test": 0} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if refused := w.Code == http.StatusUnauthorized; refused != (!open && want != 0) {
				t.Errorf("%s with token %q answered %d", path, token, w.Code)
			}
			if strings.Contains(w.Body.String(), o.Token) {
				t.Errorf("%s shows the token", path)
			}
		}
	}
}

func TestHealth_NotReadyWithoutRules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	o := d.options()
	o.Rules = func() *rules.Set { return nil }
	w := httptest.NewRecorder()
	web.Admin(o).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready without rules: %d", w.Code)
	}
}

// A handler in a command's own process is the same handler: large answers come
// through whole, and an error keeps its words.
func TestClient_Local(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 5<<20)
	c := web.NewLocal(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = w.Write([]byte(large))
			return
		}
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"error":"in other words"}`))
	}))
	var got bytes.Buffer
	if n, err := c.Download(context.Background(), "/large", &got); err != nil || int(n) != len(large) || got.String() != large {
		t.Errorf("downloaded %d bytes of %d: %v", n, len(large), err)
	}
	if err := c.Get(context.Background(), "/other", nil, nil); err == nil || err.Error() != "in other words" {
		t.Errorf("an error became %v", err)
	}
}

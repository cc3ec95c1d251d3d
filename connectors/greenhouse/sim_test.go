package greenhouse_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/greenhouse"
)

// sim is a simulated Harvest v3 as far as listings go: filters, cursors that must
// stand alone, at most fifty ids, newest first.
type sim struct {
	mu     sync.Mutex
	now    time.Time
	apps   []*simApplication
	pages  int // greatest size of a page
	hidden map[int]bool
	// forgotten makes cursors unknown; answer answers a path in the system's place,
	// once for each in the list.
	forgotten bool
	live      bool // its clock is the real one
	answer    map[string][]http.HandlerFunc
	asked     []string
	queries   []string // of applications
}

type simApplication struct {
	ID, Candidate, Job int
	First, Last, Email string
	Stage              int // number of the job's stage, from 1
	Status             string
	Reason             int
	Prospect           bool
	Made, Active       time.Time
	Entered            *time.Time
	Tags               []string
}

func newSim() *sim {
	return &sim{now: time.Now().Add(-time.Hour).UTC().Truncate(time.Second), pages: 500, answer: map[string][]http.HandlerFunc{}, hidden: map[int]bool{}}
}

func serve(t testing.TB, h http.Handler, more string) connectors.Source {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return polledAt(t, server.URL, more)
}

func polledAt(t testing.TB, url, more string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, greenhouse.Kind(), strings.ReplaceAll(`harvest: {client_id: {file: id}, client_secret: {file: password}, url: URL, auth_url: URL/token}
`, "URL", url)+more, map[string]string{"hook": connectortest.Secret, "id": clientID, "password": clientSecret})
}

var stageNames = []string{"", "Application review", "Video interview", "Video review", "Offer"}

// add makes an application in a stage.
func (s *sim) add(stage int) *simApplication {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.apps) + 1
	a := &simApplication{
		ID: 90000 + n, Candidate: 70000 + n, Job: 3485, First: "Rosa", Last: "Field", Email: fmt.Sprintf("rosa.field+%d@example.com", n),
		Status: "in_process", Tags: []string{"Import"},
	}
	s.enter(a, stage)
	a.Made = s.now
	s.apps = append(s.apps, a)
	return a
}

// touch is an activity of whatever kind.
func (s *sim) touch(a *simApplication) {
	if s.now = s.now.Add(time.Second); s.live {
		s.now = time.Now().UTC()
	}
	a.Active = s.now
}

func (s *sim) enter(a *simApplication, stage int) {
	s.touch(a)
	at := s.now
	a.Stage, a.Entered = stage, &at
}

func (s *sim) change(a *simApplication, does func(a *simApplication)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch(a)
	does(a)
}

func (s *sim) move(a *simApplication, stage int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter(a, stage)
}

func (s *sim) count(path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.asked {
		if p == path {
			n++
		}
	}
	return n
}

func (s *sim) next(path string, does ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer[path] = append(s.answer[path], does...)
}

// clock is when the system says that it answers.
func (s *sim) clock() string { return s.now.Add(time.Second).Format(http.TimeFormat) }

func (s *sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/token" {
		reply(w, http.StatusOK, map[string]any{"access_token": "token-1", "expires_in": 3600})
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v3/")
	s.asked = append(s.asked, path)
	w.Header().Set("Date", s.clock())
	if does := s.answer[path]; len(does) > 0 {
		s.answer[path] = does[1:]
		does[0](w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer token-1" {
		reply(w, http.StatusUnauthorized, nil)
		return
	}
	if path == "applications" {
		s.queries = append(s.queries, r.URL.RawQuery)
	}
	s.list(w, r, path)
}

// pass is what a cursor holds.
type pass struct {
	Query map[string][]string
	From  int
}

func (s *sim) list(w http.ResponseWriter, r *http.Request, path string) {
	q, from := map[string][]string(r.URL.Query()), 0
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		var p pass
		text, err := base64.URLEncoding.DecodeString(cursor)
		if err != nil || len(q) != 1 || s.forgotten || json.Unmarshal(text, &p) != nil {
			reply(w, http.StatusUnprocessableEntity, map[string]string{"message": "Rosa Field: invalid cursor"})
			return
		}
		q, from = p.Query, p.From
	}
	for name, values := range q {
		if strings.HasSuffix(name, "ids") && strings.Count(values[0], ",") >= 50 || name == "status" && values[0] == "in_process" {
			reply(w, http.StatusUnprocessableEntity, nil)
			return
		}
	}
	all, known := s.records(path, q)
	if !known {
		reply(w, http.StatusNotFound, nil)
		return
	}
	per, _ := strconv.Atoi(first(q["per_page"]))
	end := min(from+min(per, s.pages), len(all))
	if end < len(all) {
		text, err := json.Marshal(pass{q, end})
		if err != nil {
			panic(err)
		}
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?cursor=%s>; rel="next"`, r.Host, r.URL.Path, base64.URLEncoding.EncodeToString(text)))
	}
	reply(w, http.StatusOK, append([]any{}, all[from:end]...))
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// wanted tells whether an id is among those asked for.
func wanted(q map[string][]string, name string, id int) bool {
	ids := first(q[name])
	return ids == "" || slices.Contains(strings.Split(ids, ","), strconv.Itoa(id))
}

func (s *sim) records(path string, q map[string][]string) (all []any, known bool) {
	switch path {
	case "applications":
		since, _ := time.Parse("gte|"+time.RFC3339, first(q["last_activity_at"]))
		for _, a := range slices.Backward(s.apps) {
			if first(q["status"]) == "active" && a.Status != "in_process" || a.Active.Before(since) || !wanted(q, "ids", a.ID) {
				continue
			}
			all = append(all, a.json())
		}
	case "candidates":
		for _, a := range s.apps {
			if wanted(q, "ids", a.Candidate) && !s.hidden[a.Candidate] {
				all = append(all, a.person())
			}
		}
	case "application_stages":
		for _, a := range s.apps {
			if wanted(q, "application_ids", a.ID) && first(q["current"]) == "true" && a.Stage > 0 {
				all = append(all, map[string]any{"id": 500000 + a.ID, "application_id": a.ID, "job_interview_stage_id": 5510 + a.Stage, "entered_at": a.Entered, "exited_at": nil, "current": true})
			}
		}
	case "jobs":
		if wanted(q, "ids", 3485) {
			all = append(all, map[string]any{"id": 3485, "name": "Waiter", "status": "open", "department_id": 11, "office_ids": []int{21, 22}})
		}
	case "users":
		if wanted(q, "ids", 4080) {
			all = append(all, map[string]any{"id": 4080, "primary_email": "otto@example.com"})
		}
	case "departments":
		all = append(all, map[string]any{"id": 11, "name": "Service"})
	case "offices":
		all = append(all, map[string]any{"id": 21, "name": "Vienna"}, map[string]any{"id": 22, "name": "Graz"})
	case "sources":
		all = append(all, map[string]any{"id": 31, "name": "Referral", "type": map[string]any{"id": 1, "name": "Referral"}})
	case "candidate_tags":
		all = append(all, map[string]any{"id": 41, "name": "Import"})
	case "rejection_reasons":
		all = append(all, map[string]any{"id": 51, "name": "Other offer", "type": map[string]any{"id": 1, "key": "THEY_REJECTED_US", "name": "They rejected us"}},
			map[string]any{"id": 52, "name": "Not a fit", "type": map[string]any{"id": 2, "key": "WE_REJECTED_THEM", "name": "We rejected them"}})
	case "job_interview_stages":
		for i, name := range stageNames[1:] {
			if wanted(q, "job_ids", 3485) {
				all = append(all, map[string]any{"id": 5511 + i, "job_id": 3485, "name": name, "sort_order": i, "active": true})
			}
		}
		slices.Reverse(all)
	case "custom_fields":
		for _, d := range definitions() {
			all = append(all, d)
		}
	case "custom_field_options":
		all = append(all, map[string]any{"id": 61, "custom_field_id": 6, "name": "First aid", "active": true}, map[string]any{"id": 62, "custom_field_id": 6, "name": "Old", "active": false})
	default:
		return nil, false
	}
	return all, true
}

func (a *simApplication) json() map[string]any {
	out := map[string]any{
		"id": a.ID, "candidate_id": a.Candidate, "job_id": a.Job, "created_at": a.Made, "updated_at": a.Active, "last_activity_at": a.Active, "status": a.Status,
		"prospect": a.Prospect, "recruiter_id": 4080, "source_id": 31, "stage_id": 500000 + a.ID, "stage_name": stageNames[a.Stage], "job_interview_stage_id": 5510 + a.Stage, "rejection_reason_id": nil,
		"custom_fields": map[string]any{"video_status": map[string]any{"name": "Video status", "type": "short_text", "value": "new"}},
		"answers":       []any{map[string]any{"question": "Why?", "answer": "Rosa likes it."}},
	}
	if a.Reason > 0 {
		out["rejection_reason_id"] = a.Reason
	}
	if a.Prospect {
		out["job_id"], out["stage_id"], out["stage_name"], out["job_interview_stage_id"] = nil, nil, nil, nil
	}
	return out
}

func (a *simApplication) person() map[string]any {
	mails, phones := []any{}, []any{}
	if a.Email != "" {
		mails = append(mails, map[string]any{"value": a.Email, "type": "personal"})
		phones = append(phones, map[string]any{"value": "202 555 0147", "type": "mobile"})
	}
	return map[string]any{
		"id": a.Candidate, "first_name": a.First, "last_name": a.Last, "private": false, "can_email": true, "tags": a.Tags,
		"email_addresses": mails, "phone_numbers": phones, "custom_fields": map[string]any{},
	}
}

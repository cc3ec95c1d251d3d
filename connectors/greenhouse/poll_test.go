package greenhouse_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
	"flowd/state/mem"
)

// polled is a simulated Harvest as the suite knows a system.
type polled struct {
	*sim
	url string
}

func (p polled) Source(t *testing.T) connectors.Source {
	t.Helper()
	return polledAt(t, p.url, "poll: {}")
}

func (p polled) Fill(*testing.T) int {
	news := 7
	if len(p.apps) > 0 {
		p.move(p.apps[1], (len(p.apps)/7)%4+1)
		news++
	}
	for range 7 {
		p.add(1)
	}
	return news
}

func (p polled) Break(*testing.T) func() {
	var down []http.HandlerFunc
	for range 50 {
		down = append(down, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	}
	p.next("candidates", down...)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.answer = map[string][]http.HandlerFunc{}
	}
}

func TestPoller(t *testing.T) {
	t.Parallel()
	connectortest.Poller{
		Network: true, Personal: []string{"Rosa", "rosa.field", clientSecret, "token-1"},
		New: func(t *testing.T) connectortest.System {
			s := newSim()
			s.pages = 3
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			return polled{s, server.URL}
		},
	}.Run(t)
}

func brought(all []flowd.Batch) (out []string) {
	for _, b := range all {
		for _, s := range b.Seen {
			out = append(out, s.ID+" in "+s.Stage.Name)
		}
	}
	return out
}

// The first pass asks for all that are active, each later one for what happened
// since the one before began, with an overlap; a cursor stands alone.
func TestPoll_Passes(t *testing.T) {
	t.Parallel()
	s := newSim()
	s.pages = 2
	source := serve(t, s, "poll: {}")
	for range 5 {
		s.add(2)
	}
	s.change(s.apps[4], func(a *simApplication) { a.Status = "rejected" })
	s.now = s.now.Add(10 * time.Minute)
	all, cursor := connectortest.Drain(t, source, nil)
	if got := brought(all); len(all) != 2 || !slices.Equal(got, []string{"90004 in Video interview", "90003 in Video interview", "90002 in Video interview", "90001 in Video interview"}) || all[0].Baseline {
		t.Fatalf("%d pages: %q", len(all), got)
	}
	if !strings.HasPrefix(s.queries[0], "per_page=500&status=active") || !strings.HasPrefix(s.queries[1], "cursor=") || strings.Contains(s.queries[1], "&") {
		t.Errorf("%q", s.queries)
	}
	s.now = s.now.Add(10 * time.Minute)
	s.move(s.apps[1], 3)
	s.change(s.apps[4], func(a *simApplication) { a.Status = "in_process" })
	all, cursor = connectortest.Drain(t, source, cursor)
	if got := brought(all); !slices.Equal(got, []string{"90005 in Video interview", "90002 in Video review"}) {
		t.Errorf("%q", got)
	}
	if got := brought(first2(connectortest.Drain(t, source, cursor))); len(got) != 2 {
		t.Errorf("of the last two minutes there is %q", got)
	}
	s.now = s.now.Add(5 * time.Minute)
	_, cursor = connectortest.Drain(t, source, cursor)
	if all, _ = connectortest.Drain(t, source, cursor); len(all) != 1 || all[0].Seen != nil {
		t.Errorf("nothing happened, and there is %q", brought(all))
	}
}

func first2(all []flowd.Batch, _ []byte) []flowd.Batch { return all }

// A snapshot has all that rules may ask for, joined fifty at a time.
func TestPoll_Joins(t *testing.T) {
	t.Parallel()
	s := newSim()
	source := serve(t, s, "poll: {}")
	for range 120 {
		s.add(1)
	}
	all, cursor := connectortest.Drain(t, source, nil)
	if len(all) != 1 || len(all[0].Seen) != 120 || !all[0].Seen[0].Entered.IsZero() {
		t.Fatalf("%d pages", len(all))
	}
	for path, want := range map[string]int{"candidates": 3, "jobs": 1, "users": 1, "departments": 1, "offices": 1, "sources": 1, "application_stages": 0, "rejection_reasons": 0} {
		if n := s.count(path); n != want {
			t.Errorf("%d calls of %s for 120 applications, want %d", n, path, want)
		}
	}
	s.now = s.now.Add(10 * time.Minute)
	s.move(s.apps[0], 2)
	all, _ = connectortest.Drain(t, source, cursor)
	yes := true
	want := []flowd.Snapshot{{Entered: s.apps[0].Active, Application: flowd.Application{
		ID: "90001", Status: flowd.StatusActive, Source: "Referral", AppliedAt: s.apps[0].Made, Recruiter: "otto@example.com",
		Stage: flowd.Stage{ID: "5512", Name: "Video interview"}, Job: flowd.Job{ID: "3485", Name: "Waiter", Department: "Service", Location: "Vienna"},
		Candidate: flowd.Candidate{ID: "70001", FirstName: "Rosa", LastName: "Field", Email: "rosa.field+1@example.com", Phone: "202 555 0147", Tags: []string{"Import"}, CanEmail: &yes},
		Fields:    []flowd.Field{{Key: "video_status", Name: "Video status", Type: "short_text", Value: "new"}},
	}}}
	got := slices.DeleteFunc(all[0].Seen, func(s flowd.Snapshot) bool { return s.ID != "90001" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Beside hooks, stages go by their names; history without times says no time.
func TestPoll_Stages(t *testing.T) {
	t.Parallel()
	s := newSim()
	a := s.add(2)
	source := serve(t, s, "poll: {on_first_seen: treat_as_move}\nwebhook: {secret: {file: hook}}")
	all, _ := connectortest.Drain(t, source, nil)
	if got := all[0].Seen[0]; got.Stage != (flowd.Stage{Name: "Video interview"}) || !got.Entered.Equal(*a.Entered) {
		t.Errorf("%+v", got)
	}
	s.change(a, func(a *simApplication) { a.Entered = nil })
	all, _ = connectortest.Drain(t, source, nil)
	if got := all[0].Seen[0]; !got.Entered.IsZero() {
		t.Errorf("entered at %s", got.Entered)
	}
}

// How applications stand: by whose wish they ended, whom flowd may not see, who is
// no application yet or no more, and who was erased.
func TestPoll_Standing(t *testing.T) {
	t.Parallel()
	s := newSim()
	source := serve(t, s, "poll: {}")
	for range 9 {
		s.add(2)
	}
	for i, does := range []func(a *simApplication){
		func(a *simApplication) { a.Status, a.Reason = "rejected", 51 },
		func(a *simApplication) { a.Status, a.Reason = "rejected", 52 },
		func(a *simApplication) { a.Status, a.Stage = "rejected", 0 },
		func(a *simApplication) { a.Status = "hired" },
		func(a *simApplication) { a.Status = "converted" },
		func(a *simApplication) { a.Prospect = true },
		func(a *simApplication) { s.hidden[a.Candidate] = true },
		func(a *simApplication) { a.First, a.Last, a.Email = "", "", "" },
		func(a *simApplication) { a.Candidate = 70001 },
	} {
		s.change(s.apps[i], does)
	}
	all, _ := connectortest.Drain(t, source, []byte(`{"since":"2020-01-01T00:00:00Z"}`))
	got := map[string]string{}
	for _, seen := range all[0].Seen {
		got[seen.ID] = string(seen.Status) + " " + string(seen.NoContact) + " " + seen.Candidate.ID
	}
	want := map[string]string{
		"90001": "withdrawn  70001", "90002": "rejected  70002", "90003": "rejected  70003", "90004": "hired  70004", "90007": "active private 70007", "90009": "active  70001",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(all[0].Events) != 1 || all[0].Events[0].Type != flowd.ApplicationAnonymized || all[0].Events[0].Application.ID != "90008" || all[0].Events[0].Key == "" {
		t.Errorf("%+v", all[0].Events)
	}
	again, _ := connectortest.Drain(t, source, []byte(`{"since":"2020-01-01T00:00:00Z"}`))
	if again[0].Events[0].Key != all[0].Events[0].Key {
		t.Error("an erasure is told under another key each time")
	}
}

// What flowd writes is an activity of the application, and comes to no event; one
// move is one event, however often it is shown and whether a hook told it too.
func TestPoll_OwnWritesAndHooks(t *testing.T) {
	t.Parallel()
	s := newSim()
	s.live = true
	a := s.add(1)
	source := serve(t, s, "poll: {}\nwebhook: {secret: {file: hook}}")
	store := mem.New()
	admit := func(b flowd.Batch) {
		t.Helper()
		b.Source, b.ATS = source.Name, source.ATS
		if _, err := store.Admit(t.Context(), b, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	poll := func() {
		t.Helper()
		cursor, err := store.Cursor(t.Context(), source.Name)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := connectortest.Drain(t, source, cursor)
		for i, b := range all {
			b.Polled = flowd.Polled{Asked: time.Now(), Complete: i == len(all)-1}
			admit(b)
		}
	}
	fresh := func() (n int) {
		t.Helper()
		all, err := store.Undecided(t.Context(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh {
				n++
			}
		}
		return n
	}
	hook := func() {
		t.Helper()
		body, err := json.Marshal(map[string]any{"action": "candidate_stage_change", "payload": map[string]any{"application": map[string]any{
			"id": a.ID, "last_activity_at": a.Active, "status": "active", "jobs": []any{map[string]any{"id": 3485, "name": "Waiter"}},
			"current_stage": map[string]any{"id": 990 + a.Stage, "name": stageNames[a.Stage]},
			"candidate":     map[string]any{"id": a.Candidate, "first_name": "Rosa", "email_addresses": []any{map[string]any{"value": a.Email, "type": "personal"}}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		d := flowd.Delivery{Source: source.Name, Header: http.Header{"Greenhouse-Event-Id": {strconv.Itoa(a.Stage)}}, Body: body}
		b, _, err := source.Receiver.Decode(d)
		if err != nil {
			t.Fatal(err)
		}
		b.Events[0].Key = connectors.HookKey(source.Name, strconv.Itoa(a.Stage), 0)
		admit(b)
	}
	poll()
	for range 3 {
		s.change(a, func(*simApplication) {}) // a note
		poll()
	}
	if n := fresh(); n != 0 {
		t.Fatalf("%d moves", n)
	}
	s.move(a, 2)
	for _, step := range []func(){poll, poll, hook, poll} {
		step()
	}
	if n := fresh(); n != 1 {
		t.Errorf("one move, first polled, is %d", n)
	}
	s.move(a, 3)
	for _, step := range []func(){hook, poll, hook, poll} {
		step()
	}
	if n := fresh(); n != 2 {
		t.Errorf("two moves are %d", n)
	}
}

// Where the place in a listing is lost the pass begins anew, and loses nothing;
// where the cursor itself is lost what is shown moves nobody.
func TestPoll_PlaceLost(t *testing.T) {
	t.Parallel()
	s := newSim()
	s.pages = 2
	source := serve(t, s, "poll: {}")
	for range 5 {
		s.add(2)
	}
	b, more, err := source.Poller.Poll(t.Context(), nil)
	if err != nil || !more {
		t.Fatal(err)
	}
	s.forgotten = true
	if _, _, err := source.Poller.Poll(t.Context(), b.Cursor); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "Rosa") {
		t.Errorf("lost at once: %v", err)
	}
	var at map[string]any
	if err := json.Unmarshal(b.Cursor, &at); err != nil {
		t.Fatal(err)
	}
	at["began"] = time.Now().Add(-time.Hour)
	for _, next := range []any{at["next"], "https://elsewhere.example.com/v3/applications?cursor=x"} {
		at["next"] = next
		old, err := json.Marshal(at)
		if err != nil {
			t.Fatal(err)
		}
		again, more, err := source.Poller.Poll(t.Context(), old)
		if err != nil || !more || again.Baseline || len(again.Seen) != 2 || again.Seen[0].ID != "90005" {
			t.Errorf("%v, %+v", err, again.Seen)
		}
	}
	s.forgotten = false
	for _, cursor := range []string{"no cursor of ours", `{"since":7}`} {
		if all, end := connectortest.Drain(t, source, []byte(cursor)); len(all) != 3 || !all[0].Baseline || !all[2].Baseline || len(brought(all)) != 5 {
			t.Errorf("%s: %q", cursor, brought(all))
		} else if all, _ := connectortest.Drain(t, source, end); all[0].Baseline {
			t.Errorf("%s: the pass after it is one, too", cursor)
		}
	}
}

// A page that cannot be joined is told later as a whole, and goes on where it was;
// Greenhouse is not asked while it wants to be left alone.
func TestPoll_Limits(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"candidates", "jobs", "users", "application_stages", "departments", "offices", "sources"} {
		s := newSim()
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		source := polledAt(t, server.URL, "poll: {}")
		for range 120 {
			s.add(2)
		}
		fine := func(w http.ResponseWriter, r *http.Request) {
			s.list(w, r, path)
		}
		enough := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-Reset", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		if path == "candidates" || path == "application_stages" {
			s.next(path, fine, enough)
		} else {
			s.next(path, enough)
		}
		since := []byte(`{"since":"2020-01-01T00:00:00Z"}`)
		b, more, err := source.Poller.Poll(t.Context(), since)
		if !fault.Is(err, fault.RateLimited) || fault.RetryAfter(err) != time.Second || b.Seen != nil || b.Cursor != nil || more {
			t.Errorf("%s: %v, %+v", path, err, b.Cursor)
		}
		for err != nil && fault.Is(err, fault.RateLimited) {
			b, _, err = source.Poller.Poll(t.Context(), since)
		}
		if err != nil || len(b.Seen) != 120 || s.count("candidates") > 4 || s.count("application_stages") > 4 {
			t.Errorf("%s: %v, %d applications with %d and %d calls", path, err, len(b.Seen), s.count("candidates"), s.count("application_stages"))
		}
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	s := newSim()
	source := serve(t, s, "poll: {}")
	connectortest.Catalog(t, source.Catalog)
	jobs, err := source.Catalog.Jobs(t.Context())
	if err != nil || !cmp.Equal(jobs, []flowd.Job{{ID: "3485", Name: "Waiter", Department: "Service"}}) {
		t.Errorf("%+v, %v", jobs, err)
	}
	stages, err := source.Catalog.Stages(t.Context(), "3485")
	if err != nil || len(stages) != 4 || stages[1] != (flowd.Stage{ID: "5512", Name: "Video interview"}) {
		t.Errorf("%+v, %v", stages, err)
	}
	fields, err := source.Catalog.Fields(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		want := map[string][]string{"Certificates": {"First aid"}, "candidate.source": {"Referral"}, "candidate.tags": {"Import"}}
		if !slices.Equal(f.Values, want[f.Member+f.Field.Name]) {
			t.Errorf("%s%s: %q", f.Member, f.Field.Name, f.Values)
		}
	}
	if _, err := source.Catalog.Stages(t.Context(), "x/../y"); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

package odoo_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
)

// host serves many simulated Odoos at one address, each below a path of its own.
// It stands outside the synthetic time of the suite, which connections that stay
// open would keep from going on.
type host struct {
	mu    sync.Mutex
	fakes []*fake
	url   string
}

func newHost(t *testing.T) *host {
	h := &host{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		n, err := strconv.Atoi(number)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h.mu.Lock()
		f := h.fakes[n]
		h.mu.Unlock()
		r.URL.Path = "/" + rest
		f.ServeHTTP(w, r)
	}))
	server.Config.SetKeepAlivesEnabled(false)
	server.Start()
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// system is a fake behind a host.
type system struct {
	*fake
	url    string
	filled int
}

func (h *host) system(version int) *system {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &system{fake: newFake(version), url: fmt.Sprintf("%s/%d", h.url, len(h.fakes))}
	h.fakes = append(h.fakes, s.fake)
	return s
}

// Source implements connectortest.System.
func (s *system) Source(t *testing.T) connectors.Source { return sourceAt(t, s.url, "") }

// Fill implements connectortest.System: more than a page of new applicants, and a
// bulk move of some of those that were there.
func (s *system) Fill(*testing.T) int {
	const people = 230
	now := time.Now()
	for n := range people {
		s.add(now.Add(-time.Duration(n%7)*time.Second), 1+n%2, nil)
	}
	moved := 0
	for id := theApplication; id < theApplication+50 && s.filled > 0; id++ {
		s.set(id, now, record{"stage_id": 3 + s.filled})
		moved++
	}
	s.filled++
	return people + moved
}

// Break implements connectortest.System.
func (s *system) Break(*testing.T) func() {
	s.down.Store(true)
	return func() { s.down.Store(false) }
}

func TestPoller(t *testing.T) {
	t.Parallel()
	for _, version := range []int{14, 19} {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			connectortest.Poller{
				New:      func(*testing.T) connectortest.System { return h.system(version) },
				Personal: []string{"Person", "@example.com", theKey, "127.0.0.1"},
			}.Run(t)
		})
	}
}

// polled is what one page of a source brings.
func polled(t *testing.T, s connectors.Source, cursor []byte) flowd.Batch {
	t.Helper()
	b, more, err := s.Poller.Poll(t.Context(), cursor)
	if err != nil || more {
		t.Fatalf("more %t, %v", more, err)
	}
	return b
}

// An application is told as it stands, whichever version shows it.
func TestPoll_Snapshot(t *testing.T) {
	t.Parallel()
	moved := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for _, version := range []int{14, 16, 17, 18, 19} {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			f := newFake(version)
			f.add(moved, 2, record{
				"partner_name": " Rosa Field ", "email_from": "rosa.field@example.com", "x_score": 4, "x_interview_link": "https://a.example", "x_done": true,
			})
			s := sourceAt(t, f.serve(t), "")
			want := flowd.Snapshot{Entered: moved, Application: flowd.Application{
				ID: "5001", Job: flowd.Job{ID: "7", Name: "Account Executive", Department: "Sales"}, Stage: flowd.Stage{ID: "2", Name: "Video interview"},
				Candidate: flowd.Candidate{ID: "91", Email: "rosa.field@example.com", Name: "Rosa Field", Phone: "+49 30 901820"},
				Status:    flowd.StatusActive, Source: "LinkedIn", AppliedAt: moved, Tags: []string{"Reserve"},
				Fields: []flowd.Field{
					{Key: "x_done", Name: "Done", Type: "boolean", Value: true}, {Key: "x_interview_link", Name: "Interview link", Type: "char", Value: "https://a.example"},
					{Key: "x_score", Name: "Video score", Type: "float", Value: 4.0}, {Key: "x_status", Name: "Video status", Type: "selection", Value: "Finished"},
				},
			}}
			if version < 17 {
				want.Recruiter = "recruiter@odoo.example"
			}
			b := polled(t, s, nil)
			got := b.Seen[0]
			if !strings.HasSuffix(got.URL, "/mail/view?model=hr.applicant&res_id=5001") {
				t.Errorf("address %q", got.URL)
			}
			got.URL = ""
			if diff := cmp.Diff(want, got); diff != "" || len(b.Seen) != 1 {
				t.Error(diff)
			}
			app, err := s.Fetcher.Fetch(t.Context(), "5001")
			if app.URL = ""; err != nil || !cmp.Equal(app, got.Application) {
				t.Errorf("%v, fetched %+v", err, app)
			}
		})
	}
}

// How an application stands is told in different ways; only the first poll
// leaves out who is archived.
func TestPoll_Status(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version int
		more    record
		want    flowd.Status
	}{
		"14 open":           {14, nil, flowd.StatusActive},
		"14 refused":        {14, record{"active": false, "refuse_reason_id": 1}, flowd.StatusRejected},
		"14 archived":       {14, record{"active": false}, flowd.StatusWithdrawn},
		"14 once refused":   {14, record{"refuse_reason_id": 1}, flowd.StatusActive},
		"14 employed":       {14, record{"emp_id": 12}, flowd.StatusHired},
		"16 hired stage":    {16, record{"stage_id": 5}, flowd.StatusHired},
		"17 refused":        {17, record{"active": false, "application_status": "refused"}, flowd.StatusRejected},
		"19 archived":       {19, record{"active": false, "application_status": "archived"}, flowd.StatusWithdrawn},
		"19 hired":          {19, record{"application_status": "hired"}, flowd.StatusHired},
		"19 new word":       {19, record{"application_status": "paused"}, flowd.StatusActive},
		"18 of a candidate": {18, record{"partner_id": false, "candidate_id": 44}, flowd.StatusActive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(c.version)
			now := time.Now().Truncate(time.Second)
			id := f.add(now.Add(-time.Hour), 2, nil)
			s := sourceAt(t, f.serve(t), "")
			cursor := polled(t, s, nil).Cursor
			f.set(id, now, c.more)
			b := polled(t, s, cursor)
			if len(b.Seen) != 1 || b.Seen[0].Status != c.want || b.Baseline {
				t.Errorf("%+v", b)
			}
			if _, closed := c.more["active"]; closed && len(polled(t, s, nil).Seen) > 0 {
				t.Error("the first poll tells of who is archived")
			}
			if name == "18 of a candidate" {
				t.Log(b.Seen[0].Candidate.ID)
			}
		})
	}
}

// A lost cursor begins anew, and says so on every page of that round.
func TestPoll_LostCursor(t *testing.T) {
	t.Parallel()
	f := newFake(14)
	for range 300 {
		f.add(time.Now().Add(-time.Hour), 2, nil)
	}
	s := sourceAt(t, f.serve(t), "")
	first, more, err := s.Poller.Poll(t.Context(), []byte("of another kind"))
	if err != nil || !more || !first.Baseline {
		t.Fatalf("%t, %t, %v", more, first.Baseline, err)
	}
	second := polled(t, s, first.Cursor)
	third, _, err := s.Poller.Poll(t.Context(), second.Cursor)
	if err != nil || !second.Baseline || third.Baseline || len(first.Seen)+len(second.Seen) != 300 {
		t.Errorf("%t, %t, %v", second.Baseline, third.Baseline, err)
	}
}

// What changes while the pages are read is not lost: neither before nor behind
// the page that is under way, and times that are cut to the second hide nothing.
func TestPoll_WhileItChanges(t *testing.T) {
	t.Parallel()
	f := newFake(17)
	now := time.Now().Truncate(time.Second)
	for n := range 650 {
		f.add(now.Add(-time.Hour+time.Duration(n)*time.Second), 1, nil)
	}
	s := sourceAt(t, f.serve(t), "")
	stands := map[string]string{}
	var cursor []byte
	for n := range 20 {
		b, _, err := s.Poller.Poll(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, seen := range b.Seen {
			stands[seen.ID] = seen.Stage.ID
		}
		cursor = b.Cursor
		if n < 10 { // one far ahead of the page, one far behind it, and a bulk move
			f.set(theApplication+n, now.Add(time.Duration(n)*time.Second), record{"stage_id": 2})
			f.set(theApplication+649-n, now.Add(time.Duration(n)*time.Second), record{"stage_id": 2})
		}
	}
	for n := range 10 {
		for _, id := range []int{theApplication + n, theApplication + 649 - n} {
			if got := stands[strconv.Itoa(id)]; got != "2" {
				t.Errorf("%d is seen in %q", id, got)
			}
		}
	}
}

// A record may come as its bare id: it is taken by that.
func TestPoll_BareIDs(t *testing.T) {
	t.Parallel()
	f, s := at(t, 17)
	f.alter = func(model, method string, answer []byte) []byte {
		text := strings.ReplaceAll(string(answer), `[2,"Video interview"]`, "2")
		return []byte(strings.ReplaceAll(text, `[3,"Sales"]`, "null"))
	}
	if seen := polled(t, s, nil).Seen[0]; seen.Stage.ID != "2" || seen.Job.ID != "7" || seen.Job.Department != "" {
		t.Errorf("%+v", seen)
	}
}

// What seldom changes is asked for once, and what may have been made a moment ago
// each time.
func TestPoll_Listings(t *testing.T) {
	t.Parallel()
	f, s := at(t, 14)
	cursor := polled(t, s, nil).Cursor
	for range 3 {
		polled(t, s, cursor)
	}
	count := func(call string) (n int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, asked := range f.asked {
			if asked == call {
				n++
			}
		}
		return n
	}
	for _, call := range []string{"hr.applicant fields_get", "hr.recruitment.stage search_read"} {
		if n := count(call); n != 1 {
			t.Errorf("%s is called %d times", call, n)
		}
	}
	f.mu.Lock()
	f.models["hr.applicant.category"] = append(f.models["hr.applicant.category"], record{"id": 60, "name": "referral"})
	f.mu.Unlock()
	f.set(theApplication, time.Now(), record{"categ_ids": []int{60}})
	if seen := polled(t, s, cursor).Seen[0]; !cmp.Equal(seen.Tags, []string{"referral"}) {
		t.Errorf("tags %q", seen.Tags)
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	_, old := at(t, 14)
	if jobs, err := old.Catalog.Jobs(t.Context()); err != nil || len(jobs) != 2 {
		t.Errorf("before jobs could be archived: %+v, %v", jobs, err)
	}
	_, s := at(t, 16)
	jobs, err := s.Catalog.Jobs(t.Context())
	if diff := cmp.Diff([]flowd.Job{{ID: "7", Name: "Account Executive", Department: "Sales"}}, jobs); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for job, want := range map[string]int{"7": 4, "8": 4, "": 5} {
		stages, err := s.Catalog.Stages(t.Context(), job)
		if err != nil || len(stages) != want || stages[0] != (flowd.Stage{ID: "1", Name: "New"}) || stages[want-1] != (flowd.Stage{ID: "5", Name: "Contract signed", Kind: "hired"}) {
			t.Errorf("%q: %+v, %v", job, stages, err)
		}
	}
	fields, err := s.Catalog.Fields(t.Context())
	want := []connectors.CatalogField{
		{Field: flowd.Field{Key: "x_done", Name: "Done", Type: "boolean"}}, {Field: flowd.Field{Key: "x_interview_link", Name: "Interview link", Type: "char"}},
		{Field: flowd.Field{Key: "x_score", Name: "Video score", Type: "float"}},
		{Field: flowd.Field{Key: "x_status", Name: "Video status", Type: "selection"}, Values: []string{"Invited", "Finished"}},
		{Member: "candidate.source", Values: []string{"LinkedIn"}}, {Member: "candidate.tags", Values: []string{"Reserve"}},
	}
	if diff := cmp.Diff(want, fields); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// BenchmarkPage is one page of 200 applications, from the call to the snapshots.
func BenchmarkPage(b *testing.B) {
	f := newFake(14)
	for range 200 {
		f.add(time.Now().Add(-time.Hour), 2, nil)
	}
	s := sourceAt(b, f.serve(b), "")
	b.ReportAllocs()
	for b.Loop() {
		if batch, _, err := s.Poller.Poll(b.Context(), nil); err != nil || len(batch.Seen) != 200 {
			b.Fatal(err)
		}
	}
}

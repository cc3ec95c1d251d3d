package odoo_test

import (
	"encoding/json"
	"fmt"
	"maps"
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
	"flowd/internal/fault"
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

// What is not as Odoo sends it stops the poll with the place, and nothing is
// taken of it: an invite that is wrong cannot be called back.
func TestPoll_BadInput(t *testing.T) {
	t.Parallel()
	page := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	replace := func(old, with string) func([]byte) []byte {
		return func(answer []byte) []byte {
			if !strings.Contains(string(answer), old) {
				panic("no " + old + " in " + string(answer))
			}
			return []byte(strings.Replace(string(answer), old, with, 1))
		}
	}
	future := time.Now().Add(50 * 24 * time.Hour).UTC().Format("2006-01-02 15:04:05")
	for name, c := range map[string]struct {
		does func([]byte) []byte
		says string
	}{
		"a page with status 200": {page("<html><title>Rosa Field</title>"), "web page"},
		"a login page":           {page(" <!DOCTYPE html><form>Rosa Field"), "web page"},
		"cut off":                {func(b []byte) []byte { return b[:len(b)/2] }, "not JSON, or ends too early"},
		"empty":                  {page(""), "not JSON"},
		"no list":                {page(`{"jsonrpc":"2.0","result":{"Rosa":"Field"}}`), "no list of records"},
		"no envelope":            {page(`[1]`), "no answer of JSON-RPC"},
		"nothing":                {page(`{"jsonrpc":"2.0","id":1}`), "neither a result nor an error"},
		"no record":              {page(`{"result":["Rosa Field"]}`), "record 1 is no record"},
		"null":                   {page(`{"result":[null]}`), "record 1 is no record"},
		"deep":                   {page(`{"result":[` + strings.Repeat("[", 20000)), "not JSON"},
		"not UTF-8":              {replace(`"Person 5001"`, "\"Rosa \xff\xfe\""), "record 1 is not UTF-8"},
		"a long name":            {replace(`"Person 5001"`, `"`+strings.Repeat("Rosa", 2560)+`"`), "the field partner_name of record 5001 has 10240 bytes"},
		"a number for a text":    {replace(`"Person 5001"`, `77`), "the field partner_name of record 5001 is a number where a text belongs"},
		"a list for a text":      {replace(`"Person 5001"`, `["Rosa"]`), "partner_name of record 5001 is a list"},
		"true for a text":        {replace(`"Person 5001"`, `true`), "partner_name of record 5001 is true or false"},
		"a text for a number":    {replace(`"id":5001`, `"id":"Rosa"`), "the field id is a text"},
		"no id":                  {replace(`"id":5001`, `"id":false`), "the field id is missing"},
		"a text for a record":    {replace(`[2,"Video interview"]`, `"Rosa"`), "stage_id of record 5001 is a text where a record's id and name belongs"},
		"a record of three":      {replace(`[2,"Video interview"]`, `[2,"Rosa",3]`), "stage_id of record 5001"},
		"a text for ids":         {replace(`[5]`, `"Rosa"`), "categ_ids of record 5001"},
		"a text for a flag":      {replace(`"active":true`, `"active":"yes"`), "active of record 5001 is a text where true or false belongs"},
		"a text for a score":     {replace(`"x_score":0`, `"x_score":"Rosa"`), "x_score of record 5001"},
		"moved in the future":    {replace(`"date_last_stage_update":"`, `"date_last_stage_update":"`+future+`","was":"`), "date_last_stage_update of record 5001 lies in the future"},
		"written in the future":  {replace(`"write_date":"`, `"write_date":"`+future+`","was":"`), "write_date of record 5001 lies in the future"},
		"no time":                {replace(`"create_date":"`, `"create_date":"soon","was":"`), "create_date of record 5001 is not a time"},
		"long ago":               {replace(`"create_date":"`, `"create_date":"0001-01-01 00:00:00","was":"`), "create_date of record 5001 lies before 1970"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, s := at(t, 14)
			cursor := polled(t, s, nil).Cursor
			f.set(theApplication, time.Now(), record{"stage_id": 2})
			f.alter = func(model, method string, answer []byte) []byte {
				if model != "hr.applicant" || method != "search_read" {
					return answer
				}
				return c.does(answer)
			}
			b, more, err := s.Poller.Poll(t.Context(), cursor)
			if more || len(b.Seen) > 0 || b.Cursor != nil {
				t.Errorf("more %t, %+v", more, b)
			}
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fmt.Sprint(err), c.says) || strings.Contains(err.Error(), "Rosa") {
				t.Errorf("%v", err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "poll Odoo: ") {
				t.Errorf("%v does not say what was done", err)
			}
		})
	}
}

// A page that holds more than was asked for, or comes again and again, is
// refused: each of them would go on for ever.
func TestPoll_WrongPages(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"10,000 items": "more than the 200 records", "the same page": "does not grow"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(19)
			for range 300 {
				f.add(time.Now().Add(-time.Hour), 2, nil)
			}
			s := sourceAt(t, f.serve(t), "")
			var cursor, kept []byte
			f.alter = func(_, _ string, answer []byte) []byte {
				var rows []map[string]any
				switch {
				case !strings.Contains(string(answer), "partner_name") || json.Unmarshal(answer, &rows) != nil: // not of applicants
				case kept != nil:
					return kept
				case name == "the same page":
					kept = answer
				default:
					for n := len(rows); n < 10000; n++ {
						more := maps.Clone(rows[0])
						more["id"] = theApplication + n
						rows = append(rows, more)
					}
					answer, _ = json.Marshal(rows)
				}
				return answer
			}
			for page := range 2 {
				b, _, err := s.Poller.Poll(t.Context(), cursor)
				if err != nil {
					if name == "the same page" && page == 0 || !strings.Contains(err.Error(), says) || b.Cursor != nil || len(b.Seen) > 0 {
						t.Errorf("page %d: %v", page, err)
					}
					return
				}
				cursor = b.Cursor
			}
			t.Error("both pages are taken")
		})
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

// FuzzPage feeds the parser of a page with what Odoo sends and what a fuzzer
// makes of it: it does not panic, and an error brings nothing.
func FuzzPage(f *testing.F) {
	good := newFake(14)
	good.add(time.Now().Add(-time.Hour), 2, nil)
	rows, _ := good.call("hr.applicant", "search_read", nil, map[string]any{"domain": []any{}, "limit": 10.0, "fields": []any{"id", "active", "stage_id", "job_id", "partner_name", "write_date", "categ_ids", "x_score"}})
	for _, v := range []any{map[string]any{"result": rows}, map[string]any{"error": map[string]any{"data": map[string]any{"name": "odoo.exceptions.AccessError"}}}, rows} {
		text, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	var answer []byte
	good.alter = func(model, method string, was []byte) []byte {
		if model == "hr.applicant" && method == "search_read" {
			return answer
		}
		return was
	}
	s := sourceAt(f, good.serve(f), "")
	f.Fuzz(func(t *testing.T, text []byte) {
		answer = text
		b, more, err := s.Poller.Poll(t.Context(), nil)
		if err != nil && (len(b.Seen) > 0 || b.Cursor != nil || more) {
			t.Errorf("a batch beside %v", err)
		}
		for _, seen := range b.Seen {
			if seen.ID == "" || seen.ID == "0" {
				t.Error("a snapshot of nobody")
			}
		}
	})
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

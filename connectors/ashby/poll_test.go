package ashby_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
)

// polled is a simulated Ashby as the suite knows a system.
type polled struct {
	*sim
	url string
}

func (p polled) Source(t *testing.T) connectors.Source {
	t.Helper()
	return sourceAt(t, p.url, "")
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
		down = append(down, refusing("internal_server_error"))
	}
	p.next("application.list", down...)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.answer = map[string][]http.HandlerFunc{}
	}
}

func TestPoller(t *testing.T) {
	t.Parallel()
	connectortest.Poller{
		Network: true, Personal: []string{"Rosa", "rosa.field", apiKey},
		New: func(t *testing.T) connectortest.System {
			s := newSim()
			s.perPage = 3
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			return polled{s, server.URL}
		},
	}.Run(t)
}

func ids(all []flowd.Batch) (out []string) {
	for _, b := range all {
		for _, s := range b.Seen {
			out = append(out, strings.TrimLeft(s.ID[len(s.ID)-12:], "0")+" in "+s.Stage.Name)
		}
	}
	return out
}

// The first pass shows all, each later one what changed since; a syncToken is kept
// when its pass is over and not before.
func TestPoll_Passes(t *testing.T) {
	t.Parallel()
	s := newSim()
	s.perPage = 2
	source := serve(t, s)
	for range 5 {
		s.add(2)
	}
	all, cursor := connectortest.Drain(t, source, nil)
	if got := ids(all); len(all) != 3 || len(got) != 5 || all[0].Baseline {
		t.Fatalf("%d pages: %q", len(all), got)
	}
	for i, b := range all {
		if last := i == len(all)-1; strings.Contains(string(b.Cursor), "token") != last {
			t.Errorf("page %d leaves %s", i+1, b.Cursor)
		}
	}
	s.move(s.apps[3], 3)
	s.move(s.apps[1], 3)
	s.move(s.apps[0], 4)
	first, more, err := source.Poller.Poll(t.Context(), cursor)
	if err != nil || !more || !strings.Contains(string(first.Cursor), `"token":"token-10"`) {
		t.Fatalf("%t, %v, %s: the old token is what to go on with until the end", more, err, first.Cursor)
	}
	all, end := connectortest.Drain(t, source, first.Cursor)
	if got := append(ids([]flowd.Batch{first}), ids(all)...); !slices.Equal(got, []string{"1 in Offer", "2 in Video Review", "4 in Video Review"}) {
		t.Errorf("%q", got)
	}
	if all, _ := connectortest.Drain(t, source, end); len(all) != 1 || all[0].Seen != nil || string(all[0].Cursor) != string(end) {
		t.Errorf("nothing changed, and there is %+v", all)
	}
}

// What changed is told with what a listing leaves out; of the first pass, which is
// no news, it is not asked for.
func TestPoll_Details(t *testing.T) {
	t.Parallel()
	s := newSim()
	source := serve(t, s)
	for range 5 {
		s.add(1)
	}
	all, cursor := connectortest.Drain(t, source, nil)
	if n := s.count("application.listHistory") + s.count("candidate.info"); n != 0 || !all[0].Seen[0].Entered.IsZero() || all[0].Seen[0].Job.Department != "Service" {
		t.Errorf("the first pass asked %d times, and tells %+v", n, all[0].Seen[0])
	}
	for _, a := range s.apps {
		s.move(a, 2)
	}
	moved := s.apps[0].Updated
	all, cursor = connectortest.Drain(t, source, cursor)
	if got := all[0].Seen[0]; !got.Entered.Equal(moved) || got.MovedBy != "u-1" || !slices.Equal(got.Candidate.Tags, []string{"Import"}) || got.Candidate.Country != "AT" {
		t.Errorf("%+v", got)
	}
	if h, p, d := s.count("application.listHistory"), s.count("candidate.info"), s.count("department.list"); h != 5 || p != 5 || d != 1 {
		t.Errorf("%d, %d and %d questions about 5 applications", h, p, d)
	}
	for endpoint, code := range map[string]string{"application.listHistory": "application_not_found", "candidate.info": "candidate_not_found"} {
		s.move(s.apps[0], 3)
		s.move(s.apps[0], 2)
		s.next(endpoint, refusing(code))
		if all, cursor = connectortest.Drain(t, source, cursor); len(all[0].Seen) != 1 || all[0].Seen[0].Stage.Name != "Video Interview" {
			t.Errorf("%s: %+v", code, all)
		}
	}
}

// A page whose details cannot be asked for is told later as a whole, and goes on
// where it was.
func TestPoll_DetailsFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does http.HandlerFunc
		kind fault.Kind
	}{
		"refused":       {refusing("internal_error"), fault.Unavailable},
		"no permission": {refusing("missing_endpoint_permission"), fault.Unauthorized},
		"no answer":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.Unavailable},
		"too often":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, fault.RateLimited},
		"login page":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, fault.Unavailable},
	} {
		for _, endpoint := range []string{"application.listHistory", "candidate.info", "department.list", "location.list"} {
			s := newSim()
			source := serve(t, s)
			for range 5 {
				s.add(1)
			}
			fine := func(w http.ResponseWriter, r *http.Request) {
				s.mu.Unlock()
				defer s.mu.Lock()
				s.ServeHTTP(w, r)
			}
			cursor := []byte(`{"token":"token-0"}`)
			if strings.HasSuffix(endpoint, "list") {
				s.next(endpoint, c.does)
			} else {
				s.next(endpoint, fine, fine, c.does)
			}
			b, more, err := source.Poller.Poll(t.Context(), cursor)
			if !fault.Is(err, c.kind) || b.Seen != nil || b.Cursor != nil || more {
				t.Errorf("%s of %s: %v, %+v", name, endpoint, err, b)
			}
			all, _ := connectortest.Drain(t, source, cursor)
			if len(all[0].Seen) != 5 || all[0].Seen[4].Entered.IsZero() {
				t.Errorf("%s of %s: %+v", name, endpoint, all)
			}
			if n := s.count("application.listHistory"); n > 8 { // of which two are of this test
				t.Errorf("%s of %s: %d questions about 5 applications", name, endpoint, n)
			}
		}
	}
}

// With on_first_seen the first pass says when, too, of those that could matter.
func TestPoll_FirstSeen(t *testing.T) {
	t.Parallel()
	s := newSim()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	source := sourceAt(t, server.URL, "on_first_seen: treat_as_move, max_age: 1d")
	old, recent, gone := s.add(2), s.add(2), s.add(5)
	old.Updated = time.Now().AddDate(0, -1, 0)
	all, _ := connectortest.Drain(t, source, nil)
	if len(all[0].Seen) != 3 || !all[0].Seen[0].Entered.IsZero() || !all[0].Seen[1].Entered.Equal(recent.Updated) || !all[0].Seen[2].Entered.IsZero() {
		t.Errorf("%+v", all[0].Seen)
	}
	if n := s.count("application.listHistory"); n != 1 || gone.Status != "Archived" {
		t.Errorf("%d questions", n)
	}
}

// Where the place is lost, polling begins anew, and only what must be is told as a
// state that moves nobody.
func TestPoll_PlaceLost(t *testing.T) {
	t.Parallel()
	within := func(began time.Time, rest string) string {
		at, err := json.Marshal(began)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"next":"cursor-0","pages":3,"began":%s%s}`, at, rest)
	}
	long, justNow := time.Now().Add(-time.Hour), time.Now()
	for _, c := range []struct {
		code, cursor string
		baseline     bool
		brings       int // of the five applications, of which two changed since token-6
		fault        fault.Kind
	}{
		{"sync_token_expired", `{"token":"token-6"}`, true, 5, ""},
		{"sync_token_invalid", `{"token":"token-6"}`, true, 5, ""},
		{"incremental_sync_too_large", `{"token":"token-6"}`, true, 5, ""},
		{"incremental_sync_too_large", within(justNow, `,"token":"token-6"`), true, 5, ""},
		{"next_cursor_expired", within(long, `,"token":"token-6"`), false, 2, ""},
		{"invalid_next_cursor", within(long, `,"token":"token-6"`), false, 2, ""},
		{"cursor_invalid", within(long, `,"token":"token-6"`), false, 2, ""},
		{"next_cursor_expired", within(long, `,"token":"token-6","retold":true`), true, 5, ""},
		{"next_cursor_expired", within(long, ``), true, 5, ""},
		{"next_cursor_expired", within(long, `,"anew":true`), true, 5, ""},
		{"next_cursor_expired", within(justNow, `,"token":"token-6"`), false, 0, fault.Unavailable},
		{"next_cursor_expired", `{}`, false, 0, fault.Unavailable},
		{"sync_token_expired", `{}`, false, 0, fault.Invalid},
		{"", `no cursor of ours`, true, 5, ""},
		{"", `{"token":7}`, true, 5, ""},
	} {
		for _, status := range []int{200, 400} {
			s := newSim()
			source := serve(t, s)
			for range 5 {
				s.add(2)
			}
			s.mu.Lock()
			s.apps[0].change, s.apps[1].change, s.apps[2].change = 1, 2, 3
			s.mu.Unlock()
			if c.code != "" {
				s.next("application.list", func(w http.ResponseWriter, _ *http.Request) {
					reply(w, status, map[string]any{"success": false, "errors": []any{map[string]string{"code": c.code, "message": "Rosa"}}})
				})
			}
			b, more, err := source.Poller.Poll(t.Context(), []byte(c.cursor))
			if c.fault != "" {
				if !fault.Is(err, c.fault) || b.Cursor != nil || more {
					t.Errorf("%s at %s: %v, %s", c.code, c.cursor, err, b.Cursor)
				}
				continue
			}
			if err != nil || more || len(b.Seen) != c.brings || b.Baseline != c.baseline || string(b.Cursor) != `{"token":"token-10"}` {
				t.Errorf("%s at %s: %d applications, baseline %t, %s, %v", c.code, c.cursor, len(b.Seen), b.Baseline, b.Cursor, err)
			}
		}
	}
}

// A pass that begins anew stays one to its end, and the next is ordinary again.
func TestPoll_AnewToTheEnd(t *testing.T) {
	t.Parallel()
	s := newSim()
	s.perPage = 2
	source := serve(t, s)
	for range 5 {
		s.add(2)
	}
	_, cursor := connectortest.Drain(t, source, nil)
	s.mu.Lock()
	s.forgotten = s.changes + 1
	s.mu.Unlock()
	s.add(2)
	all, cursor := connectortest.Drain(t, source, cursor)
	if len(all) != 3 || len(ids(all)) != 6 || !all[0].Baseline || !all[2].Baseline {
		t.Fatalf("%d pages", len(all))
	}
	s.move(s.apps[0], 3)
	if all, _ := connectortest.Drain(t, source, cursor); len(ids(all)) != 1 || all[0].Baseline {
		t.Errorf("%+v", all)
	}
	s.mu.Lock()
	s.most = 1
	s.mu.Unlock()
	for _, a := range s.apps {
		s.move(a, 4)
	}
	if all, _ := connectortest.Drain(t, source, cursor); len(all) != 4 || all[0].Baseline || !all[1].Baseline || !all[3].Baseline {
		t.Errorf("too much changed: %d pages", len(all))
	}
}

// Who is archived or hired is shown as such, by whose wish it was.
func TestPoll_Statuses(t *testing.T) {
	t.Parallel()
	s := newSim()
	source := serve(t, s)
	for i, c := range []struct{ status, why string }{{"Active", ""}, {"Archived", "RejectedByOrg"}, {"Archived", "RejectedByCandidate"}, {"Archived", "Other"}, {"Hired", ""}, {"Lead", ""}, {"Odd", ""}} {
		s.add(2)
		s.apps[i].Status, s.apps[i].ArchiveType = c.status, c.why
	}
	all, _ := connectortest.Drain(t, source, nil)
	var got []flowd.Status
	for _, one := range all[0].Seen {
		got = append(got, one.Status)
	}
	if want := []flowd.Status{"active", "rejected", "withdrawn", "rejected", "hired", "active", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

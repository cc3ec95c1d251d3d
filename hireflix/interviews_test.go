package hireflix

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/fault"
)

func TestFind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fill := func(t *testing.T, a account, n int) {
		for i := range n {
			if _, err := a.InviteByHand("pos-1", sim.Candidate{Email: fmt.Sprintf("someone.%d@example.com", i), FirstName: "Someone"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	byHand := func(t *testing.T, a account, email string) string {
		made, err := a.InviteByHand("pos-1", sim.Candidate{Email: email, FirstName: "Adalyn"})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	invite := func(t *testing.T, a account, email string) string {
		someone := ada
		someone.Email = email
		out, err := NewDriver(a.client(t)).Perform(t.Context(), invitation(), of(someone))
		if err != nil {
			t.Fatal(err)
		}
		return out.Interview.ID
	}
	for name, tc := range map[string]struct {
		opts sim.Options
		// prepare returns the id that is to be found, or nothing.
		prepare func(*testing.T, account) string
		newer   bool // only the newer listing finds it
	}{
		"nobody":  {prepare: func(t *testing.T, a account) string { fill(t, a, 3); return "" }},
		"ours":    {prepare: func(t *testing.T, a account) string { fill(t, a, 3); return invite(t, a, ada.Email) }},
		"by hand": {prepare: func(t *testing.T, a account) string { return byHand(t, a, "ada.lovestone@example.com") }},
		"old":     {prepare: func(t *testing.T, a account) string { id := invite(t, a, ada.Email); fill(t, a, 230); return id }},
		"a lookalike address": {prepare: func(t *testing.T, a account) string {
			byHand(t, a, "adaxlovestone@example.com")
			return ""
		}},
		"other capitals": {opts: sim.Options{ExactEmailFilter: true}, prepare: func(t *testing.T, a account) string {
			id := byHand(t, a, "Ada.LOVESTONE@example.com")
			fill(t, a, 60)
			return id
		}},
		"address changed since": {prepare: func(t *testing.T, a account) string {
			id := invite(t, a, "ada.before@example.com")
			fill(t, a, 40)
			return id
		}},
		"ours rather than the address": {prepare: func(t *testing.T, a account) string {
			id := invite(t, a, "ada.before@example.com")
			fill(t, a, 3)
			return id
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, hidden := range [][]string{nil, {"completedAt:", "completed: Timestamp"}, {"interviewList("}, {"interviewList(", "paginatedInterviews("}} {
				opts := tc.opts
				opts.Now = func() time.Time { return now }
				a := newAccount(t, without(t, sim.Schema, hidden...), opts)
				want := tc.prepare(t, a)
				driver := NewDriver(a.client(t))
				before := len(a.Journal().Arrivals)
				for range 2 {
					got, found, err := driver.Find(t.Context(), invitation(), of(ada))
					if err != nil || found != (want != "") || got.ID != want {
						t.Fatalf("without %v: found %v %+v, error %v; want %q", hidden, found, got, err, want)
					}
					if found && (!got.CreatedAt.Equal(now) || got.Answered || got.Status != flowd.InterviewPending ||
						!strings.HasPrefix(got.PublicURL, "https://") || !strings.HasPrefix(got.PrivateURL, "https://")) {
						t.Errorf("found %+v", got)
					}
				}
				refused := 0
				for _, arrival := range a.Journal().Arrivals[before:] {
					if arrival.Kind == sim.Invalid {
						refused++
					}
				}
				if most := 3; refused > most {
					t.Errorf("without %v: %d requests were refused: what is refused is not remembered", hidden, refused)
				}
			}
		})
	}
}

func TestFind_Answered(t *testing.T) {
	t.Parallel()
	for _, newerWords := range []bool{false, true} {
		a := newAccount(t, sim.Schema, sim.Options{NewerStatus: newerWords})
		driver := NewDriver(a.client(t))
		out, err := driver.Perform(t.Context(), invitation(), of(ada))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Answer(out.Interview.ID); err != nil {
			t.Fatal(err)
		}
		got, found, err := driver.Find(t.Context(), invitation(), of(ada))
		if err != nil || !found || !got.Answered || got.ExternalID != invitation().Key.ExternalID() {
			t.Errorf("found %v %+v, error %v", found, got, err)
		}
	}
}

// TestFind_AnsweredByWhatIsThere gives the evidence one by one.
func TestFind_AnsweredByWhatIsThere(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]bool{
		`"status":"pending","answered":false`:                                    false,
		`"status":"pending","answered":null,"completed":null,"completedAt":null`: false,
		`"status":"completed","answered":false`:                                  false,
		`"status":"finalist","answered":true`:                                    true,
		`"status":"discarded","answered":null,"completed":1761566424331`:         true,
		`"status":"shortlisted","completedAt":1761566424331.5`:                   true,
		`"status":"to_evaluate","completedAt":"2026-03-01T12:00:00Z"`:            true,
		`"completed":true`: true,
		`"completed":0`:    false,
	} {
		c := serve(t, answer(http.StatusOK, `{"data":{"position":{"interviewList":{"results":[{"id":7,"candidate":{"email":" ADA.Lovestone@example.com "},"createdAt":1761566424331,`+members+`}]}}}}`))
		got, found, err := NewDriver(c).Find(t.Context(), invitation(), of(ada))
		if err != nil || !found || got.ID != "7" || got.Answered != want || got.CreatedAt.UnixMilli() != 1761566424331 {
			t.Errorf("%s: found %v %+v, error %v", members, found, got, err)
		}
	}
}

func TestFind_PrefersTheExternalID(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(http.StatusOK, `{"data":{"position":{"interviewList":{"results":[
		{"id":"theirs","externalId":"x","candidate":{"email":"ada.lovestone@example.com"}},
		{"id":"ours","externalId":"`+invitation().Key.ExternalID()+`","candidate":{"email":"ada.before@example.com"}}]}}}}`))
	got, found, err := NewDriver(c).Find(t.Context(), invitation(), of(ada))
	if err != nil || !found || got.ID != "ours" {
		t.Errorf("found %v %+v, error %v", found, got, err)
	}
}

// TestFind_FilterNotHonoured must not take a page of strangers for "nobody".
func TestFind_FilterNotHonoured(t *testing.T) {
	t.Parallel()
	strangers := strings.TrimSuffix(strings.Repeat(`{"id":"s","candidate":{"email":"s@example.com"}},`, 10), ",")
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 4096)
		n, _ := r.Body.Read(body)
		switch sent := string(body[:n]); {
		case strings.Contains(sent, "paginatedInterviews") && strings.Contains(sent, "$cursor"):
			answer(http.StatusOK, `{"data":{"position":{"paginatedInterviews":{"lastCursor":null,"results":[{"id":"hers","candidate":{"email":"ada.lovestone@example.com"}}]}}}}`)(w, r)
		case strings.Contains(sent, "paginatedInterviews"):
			answer(http.StatusOK, `{"data":{"position":{"paginatedInterviews":{"lastCursor":"c","results":[`+strangers+`]}}}}`)(w, r)
		default:
			answer(http.StatusOK, `{"data":{"position":{"interviewList":{"results":[`+strangers+`]}}}}`)(w, r)
		}
	})
	got, found, err := NewDriver(c).Find(t.Context(), invitation(), of(ada))
	if err != nil || !found || got.ID != "hers" {
		t.Errorf("found %v %+v, error %v", found, got, err)
	}
}

// TestFind_NullIsNotNobody: on the word that nobody is there, an invite is sent
// again. A position that does not exist has nobody in it.
func TestFind_NullIsNotNobody(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]fault.Kind{
		`{"data":{"position":{"interviewList":null}}}`:                   fault.Unknown,
		`{"data":{"position":{"interviewList":{"results":null}}}}`:       fault.Unknown,
		`{"data":{"position":{"paginatedInterviews":{"results":null}}}}`: fault.Unknown,
		`{"data":{"position":{"interviews":null}}}`:                      fault.Unknown,
		`{"data":{"position":null}}`:                                     "",
	} {
		for listing := range listings {
			c := serve(t, answer(http.StatusOK, body))
			c.listing.Store(int64(listing))
			_, found, err := NewDriver(c).Find(t.Context(), invitation(), of(ada))
			if found {
				t.Errorf("%s: found", body)
			}
			wantFault(t, err, kind)
		}
	}
}

func TestFind_EndlessList(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answer(http.StatusOK, `{"data":{"position":{"paginatedInterviews":{"lastCursor":"c","results":[{"id":"s"}]}}}}`)(w, r)
	})
	c.listing.Store(2)
	_, _, err := NewDriver(c).Find(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Unknown)
	if requests.Load() > maxPages+1 {
		t.Errorf("%d requests", requests.Load())
	}
}

func TestFind_WithoutAUsableAddress(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{})
	driver := NewDriver(a.client(t))
	wrong := ada
	wrong.Email = "not an address"
	if _, found, err := driver.Find(t.Context(), invitation(), of(wrong)); found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
	out, err := driver.Perform(t.Context(), invitation(), of(ada))
	if err != nil {
		t.Fatal(err)
	}
	if got, found, err := driver.Find(t.Context(), invitation(), of(wrong)); !found || err != nil || got.ID != out.Interview.ID {
		t.Errorf("found %v %+v, error %v", found, got, err)
	}
}

// TestFind_Faults: while looking fails, nothing is said to be absent.
func TestFind_Faults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		effect sim.Effect
		kind   fault.Kind
		tries  int
	}{
		"closed":       {sim.Refuse(), fault.Unavailable, queryTries},
		"server error": {sim.Effect{Answer: sim.ServerError}, fault.Unavailable, queryTries},
		"internal":     {sim.Effect{Answer: sim.InternalError}, fault.Unavailable, queryTries},
		"not json":     {sim.Effect{Answer: sim.NotJSON}, fault.Unavailable, queryTries},
		"oversized":    {sim.Effect{Answer: sim.Oversized}, fault.Unavailable, 1},
		"slower":       {sim.Effect{Answer: sim.RateLimited, RetryAfter: time.Second}, fault.RateLimited, queryTries},
		"much slower":  {sim.Effect{Answer: sim.RateLimited, RetryAfter: time.Hour}, fault.RateLimited, 1},
		"unauthorized": {sim.Effect{Answer: sim.Unauthorized}, fault.Unauthorized, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, sim.Schema, sim.Options{Fault: func(sim.Operation) sim.Effect { return tc.effect }})
			_, found, err := NewDriver(a.client(t)).Find(t.Context(), invitation(), of(ada))
			wantFault(t, err, tc.kind)
			if n := len(a.Journal().Arrivals); found || n != tc.tries {
				t.Errorf("found %v after %d tries, want %d", found, n, tc.tries)
			}
		})
	}
}

// TestFind_WiderLookFails: the filter by address has answered, and that counts.
func TestFind_WiderLookFails(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{Fault: func(op sim.Operation) sim.Effect {
		if op.Email == "" {
			return sim.Effect{Answer: sim.ServerError}
		}
		return sim.Effect{}
	}})
	_, found, err := NewDriver(a.client(t)).Find(t.Context(), invitation(), of(ada))
	if found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestAnyCase(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(anyCase("a+b.c@x-y.example.com"))
	for address, want := range map[string]bool{
		"a+b.c@x-y.example.com": true, "A+B.C@X-Y.Example.COM": true,
		"aab.c@x-y.example.com": false, "a+bxc@x-y.example.com": false, "za+b.c@x-y.example.com": false, "a+b.c@x-y.example.comz": false,
	} {
		if pattern.MatchString(address) != want {
			t.Errorf("%s: want %v", address, want)
		}
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(http.StatusOK, `{"data":{"positions":[
		{"id":"open","name":"Engineer","archived":null},
		{"id":"closed","name":"Clerk","archived":1761566424331},
		{"id":"yes","name":null,"archived":true},
		{"id":"no","name":"","archived":false},
		{"id":"float","name":"x","archived":1.761566424331e12},
		{"id":"text","name":"x","archived":"1761566424331"},
		null,{"id":null,"name":"nameless"}]}}`))
	got, err := c.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []flowd.Position{
		{ID: "open", Name: "Engineer"}, {ID: "closed", Name: "Clerk", Archived: true}, {ID: "yes", Archived: true},
		{ID: "no"}, {ID: "float", Name: "x", Archived: true}, {ID: "text", Name: "x", Archived: true},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestPositions_NullIsNotNone: an emptied catalogue would unmap every rule.
func TestPositions_NullIsNotNone(t *testing.T) {
	t.Parallel()
	_, err := serve(t, answer(http.StatusOK, `{"data":{"positions":null}}`)).Positions(t.Context())
	wantFault(t, err, fault.Unknown)
	list, err := serve(t, answer(http.StatusOK, `{"data":{"positions":[]}}`)).Positions(t.Context())
	if err != nil || list == nil || len(list) != 0 {
		t.Errorf("%v, error %v", list, err)
	}
}

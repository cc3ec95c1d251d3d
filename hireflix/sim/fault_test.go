package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Every answer that hides the truth, with and without the effect.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer Answer
		check  func(t *testing.T, h *heard, err error)
	}{
		{Closed, aborted},
		{RateLimited, func(t *testing.T, h *heard, err error) {
			status(t, h, err, http.StatusTooManyRequests)
			if got := h.header.Get("Retry-After"); got != "2" {
				t.Errorf("Retry-After %q", got)
			}
		}},
		{ServerError, func(t *testing.T, h *heard, err error) { status(t, h, err, http.StatusBadGateway) }},
		{Unauthorized, func(t *testing.T, h *heard, err error) { status(t, h, err, http.StatusUnauthorized) }},
		{NotJSON, func(t *testing.T, h *heard, err error) {
			status(t, h, err, http.StatusBadGateway)
			if json.Valid(h.body) {
				t.Errorf("JSON: %s", h.body)
			}
		}},
		{Oversized, func(t *testing.T, h *heard, err error) {
			status(t, h, err, http.StatusOK)
			if len(h.body) < 100_000 || !json.Valid(h.body) {
				t.Errorf("%d bytes", len(h.body))
			}
		}},
		{InternalError, func(t *testing.T, h *heard, err error) {
			status(t, h, err, http.StatusOK)
			if len(h.Errors) != 1 || *h.Errors[0].Code != 500 || h.Errors[0].RequestID == "" || h.Data != nil {
				t.Errorf("got %s", h.body)
			}
		}},
		{UnknownMember, func(t *testing.T, h *heard, err error) {
			status(t, h, err, http.StatusOK)
			got := h.Data["inviteCandidateToInterview"]
			if diff := cmp.Diff(map[string]any{"__typename": "InviteHeldForReviewError"}, got); diff != "" {
				t.Error(diff)
			}
		}},
	} {
		for _, applied := range []bool{false, true} {
			t.Run(string(test.answer)+map[bool]string{true: " after", false: " instead"}[applied], func(t *testing.T) {
				t.Parallel()
				s, c := start(t, Options{Fault: On(Invite, Script(Effect{
					Answer: test.answer, Applied: applied,
					RetryAfter: 1100 * time.Millisecond, Status: http.StatusBadGateway, Bytes: 100_000,
				}))})
				p := add(t, s, Position{})
				h, err := c.send(body(t, inviteQuery, input(p, "ada@example.com", "x-1")))
				test.check(t, h, err)
				want := 0
				if applied {
					want = 1
				}
				if got := s.Journal().Took(p, "ada@example.com"); got != want || len(s.Interviews(p)) != want || s.Mails() != want {
					t.Errorf("%d invites took effect, want %d", got, want)
				}
				if got := s.Journal().Arrivals[0].Answer; got != test.answer {
					t.Errorf("the journal says %q", got)
				}
				c.answer(`{ positions { id } }`, nil) // and the server goes on
			})
		}
	}
}

func status(t *testing.T, h *heard, err error, want int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if h.status != want {
		t.Fatalf("status %d, want %d: %s", h.status, want, h.body)
	}
}

// A time-out is silence until the client goes away; only one of the two kinds
// leaves an interview behind.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		effect Effect
		want   int
	}{
		{"before", TimeoutBefore(), 0},
		{"after", TimeoutAfter(), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gate := make(chan struct{}, 1)
			test.effect.Gate = gate
			gate <- struct{}{}
			s, c := start(t, Options{Fault: On(Invite, Script(test.effect))})
			p := add(t, s, Position{})
			ctx, cancel := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(body(t, inviteQuery, input(p, "ada@example.com", "x-1"))))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("X-API-KEY", c.key)
			done := make(chan error)
			go func() {
				response, err := http.DefaultClient.Do(request)
				if err == nil {
					_ = response.Body.Close()
				}
				done <- err
			}()
			until(t, func() bool {
				j := s.Journal()
				return len(j.Arrivals) == 1 && j.Arrivals[0].Answer == Silence
			})
			cancel()
			if err := <-done; err == nil {
				t.Error("an answer")
			}
			if n := len(c.lookUp(p, "ada@example.com")); n != test.want {
				t.Errorf("%d interviews, want %d", n, test.want)
			}
			if j := s.Journal(); j.Arrivals[0].Took != (test.want == 1) || j.Arrivals[0].Answered != 0 {
				t.Errorf("journal %+v", j.Arrivals[0])
			}
		})
	}
}

// The effect of a slow invite comes after its client has given up: a look-up
// in between finds nothing, a later one finds it.
func TestGate(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	s, c := start(t, Options{Fault: On(Invite, Script(Effect{Gate: gate}))})
	p := add(t, s, Position{})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(body(t, inviteQuery, input(p, "ada@example.com", "x-1"))))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-API-KEY", c.key)
	done := make(chan error)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		done <- err
	}()
	until(t, func() bool { return s.Journal().Count(Invite) == 1 })
	cancel()
	if err := <-done; err == nil {
		t.Error("an answer")
	}
	if n := len(c.lookUp(p, "ada@example.com")); n != 0 {
		t.Errorf("%d interviews before the gate is open", n)
	}
	close(gate)
	until(t, func() bool { return s.Journal().Took(p, "ada@example.com") == 1 })
	if n := len(c.lookUp(p, "ada@example.com")); n != 1 {
		t.Errorf("%d interviews after", n)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Fault: Script(Slow(time.Millisecond))})
	p := add(t, s, Position{})
	if got := c.invite(input(p, "ada@example.com", ""))["__typename"]; got != "InterviewType" {
		t.Errorf("got %v", got)
	}
}

// Close lets go of every request that hangs, without effect.
func TestClose(t *testing.T) {
	t.Parallel()
	for _, effect := range []Effect{TimeoutBefore(), {Gate: make(chan struct{})}, Slow(time.Hour)} {
		s, c := start(t, Options{Hang: time.Hour, Fault: Script(effect)})
		p := add(t, s, Position{})
		sent := body(t, inviteQuery, input(p, "ada@example.com", ""))
		done := make(chan error)
		go func() {
			_, err := c.send(sent)
			done <- err
		}()
		until(t, func() bool { return s.Journal().Count(Invite) == 1 })
		s.Close()
		if err := <-done; err == nil {
			t.Error("an answer")
		}
		if n := len(s.Interviews(p)); n != 0 {
			t.Errorf("%d interviews", n)
		}
	}
}

func TestHangIsBounded(t *testing.T) {
	t.Parallel()
	_, c := start(t, Options{Hang: time.Millisecond, Fault: Script(TimeoutBefore())})
	h, err := c.send(`{"query":"{ positions { id } }"}`)
	aborted(t, h, err)
}

func TestDown(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	s.SetDown(true)
	h, err := c.send(`{"query":"{ positions { id } }"}`)
	aborted(t, h, err)
	s.SetDown(false)
	s.SetFault(Script(Refuse()))
	h, err = c.send(`{"query":"{ positions { id } }"}`)
	aborted(t, h, err)
	s.SetFault(nil)
	c.answer(`{ positions { id } }`, nil)
	j := s.Journal()
	if j.Arrivals[0].Kind != Unread || j.Arrivals[0].Answer != Closed {
		t.Errorf("journal %+v", j.Arrivals)
	}
}

// An unknown member of the union goes to invites alone.
func TestUnknownMemberElsewhere(t *testing.T) {
	t.Parallel()
	_, c := start(t, Options{Fault: func(Operation) Effect { return Effect{Answer: UnknownMember} }})
	c.answer(`{ positions { id } }`, nil)
}

func TestFaultsCombined(t *testing.T) {
	t.Parallel()
	invite, look := Operation{Kind: Invite}, Operation{Kind: LookUp}
	fault := First(On(Invite, Script(Refuse(), Effect{}, TimeoutAfter())), On(LookUp, Script(TimeoutBefore())))
	var got []Effect
	for _, op := range []Operation{look, invite, invite, look, invite, invite} {
		got = append(got, fault(op))
	}
	want := []Effect{TimeoutBefore(), Refuse(), {}, {}, TimeoutAfter(), {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) map[Answer]int {
		drawn := make(map[Answer]int)
		fault := Random(seed, Odds{Refuse(), 0.25}, Odds{TimeoutAfter(), 0.25})
		for range 4000 {
			drawn[fault(Operation{}).Answer]++
		}
		return drawn
	}
	got := run(1)
	if diff := cmp.Diff(got, run(1)); diff != "" {
		t.Errorf("one seed, two runs: %s", diff)
	}
	if cmp.Equal(got, run(2)) {
		t.Error("two seeds, one run")
	}
	for answer, want := range map[Answer]int{Closed: 1000, Silence: 1000, Truth: 2000} {
		if n := got[answer]; n < want-150 || n > want+150 {
			t.Errorf("%q: %d of 4000, want about %d", answer, n, want)
		}
	}
}

// until waits for what another goroutine brings about.
func until(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the test ended first")
		}
	}
}

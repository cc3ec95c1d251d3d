package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// crowd invites n people to one position; each is one interview.create.
func crowd(t *testing.T, s *Server, n int) {
	t.Helper()
	p := add(t, s, Position{ID: "p"})
	for i := range n {
		_, err := s.InviteByHand(p, Candidate{Email: fmt.Sprintf("p%d@example.com", i), FirstName: fmt.Sprintf("P%d", i)})
		try(t, err)
	}
}

func who(got []received) []string {
	names := []string{}
	for _, one := range got {
		names = append(names, one.Data["candidate"].(map[string]any)["firstName"].(string))
	}
	return names
}

func TestDeliveredOnceInOrder(t *testing.T) {
	t.Parallel()
	s, _ := start(t, Options{})
	r := receive(t, s)
	_, err := s.Subscribe(r.url, EventCreate)
	try(t, err)
	crowd(t, s, 30)
	want := []string{}
	for i := range 30 {
		want = append(want, fmt.Sprintf("P%d", i))
	}
	if diff := cmp.Diff(want, who(r.all(s))); diff != "" {
		t.Error(diff)
	}
	for i, d := range s.Deliveries() {
		if !d.Done || d.Tries != 1 || d.Status != http.StatusOK || d.Place != i+1 || d.Copy != 1 || d.Lost || d.Event != EventCreate {
			t.Errorf("delivery %+v", d)
		}
	}
	if n := s.Pending(); n != 0 {
		t.Errorf("%d pending", n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lines != 30 { // one that is used again can drop and be sent twice
		t.Errorf("%d connections, want one for each", r.lines)
	}
}

// Without Flush, too.
func TestDeliveredByItself(t *testing.T) {
	t.Parallel()
	s, _ := start(t, Options{})
	r := receive(t, s)
	_, err := s.Subscribe(r.url)
	try(t, err)
	s.Deliver(Policy{Late: 0.3, Delay: time.Millisecond, Reorder: 0.3, Hold: time.Millisecond, Double: 1})
	crowd(t, s, 10)
	until(t, func() bool { return s.Pending() == 0 })
	if n := len(r.all(s)); n != 20 {
		t.Errorf("%d came, want 20", n)
	}
}

func TestLost(t *testing.T) {
	t.Parallel()
	s, _ := start(t, Options{})
	r := receive(t, s)
	_, err := s.Subscribe(r.url)
	try(t, err)
	s.Deliver(Policy{Lose: 1, Double: 1, Late: 1})
	crowd(t, s, 3)
	if got := r.all(s); len(got) != 0 {
		t.Errorf("came: %v", got)
	}
	all := s.Deliveries()
	if len(all) != 3 || !all[0].Lost || !all[0].Done || all[0].Tries != 0 || all[0].Late {
		t.Errorf("deliveries %+v", all)
	}
}

func TestDoubled(t *testing.T) {
	t.Parallel()
	for _, redate := range []bool{false, true} {
		at := time.UnixMilli(1_767_225_600_000)
		s, _ := start(t, Options{Now: clock(&at)})
		r := receive(t, s)
		_, err := s.Subscribe(r.url)
		try(t, err)
		s.Deliver(Policy{Double: 1, Redate: redate})
		crowd(t, s, 1)
		got := r.all(s)
		if len(got) != 2 || (got[0].body != got[1].body) != redate || (got[0].Date != got[1].Date) != redate {
			t.Errorf("redate %v: %+v", redate, got)
		}
	}
}

// What is late without a delay waits for Flush and for nothing else.
func TestLate(t *testing.T) {
	t.Parallel()
	s, _ := start(t, Options{})
	r := receive(t, s)
	_, err := s.Subscribe(r.url)
	try(t, err)
	s.Deliver(Policy{Late: 1})
	crowd(t, s, 3)
	s.Deliver(Policy{})
	iv, err := s.InviteByHand("p", Candidate{Email: "soon@example.com", FirstName: "Soon"})
	try(t, err)
	until(t, func() bool { return s.Pending() == 3 })
	flush(t, s)
	if diff := cmp.Diff([]string{"Soon", "P0", "P1", "P2"}, who(r.all(s))); diff != "" {
		t.Error(diff)
	}
	if last := s.Deliveries()[3]; last.Interview != iv.ID || last.Place != 1 || last.Late {
		t.Errorf("delivery %+v", last)
	}
}

// A held one lets others go first; Flush keeps the new order.
func TestReordered(t *testing.T) {
	t.Parallel()
	s, _ := start(t, Options{})
	r := receive(t, s)
	_, err := s.Subscribe(r.url)
	try(t, err)
	p := add(t, s, Position{ID: "p"})
	one := func(name string, policy Policy) {
		s.Deliver(policy)
		_, err := s.InviteByHand(p, Candidate{Email: name + "@example.com", FirstName: name})
		try(t, err)
	}
	one("A", Policy{Reorder: 1, Within: 1, Hold: time.Hour})
	one("B", Policy{})
	until(t, func() bool { return s.Pending() == 0 })
	one("C", Policy{Reorder: 1, Within: 1, Hold: time.Hour})
	if n := s.Pending(); n != 1 {
		t.Errorf("%d pending, want the one that is held", n)
	}
	if diff := cmp.Diff([]string{"B", "A", "C"}, who(r.all(s))); diff != "" {
		t.Error(diff)
	}
	if d := s.Deliveries()[0]; !d.Reordered || d.Place != 2 {
		t.Errorf("delivery %+v", d)
	}
}

// fate is what was drawn for one event.
type fate struct{ lost, doubled, late, reordered bool }

func fates(s *Server) map[string]fate {
	drawn := make(map[string]fate)
	for _, iv := range append(s.Interviews("p"), s.Deleted()...) {
		for _, d := range s.Deliveries() {
			if d.Interview != iv.ID {
				continue
			}
			key := iv.Email + " " + d.Event
			f := drawn[key]
			f.lost = f.lost || d.Lost
			f.doubled = f.doubled || d.Copy == 2
			f.late = f.late || d.Late
			f.reordered = f.reordered || d.Reordered
			drawn[key] = f
		}
	}
	return drawn
}

// Which ones are hit depends on the seed and not on who comes first.
func TestFatesAreSeeded(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) map[string]fate {
		s, _ := start(t, Options{})
		r := receive(t, s)
		_, err := s.Subscribe(r.url, EventCreate, EventFinish)
		try(t, err)
		s.Deliver(Policy{Seed: seed, Lose: 0.2, Double: 0.3, Late: 0.25, Reorder: 0.5})
		p := add(t, s, Position{ID: "p"})
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				iv, err := s.InviteByHand(p, Candidate{Email: fmt.Sprintf("p%d@example.com", i), FirstName: "P"})
				if err == nil {
					err = s.Answer(iv.ID)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, want := r.all(s), 0
		for _, f := range fates(s) {
			switch {
			case f.lost:
			case f.doubled:
				want += 2
			default:
				want++
			}
		}
		if len(got) != want {
			t.Errorf("%d came, want %d", len(got), want)
		}
		return fates(s)
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7), cmp.AllowUnexported(fate{})); diff != "" {
		t.Errorf("one seed, two runs: %s", diff)
	}
	if cmp.Equal(first, run(8), cmp.AllowUnexported(fate{})) {
		t.Error("two seeds, one run")
	}
	count := func(is func(fate) bool) (n int) {
		for _, f := range first {
			if is(f) {
				n++
			}
		}
		return n
	}
	if len(first) != 400 {
		t.Fatalf("%d events", len(first))
	}
	for _, share := range []struct {
		name       string
		n, low, up int
	}{
		{"lost", count(func(f fate) bool { return f.lost }), 50, 110},
		{"doubled", count(func(f fate) bool { return f.doubled }), 65, 130},      // 0.3 of those not lost
		{"late", count(func(f fate) bool { return f.late }), 60, 140},            // in either copy
		{"reordered", count(func(f fate) bool { return f.reordered }), 120, 230}, // in either copy
	} {
		if share.n < share.low || share.n > share.up {
			t.Errorf("%s: %d of 400", share.name, share.n)
		}
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		policy Policy
		status []int // of the receiver, in turn
		tries  int
	}{
		{"not repeated", Policy{}, []int{500}, 1},
		{"repeated until it is taken", Policy{Retries: 3}, []int{500, 302, 204}, 3},
		{"given up", Policy{Retries: 1}, []int{500, 404, 200}, 2},
		{"a wait that Flush cuts short", Policy{Retries: 1, RetryAfter: time.Hour}, []int{500, 200}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, Options{})
			r := receive(t, s)
			r.answer = func(nth int) int { return test.status[nth] }
			id, err := s.Subscribe(r.url)
			try(t, err)
			s.Deliver(test.policy)
			crowd(t, s, 1)
			got := r.all(s)
			want := test.status[test.tries-1]
			if d := s.Deliveries()[0]; len(got) != test.tries || d.Tries != test.tries || d.Status != want || !d.Done || d.Problem != "" {
				t.Errorf("%d came, %+v", len(got), d)
			}
			var seen []string
			for _, line := range c.answer(`{ webhookLogs(id: "`+id+`") { id status } }`, nil)["webhookLogs"].([]any) {
				seen = append(seen, line.(map[string]any)["status"].(string))
			}
			slices.Reverse(seen)
			var all []string
			for _, status := range test.status[:test.tries] {
				all = append(all, fmt.Sprint(status))
			}
			if diff := cmp.Diff(all, seen); diff != "" {
				t.Errorf("the log: %s", diff)
			}
		})
	}
}

// A receiver that is not there or says nothing is seen in the delivery and in
// the log, and the next one goes out all the same.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Transport: mute{}, WebhookTimeout: time.Millisecond})
	id, err := s.Subscribe("https://example.com/hook")
	try(t, err)
	crowd(t, s, 2)
	flush(t, s)
	for _, d := range s.Deliveries() {
		if !d.Done || d.Tries != 1 || d.Status != 0 || d.Problem == "" {
			t.Errorf("delivery %+v", d)
		}
	}
	lines := c.answer(`{ webhookLogs(id: "`+id+`") { status response } }`, nil)["webhookLogs"].([]any)
	if line := lines[0].(map[string]any); len(lines) != 2 || line["status"] != "failed" || line["response"].(map[string]any)["error"] == nil {
		t.Errorf("the log: %v", lines)
	}
}

func TestFlushEnds(t *testing.T) {
	t.Parallel()
	called := make(chan string, 1)
	s := New(Options{Transport: mute{called}, WebhookTimeout: time.Hour})
	_, err := s.Subscribe("https://example.com/hook")
	try(t, err)
	crowd(t, s, 2)
	<-called
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
	if n := s.Pending(); n != 2 {
		t.Errorf("%d pending", n)
	}
	waiting := make(chan error)
	go func() { waiting <- s.Flush(t.Context()) }()
	s.Close()
	if err := <-waiting; err == nil {
		t.Error("the server is closed and everything is said to be delivered")
	}
	select {
	case url := <-called:
		t.Errorf("%s was called after Close", url)
	default:
	}
	if _, err := s.InviteByHand("p", Candidate{Email: "late@example.com"}); err != nil {
		t.Error(err)
	}
	if n := len(s.Deliveries()); n != 2 {
		t.Errorf("%d deliveries, want none queued after Close", n)
	}
}

// slowly is a transport that takes its time to stop.
type slowly struct{ stopped *atomic.Bool }

func (tr slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	time.Sleep(time.Second) // of the bubble's time, which stands still while Close does not wait
	tr.stopped.Store(true)
	return nil, context.Cause(r.Context())
}

// Close returns when the try on its way is over, and leaves no goroutine: the
// bubble would not end with one.
func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stopped atomic.Bool
		s := New(Options{Transport: slowly{&stopped}, WebhookTimeout: time.Hour})
		_, err := s.Subscribe("https://example.com/hook")
		try(t, err)
		s.Deliver(Policy{Reorder: 1, Hold: time.Minute, Retries: 9})
		crowd(t, s, 3)
		time.Sleep(2 * time.Minute)
		s.Close()
		if !stopped.Load() {
			t.Error("Close did not wait")
		}
	})
}

// One that is held or late wakes the worker when its time has come.
func TestHoldAndDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Transport: refusing{}})
		defer s.Close()
		_, err := s.Subscribe("https://example.com/hook")
		try(t, err)
		s.Deliver(Policy{Reorder: 1, Hold: time.Minute})
		crowd(t, s, 1)
		s.Deliver(Policy{Late: 1, Delay: 2 * time.Minute, Retries: 1, RetryAfter: time.Minute})
		_, err = s.InviteByHand("p", Candidate{Email: "late@example.com"})
		try(t, err)
		for _, want := range []struct{ pending, tries int }{{2, 0}, {1, 1}, {1, 2}, {0, 3}} {
			synctest.Wait()
			tries := 0
			for _, d := range s.Deliveries() {
				tries += d.Tries
			}
			if n := s.Pending(); n != want.pending || tries != want.tries {
				t.Errorf("%d pending and %d tries, want %d and %d", n, tries, want.pending, want.tries)
			}
			time.Sleep(time.Minute)
		}
	})
}

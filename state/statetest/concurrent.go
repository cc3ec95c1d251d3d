package statetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/state"
)

// RunConcurrent tests what holds when many callers come at once. It is of most
// use under the race detector.
func RunConcurrent(t *testing.T, open Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*desk)
	}{
		{"one event is admitted once", raceAdmit},
		{"one event is decided once", raceDecide},
		{"one key is promised once", raceKey},
		{"one claim is held once", raceClaim},
		{"one row is leased once", raceLease},
		{"one finish is told once", raceSight},
		{"one tie retells once", raceTie},
		{"who fails alone fails alone", raceFailing},
		{"everybody at once", raceAll},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(newDesk(t, open))
		})
	}
}

const crowd = 64

// together runs one call for each of a crowd, all at once, and returns what each
// returned.
func together[T any](call func(i int) T) []T {
	out := make([]T, crowd)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() {
			<-start
			out[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return out
}

// result is what a call in a crowd came to.
type result[T any] struct {
	got T
	err error
}

func raceAdmit(d *desk) {
	ev := d.move("a", "Video")
	all := together(func(int) result[state.Admitted] {
		done, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{ev}}, d.now)
		return result[state.Admitted]{done, err}
	})
	fresh, repeated := 0, 0
	for _, r := range all {
		d.ok(r.err)
		fresh += len(r.got.New)
		repeated += r.got.Duplicate
	}
	d.same("new and repeated", []int{fresh, repeated}, []int{1, crowd - 1})
	d.same("undecided", len(d.pending()), 1)
}

func raceDecide(d *desk) {
	d.admit(d.move("a", "Video"))
	ev := d.last().Event
	all := together(func(i int) result[state.Committed] {
		a := invite(ev, fmt.Sprint("p", i))
		done, err := d.store.Commit(d.Context(), state.Commitment{Event: ev.Key, Decisions: decisions(ev.Key, a)}, d.now)
		return result[state.Committed]{done, err}
	})
	won := 0
	for _, r := range all {
		if r.err == nil {
			won++
			continue
		}
		d.is(r.err, state.ErrDecided)
	}
	d.same("decided", won, 1)
	d.same("rows", len(d.find(state.Filter{Subject: state.Actions}, state.Page{}).Rows), 1)
}

// contest commits one action on each of a crowd's events at once and asserts
// that exactly one is promised, and that the decisions of the others name it.
func (d *desk) contest(made func(i int, ev flowd.Event) flowd.Action) {
	d.Helper()
	var events []flowd.Event
	for i := range crowd {
		events = append(events, d.move("a", fmt.Sprint("Stage ", i)))
		d.pass(time.Second)
	}
	d.admit(events...)
	pending := d.pending()
	all := together(func(i int) result[state.Committed] {
		ev := pending[i].Event
		done, err := d.store.Commit(d.Context(), state.Commitment{Event: ev.Key, Decisions: decisions(ev.Key, made(i, ev))}, d.now)
		return result[state.Committed]{done, err}
	})
	var winner flowd.IdempotencyKey
	losers := 0
	for _, r := range all {
		d.ok(r.err)
		for _, k := range r.got.Promised {
			if winner != "" {
				d.Fatalf("both %q and %q were promised", winner, k)
			}
			winner = k
		}
		losers += len(r.got.Taken)
	}
	d.same("losers", losers, crowd-1)
	for _, r := range all {
		for _, taken := range r.got.Taken {
			d.same("holder", taken.By, winner)
		}
	}
	refused := 0
	for _, t := range d.stories(state.Ref{Application: "a"})[0].Events {
		got := t.Decisions[0]
		if got.Reason == flowd.ReasonAlreadyAsked {
			refused++
			d.same("decision", []string{string(got.Verdict), got.Because}, []string{string(flowd.Skipped), "held by " + winner.Short()})
		}
	}
	d.same("decisions of the losers", refused, crowd-1)
	d.same("rows", len(d.find(state.Filter{Subject: state.Actions}, state.Page{}).Rows), 1)
}

func raceKey(d *desk) {
	d.contest(func(_ int, ev flowd.Event) flowd.Action {
		a := invite(ev, "p1")
		a.Claims = nil
		return a
	})
}

func raceClaim(d *desk) {
	d.contest(func(i int, ev flowd.Event) flowd.Action {
		a := invite(ev, fmt.Sprint("p", i))
		a.Claims = []flowd.Claim{flowd.PersonClaim(system, "c-a", "p"), flowd.Claim(fmt.Sprint("own ", i))}
		return a
	})
}

func raceLease(d *desk) {
	for i := range crowd {
		d.promise(fmt.Sprint("a", i), "Video", "p1")
	}
	all := together(func(int) result[[]state.Lease] {
		leases, err := d.store.Lease(d.Context(), d.request(2))
		return result[[]state.Lease]{leases, err}
	})
	seen := map[flowd.IdempotencyKey]bool{}
	var leases []state.Lease
	for _, r := range all {
		d.ok(r.err)
		for _, l := range r.got {
			if seen[l.Action.Key] {
				d.Fatalf("%s was leased twice", l.Action.Application)
			}
			seen[l.Action.Key] = true
			leases = append(leases, l)
		}
	}
	d.same("leased", len(leases), crowd)
	settled := together(func(i int) error {
		return d.store.Settle(d.Context(), leases[i], flowd.Outcome{State: flowd.Done}, d.now)
	})
	for _, err := range settled {
		d.ok(err)
	}
	d.same("done", d.counts().States, map[flowd.ActionState]int{flowd.Done: crowd})
}

// The webhook and the sweep may bring one finish at the same moment.
func raceSight(d *desk) {
	d.invited("a", "int-1")
	d.decideAll()
	d.pass(time.Hour)
	all := together(func(i int) result[state.Admitted] {
		seen := d.seen(answeredInterview("int-1"))
		seen.At = d.now.Add(time.Duration(i%7) * time.Second)
		done, err := d.store.Admit(d.Context(), flowd.Batch{Source: sweep, Sightings: []flowd.Sighting{seen}}, d.now)
		return result[state.Admitted]{done, err}
	})
	fresh := 0
	for _, r := range all {
		d.ok(r.err)
		fresh += len(r.got.New)
	}
	d.same("events", fresh, 1)
	d.same("undecided", len(d.pending()), 1)
}

func raceTie(d *desk) {
	d.sight(d.seen(answeredInterview("int-9")))
	d.admit(d.move("a", "Video"))
	d.decideAll()
	for _, err := range together(func(int) error {
		return d.store.Tie(d.Context(), state.Tie{Interview: "int-9", ATS: system, Application: "a"}, d.now)
	}) {
		d.ok(err)
	}
	d.same("retold", len(d.pending()), 2)
}

// Units of work may share a commit; one that fails must take no other with it.
func raceFailing(d *desk) {
	all := together(func(i int) error {
		if i%4 == 0 {
			return d.store.Settle(d.Context(), state.Lease{Action: flowd.Action{Key: "unknown"}}, flowd.Outcome{State: flowd.Done}, d.now)
		}
		ev := flowd.Event{Key: fmt.Sprint("race ", i), Type: flowd.StageEntered, At: d.now, Application: application(fmt.Sprint("a", i)), Stage: stage("Video")}
		_, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{ev}}, d.now)
		return err
	})
	for i, err := range all {
		if i%4 == 0 {
			d.is(err, state.ErrNotFound)
			continue
		}
		d.ok(err)
	}
	d.same("undecided", len(d.pending()), crowd*3/4)
}

// raceAll lets every part work at once and asserts that in the end everything
// that came in was decided and sent exactly once.
func raceAll(d *desk) {
	const moves = 6
	var mu sync.Mutex
	sent := map[flowd.IdempotencyKey]int{}
	errs := together(func(i int) error {
		for m := range moves {
			ev := flowd.Event{Key: fmt.Sprint("all ", i/2, m), Type: flowd.StageEntered, At: d.now.Add(time.Duration(m)),
				Application: application(fmt.Sprint("a", i/2)), Stage: stage(fmt.Sprint("Stage ", m))}
			if _, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{ev}}, d.now); err != nil {
				return err
			}
			if err := d.workThrough(func(l state.Lease) { mu.Lock(); sent[l.Action.Key]++; mu.Unlock() }); err != nil {
				return err
			}
		}
		return nil
	})
	for _, err := range errs {
		d.ok(err)
	}
	for range crowd * moves {
		d.ok(d.workThrough(func(l state.Lease) { sent[l.Action.Key]++ }))
	}
	d.same("undecided", len(d.pending()), 0)
	for k, n := range sent {
		d.same("sent "+string(k), n, 1)
	}
	d.same("done", d.counts().States, map[flowd.ActionState]int{flowd.Done: len(sent)})
}

// workThrough decides some of what waits and sends some of what is due.
func (d *desk) workThrough(send func(state.Lease)) error {
	pending, err := d.store.Undecided(d.Context(), 4)
	if err != nil {
		return err
	}
	for _, p := range pending {
		var made []flowd.Decision
		if p.Facts.Novelty == flowd.Fresh {
			made = decisions(p.Event.Key, invite(p.Event, "p"+p.Event.Stage.ID))
		}
		_, err := d.store.Commit(d.Context(), state.Commitment{Event: p.Event.Key, Decisions: made}, d.now)
		if err != nil && !errors.Is(err, state.ErrDecided) {
			return err
		}
	}
	leases, err := d.store.Lease(d.Context(), d.request(2))
	if err != nil {
		return err
	}
	for _, l := range slices.Backward(leases) {
		send(l)
		if err := d.store.Settle(d.Context(), l, flowd.Outcome{State: flowd.Done}, d.now); err != nil {
			return err
		}
	}
	return nil
}

package statetest

import (
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

func pauseAll(d *desk) {
	a := d.promise("a", "Video", "p1")
	p := state.Pause{Reason: flowd.ReasonPaused, By: "kim", Detail: "maintenance"}
	want := p
	want.Scope, want.Since = state.ScopeAll, d.now
	d.same("in force", d.pause(state.ScopeAll, p), []state.Pause{want})
	d.idle()
	d.stands(a, flowd.Due, flowd.ReasonNone) // rows are left as they are
	d.promise("b", "Video", "p1")
	d.same("asked for", d.pause("", state.Pause{}), []state.Pause{want})
	d.same("lifted", len(d.lift(state.ScopeAll)), 0)
	d.same("in order", applications(d.lease(10)), []string{"a", "b"})
	d.same("lifting what is not there", len(d.lift(state.ScopeAll)), 0)
}

func pauseAccount(d *desk) {
	shadow := d.move("s", "Video")
	d.admit(shadow)
	recorded := invite(d.last().Event, "p1")
	recorded.Mode, recorded.Claims = flowd.Shadow, nil
	d.decide(recorded)
	for _, app := range []string{"a", "b", "c"} {
		d.pass(time.Second)
		d.promise(app, "Video", "p1")
	}
	d.pause(state.ScopeAccount, state.Pause{Reason: flowd.ReasonUnauthorized})
	d.pass(24 * time.Hour)
	d.idle() // nothing probes a refused key

	d.pause(state.ScopeAccount, state.Pause{Reason: flowd.ReasonQuota, ProbeAt: d.now.Add(time.Hour)})
	d.pass(time.Hour - 1)
	d.idle()
	d.pass(1)
	probe := d.leaseOne()
	d.same("the first that would go out", probe.Action.Application, "a")
	d.same("probe", probe.Probe, true)
	d.idle() // one at a time, its deadline included
	d.pass(time.Minute - 1)
	d.idle()
	d.settle(probe, flowd.Outcome{State: flowd.Due, Reason: flowd.ReasonQuota, Uncounted: true})
	d.idle()
	d.pass(1)
	again := d.leaseOne()
	d.same("the order is kept", again.Action.Application, "a")
	d.settle(again, flowd.Outcome{State: flowd.Done})
	d.lift(state.ScopeAccount)
	all := d.lease(10)
	d.same("all", applications(all), []string{"s", "b", "c"})
	d.same("no probe", all[1].Probe, false)
}

func pausePosition(d *desk) {
	scope := state.ScopePosition("p1")
	first := d.promise("a", "Video", "p1")
	d.pass(time.Second)
	second := d.promise("b", "Video", "p1")
	d.pass(time.Second)
	other := d.promise("c", "Video", "p2")
	l := d.lease(1)[0] // this attempt meets the archived position
	d.pause(scope, state.Pause{Reason: flowd.ReasonPosition, Detail: "archived"})
	d.stands(second, flowd.Held, flowd.ReasonPosition)
	d.stands(other, flowd.Due, flowd.ReasonNone)
	d.settle(l, flowd.Outcome{State: flowd.Due, Reason: flowd.ReasonRetry, Uncounted: true, NotBefore: d.now.Add(-time.Hour)})
	d.stands(first, flowd.Held, flowd.ReasonPosition)

	d.pass(time.Second)
	third := d.promise("e", "Video", "p1") // promised later
	d.stands(third, flowd.Held, flowd.ReasonPosition)
	d.admit(d.move("f", "Video"))
	later := invite(d.last().Event, "p1")
	later.NotBefore = d.now.Add(time.Hour)
	d.decide(later)
	d.stands(later, flowd.Held, flowd.ReasonPosition)
	d.same("the rest goes on", applications(d.lease(10)), []string{"c"})
	d.same("a release does not pass a pause", d.amend(state.Amendment{Verb: state.Release, Select: one(second)}), []flowd.IdempotencyKey(nil))

	held := d.ended2("g", "p2", flowd.Outcome{State: flowd.Held, Reason: flowd.ReasonCap})
	d.lift(scope)
	d.stands(later, flowd.Waiting, flowd.ReasonNone)
	d.stands(held, flowd.Held, flowd.ReasonCap)
	d.same("in their order", applications(d.lease(10)), []string{"a", "b", "e"})
}

// ended2 is ended at another position, where others may be due as well.
func (d *desk) ended2(app, position string, o flowd.Outcome) flowd.Action {
	d.Helper()
	a := d.promise(app, "Video", position)
	d.settle(d.leaseOnly(app), o)
	return a
}

func pauseRule(d *desk) {
	a := d.promise("a", "Video", "p1")
	maybe := d.ended2("b", "p1", flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked})
	d.admit(d.move("c", "Video"))
	decide := waiting(d.last().Event, flowd.ReasonPaused)
	d.decide(decide)
	d.pause(state.ScopeRule(a.Rule), state.Pause{By: "kim"})
	d.stands(a, flowd.Held, flowd.ReasonPaused)
	d.stands(maybe, flowd.Uncertain, flowd.ReasonBeingChecked)
	d.idle() // looking would end in sending
	d.pass(time.Hour)
	d.idle()

	d.pause(state.ScopeRule(a.Rule), state.Pause{Reason: flowd.ReasonByHand})
	d.stands(a, flowd.Held, flowd.ReasonByHand) // a changed pause is the reason now
	d.lift(state.ScopeRule(a.Rule))
	d.stands(decide, flowd.Held, flowd.ReasonPaused) // waits for a decision, not for the pause
	d.same("leased", applications(d.lease(10)), []string{"a", "b"})
}

func pauseTwo(d *desk) {
	rule, position := state.ScopeRule("coast-video"), state.ScopePosition("p1")
	for i, order := range [][2]state.Scope{{rule, position}, {position, rule}} {
		a := d.promise(fmt.Sprint("a", i), "Video", "p1")
		d.pause(position, state.Pause{Reason: flowd.ReasonPosition})
		d.pause(rule, state.Pause{Reason: flowd.ReasonPaused})
		d.stands(a, flowd.Held, flowd.ReasonPosition)
		d.lift(order[0])
		if row := d.row(a.Key); row.State != flowd.Held {
			d.Fatalf("with one of two pauses lifted the row is %s", row.State)
		}
		d.idle()
		d.same("none left", len(d.lift(order[1])), 0)
		d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	}
}

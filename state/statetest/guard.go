package statetest

import (
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

// guarded promises an invite of a rule that may promise so many in an hour.
func (d *desk) guarded(app string, perHour int) (flowd.Action, state.Committed) {
	d.Helper()
	d.admit(d.move(app, "Video"))
	ev := d.last().Event
	a := invite(ev, "p1")
	done := d.commit(state.Commitment{Event: ev.Key, Decisions: decisions(ev.Key, a), Guards: map[string]state.Guard{a.Rule: {PerHour: perHour}}})
	return a, done
}

func guardFlood(d *desk) {
	none := []string(nil)
	first, _ := d.guarded("a", 2)
	d.pass(time.Minute)
	_, done := d.guarded("b", 2)
	d.same("two are let through", done.Flooded, none)

	other := invite(d.move("o", "Video"), "p2") // another rule's is nobody's business
	d.admit(d.move("o", "Video"))
	other.Rule, other.Event = "inland", d.last().Event.Key
	d.commit(state.Commitment{Event: other.Event, Decisions: decisions(other.Event, other)})

	third, done := d.guarded("c", 2)
	d.same("the third is one too many", done.Flooded, []string{first.Rule})
	d.stands(first, flowd.Held, flowd.ReasonFlood) // it had not gone out yet
	d.stands(third, flowd.Held, flowd.ReasonFlood)
	d.same("only the other rule goes on", applications(d.lease(10)), []string{"o"})
	fourth, done := d.guarded("e", 2)
	d.same("said once", done.Flooded, none)
	d.stands(fourth, flowd.Held, flowd.ReasonFlood)

	d.lift(state.ScopeRule(first.Rule)) // a person says that it is meant
	fifth, done := d.guarded("f", 2)
	d.same("a new hour begins", done.Flooded, none)
	d.same("in their order", applications(d.lease(10)), []string{"a", "b", "c", "e", "f"})
	d.pass(time.Hour)
	d.guarded("g", 2)
	_, done = d.guarded("h", 2)
	d.same("what is an hour old does not count", done.Flooded, none)
	_, done = d.guarded("i", 2)
	d.same("again", done.Flooded, []string{fifth.Rule})
}

// A guard counts what would go out: not what only records, not what was asked
// for before.
func guardCounts(d *desk) {
	for i := range 3 {
		d.admit(d.move(fmt.Sprint("s", i), "Video"))
		ev := d.last().Event
		a := invite(ev, "p1")
		a.Mode, a.Claims = flowd.Shadow, nil
		d.commit(state.Commitment{Event: ev.Key, Decisions: decisions(ev.Key, a), Guards: map[string]state.Guard{a.Rule: {PerHour: 1}}})
	}
	_, done := d.guarded("a", 1)
	d.same("the first", done.Flooded, []string(nil))
	_, done = d.guarded("a", 1)
	d.same("taken", len(done.Taken), 1)
	d.same("the same one again", done.Flooded, []string(nil))
	_, done = d.guarded("b", 1)
	d.same("the second", len(done.Flooded), 1)
}

// limited leases under one rule's limit.
func (d *desk) limited(rule string, r state.Rate) []state.Lease {
	d.Helper()
	req := d.request(10)
	req.Limits = map[string]state.Rate{rule: r}
	return d.leaseAs(req)
}

func limitPerHour(d *desk) {
	var rows []flowd.Action
	for i := range 5 {
		rows = append(rows, d.promise(fmt.Sprint("a", i), "Video", "p1"))
	}
	rule := rows[0].Rule
	r := state.Rate{PerHour: 2, PerDay: 3}
	began := d.now
	two := d.limited(rule, r)
	d.same("two go", applications(two), []string{"a0", "a1"})
	for _, l := range two {
		d.settle(l, flowd.Outcome{State: flowd.Done})
	}
	if row := d.stands(rows[2], flowd.Waiting, flowd.ReasonLimit); row.Detail == "" || !row.Due.Equal(began.Add(time.Hour)) {
		d.Fatalf("the third waits until %v (%q)", row.Due, row.Detail)
	}
	d.same("the day is the next bound", d.stands(rows[3], flowd.Waiting, flowd.ReasonLimit).Due, began.Add(24*time.Hour))
	d.pass(time.Hour - 1)
	d.same("not yet", len(d.limited(rule, r)), 0)
	d.pass(1)
	third := d.limited(rule, r)
	d.same("an hour later", applications(third), []string{"a2"})
	d.settle(third[0], flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonPerson}) // nothing went out
	d.pass(23 * time.Hour)
	d.same("a day later", applications(d.limited(rule, r)), []string{"a3", "a4"})
}

func limitOne(d *desk) {
	maybe := d.ended("a", flowd.Outcome{State: flowd.Uncertain, NotBefore: d.now.Add(time.Minute)})
	d.pass(time.Minute)
	d.same("it does not stand in its own way", applications(d.limited(maybe.Rule, state.Rate{PerHour: 1})), []string{"a"})
	d.promise("b", "Video", "p1")
	d.same("another rule's limit", applications(d.limited("inland", state.Rate{PerHour: 1})), []string{"b"})
	waits := d.promise("c", "Video", "p1")
	d.same("none", len(d.limited(maybe.Rule, state.Rate{PerDay: 2})), 0)
	d.stands(waits, flowd.Waiting, flowd.ReasonLimit)
	d.amend(state.Amendment{Verb: state.Release, Select: one(waits)})
	d.same("a release does not pass a limit", len(d.limited(maybe.Rule, state.Rate{PerDay: 2})), 0)
	d.pass(24 * time.Hour)
	d.same("a limit that is gone", len(d.lease(10)), 3) // the leases of a and b ran out
}

func priority(d *desk) {
	for app, p := range map[string]int{"usual": 0, "last": -50, "first": 50, "soon": 10} {
		d.admit(d.move(app, "Video"))
		a := invite(d.last().Event, "p1")
		a.Priority = p
		if app == "soon" {
			a.NotBefore = d.now.Add(time.Minute)
		}
		d.decide(a)
		d.same("kept", d.row(a.Key).Action.Priority, p)
	}
	d.same("one", applications(d.lease(1)), []string{"first"})
	d.pass(time.Minute - 1)
	oldest := d.counts().OldestDue
	d.same("the oldest that is due", oldest, d.now.Add(1-time.Minute))
	d.pass(1)
	d.same("the rest", applications(d.lease(10)), []string{"first", "soon", "usual", "last"}) // whose lease ran out
}

// asks promises an invite, an hour later, of a rule whose many at once want a yes.
func (d *desk) asks(app string, g state.Guard) flowd.Action {
	d.Helper()
	return d.asksLater(app, g, flowd.ReasonNone, "")
}

func (d *desk) asksLater(app string, g state.Guard, why flowd.Reason, detail string) flowd.Action {
	d.Helper()
	d.admit(d.move(app, "Video"))
	ev := d.last().Event
	a := invite(ev, "p1")
	a.NotBefore, a.Reason, a.Detail = d.now.Add(time.Hour), why, detail
	d.commit(state.Commitment{Event: ev.Key, Decisions: decisions(ev.Key, a), Guards: map[string]state.Guard{a.Rule: g}})
	return a
}

func guardApproval(d *desk) {
	g := state.Guard{Above: 2, Within: 10 * time.Minute}
	early := d.asks("early", g)
	d.pass(10 * time.Minute)
	first := d.asks("a", g)
	d.pass(time.Minute)
	second := d.asks("b", g)
	d.stands(second, flowd.Waiting, flowd.ReasonNone)
	d.admit(flowd.Event{Key: "left", Source: hook, ATS: system, Type: flowd.ApplicationRejected, At: d.now, Application: application("b")})
	d.commit(state.Commitment{Event: "left", Cancel: &state.Cancellation{Reason: flowd.ReasonEnded}})
	third := d.asks("c", g)
	d.stands(early, flowd.Waiting, flowd.ReasonNone) // of a span before
	d.stands(second, flowd.Cancelled, flowd.ReasonEnded)
	for _, a := range []flowd.Action{first, third} {
		if row := d.stands(a, flowd.Held, flowd.ReasonApproval); row.Detail == "" {
			d.Fatal("it does not say of what there are too many")
		}
	}
	d.pass(9 * time.Minute)
	joins := d.asks("e", g)
	d.stands(joins, flowd.Held, flowd.ReasonApproval)
	d.pass(2 * time.Hour)
	d.same("without a yes only who is not of it", applications(d.lease(10)), []string{"early"})
	alone := d.asks("f", g)
	d.stands(alone, flowd.Waiting, flowd.ReasonNone)
	d.amend(state.Amendment{Verb: state.Release, Select: one(first), By: "kim"})
	d.same("the one", applications(d.lease(10)), []string{"a"})
	d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Rule: first.Rule, Reason: flowd.ReasonApproval}, By: "kim"})
	d.same("the rest", sorted(applications(d.lease(10))), []string{"c", "e"})
	d.same("who said yes", d.row(third.Key).Steps[2].By, "kim")
}

// A rule that is paused asks nobody, and what it holds is not let out by a yes.
func guardApprovalPaused(d *desk) {
	g := state.Guard{Above: 1, Within: time.Minute, PerHour: 2}
	a, b := d.asks("a", g), d.asks("b", g)
	c := d.asks("c", g) // floods
	for _, of := range []flowd.Action{a, b} {
		d.stands(of, flowd.Held, flowd.ReasonApproval)
	}
	d.stands(c, flowd.Held, flowd.ReasonFlood)
	d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Reason: flowd.ReasonApproval}})
	d.stands(a, flowd.Held, flowd.ReasonFlood)
	d.lift(state.ScopeRule(a.Rule))
	d.stands(a, flowd.Waiting, flowd.ReasonNone) // until its time
}

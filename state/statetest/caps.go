package statetest

import (
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

// capped leases under caps.
func (d *desk) capped(c state.Caps) []state.Lease {
	d.Helper()
	r := d.request(10)
	r.Caps = c
	return d.leaseAs(r)
}

func capsPerHour(d *desk) {
	for i := range 5 {
		d.promise(fmt.Sprint("a", i), "Video", "p1")
	}
	caps := state.Caps{PerHour: ref(2), PerDay: ref(3)}
	two := d.capped(caps)
	d.same("leased", applications(two), []string{"a0", "a1"})
	d.same("held", len(d.find(state.Filter{Subject: state.Actions, Reasons: []flowd.Reason{flowd.ReasonCap}}, state.Page{}).Rows), 3)
	d.settle(two[0], flowd.Outcome{State: flowd.Done})
	d.settle(two[1], flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonPerson}) // nothing went out
	release := func() {
		d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Reason: flowd.ReasonCap}})
	}
	release()
	third := d.capped(caps)
	d.same("room for one", applications(third), []string{"a2"})
	d.settle(third[0], flowd.Outcome{State: flowd.Done})
	d.same("sent", d.counts().SentHour, 2)

	d.pass(time.Hour)
	release()
	fourth := d.capped(caps)
	d.same("an hour later the day is the bound", applications(fourth), []string{"a3"})
	d.settle(fourth[0], flowd.Outcome{State: flowd.Done})
	c := d.counts()
	d.same("sent", []int{c.SentHour, c.SentDay}, []int{1, 3})
	d.pass(24 * time.Hour)
	release()
	d.same("a day later", applications(d.capped(caps)), []string{"a4"})
}

func capsZero(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.admit(d.move("b", "Video"))
	shadow := invite(d.last().Event, "p1")
	shadow.Mode = flowd.Shadow
	d.decide(shadow)
	recorded := d.capped(state.Caps{PerDay: ref(0)})
	d.same("only what is recorded", applications(recorded), []string{"b"})
	d.settle(recorded[0], flowd.Outcome{State: flowd.Would, Reason: flowd.ReasonShadow})
	row := d.stands(a, flowd.Held, flowd.ReasonCap)
	if row.Detail == "" {
		d.Fatal("the row does not say which cap")
	}
	d.amend(state.Amendment{Verb: state.Release, Select: one(a)})
	d.same("nobody", len(d.capped(state.Caps{PerPerson: ref(0), PersonSpan: time.Hour})), 0)
	d.stands(a, flowd.Waiting, flowd.ReasonLimit)
	d.pass(time.Hour)
	d.same("nobody later", len(d.capped(state.Caps{PerPerson: ref(0), PersonSpan: time.Hour})), 0)
	d.pass(time.Hour)
	d.same("without the cap", applications(d.capped(state.Caps{})), []string{"a"})
}

func capsPerPerson(d *desk) {
	caps := state.Caps{PerPerson: ref(1), PersonSpan: 24 * time.Hour}
	move := func(app string) flowd.Action {
		ev := d.move(app, "Video")
		ev.Application.Candidate = person("same")
		d.admit(ev)
		a := invite(d.last().Event, "p1")
		d.decide(a)
		return a
	}
	move("a")
	second := move("b")
	d.promise("c", "Video", "p1")
	leased := d.capped(caps)
	d.same("one of each person", applications(leased), []string{"a", "c"})
	d.same("the next one waits", d.stands(second, flowd.Waiting, flowd.ReasonLimit).Due, d.now.Add(24*time.Hour))
	d.settle(leased[0], flowd.Outcome{State: flowd.Done})
	d.pass(24*time.Hour - 1)
	d.same("not yet", len(d.capped(caps)), 1) // of c, whose lease ran out
	d.pass(1)
	d.same("now", applications(d.capped(caps)), []string{"b"})
}

// A dry run shows what the caps and limits would let out, so that what it would
// send counts; what a shadow rule records does not.
func capsDryRun(d *desk) {
	for _, app := range []string{"a", "b", "c"} {
		d.promise(app, "Video", "p1")
	}
	caps := state.Caps{PerHour: ref(2)}
	two := d.capped(caps)
	d.same("leased", applications(two), []string{"a", "b"})
	d.settle(two[0], flowd.Outcome{State: flowd.Would, Reason: flowd.ReasonDryRun})
	d.settle(two[1], flowd.Outcome{State: flowd.Would, Reason: flowd.ReasonShadow})
	d.same("counted", d.counts().SentHour, 1)
	d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Reason: flowd.ReasonCap}})
	third := d.capped(caps)
	d.same("room for one", applications(third), []string{"c"})
	d.settle(third[0], flowd.Outcome{State: flowd.Would, Reason: flowd.ReasonDryRun})
	d.promise("d", "Video", "p1")
	d.same("and no more", len(d.capped(caps)), 0)
}

func capsUncertain(d *desk) {
	maybe := d.ended("a", flowd.Outcome{State: flowd.Uncertain, NotBefore: d.now.Add(2 * time.Hour)})
	d.pass(2 * time.Hour)
	d.promise("b", "Video", "p1")
	caps := state.Caps{PerHour: ref(1)}
	other := d.lease(1)
	d.same("the uncertain one is first", applications(other), []string{"a"})
	d.settle(other[0], flowd.Outcome{State: flowd.Uncertain, NotBefore: d.now.Add(time.Minute)})
	d.pass(time.Minute)
	d.same("it does not stand in its own way", applications(d.capped(caps)), []string{"a"})
	d.pass(time.Minute)
	d.same("none", len(d.capped(state.Caps{PerHour: ref(0)})), 0)
	d.stands(maybe, flowd.Uncertain, flowd.ReasonLost) // not held: it may have gone out
	d.same("room again", applications(d.capped(caps)), []string{"a"})
}

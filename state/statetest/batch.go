package statetest

import (
	"errors"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// batchOf are the applications of a batch, newest first.
func (d *desk) batchOf(batch string, states ...flowd.ActionState) (apps []string) {
	d.Helper()
	for page := (state.Page{Limit: 2}); ; {
		found := d.find(state.Filter{Subject: state.Actions, Batch: batch, States: states}, page)
		for _, r := range found.Rows {
			apps = append(apps, r.Action.Application)
		}
		if found.Next == "" {
			return apps
		}
		page.After = found.Next
	}
}

func batchHeld(d *desk) {
	g := state.Guard{Above: 1, Within: 10 * time.Minute}
	alone := d.asks("alone", g)
	d.same("what is not held is of none", d.row(alone.Key).Action.Batch, "")
	d.pass(time.Hour)
	first := d.asks("a", g)
	d.pass(time.Minute)
	began := d.now
	second := d.asks("b", g)
	batch := d.row(first.Key).Action.Batch
	d.same("its name", batch, state.BatchOf(first.Rule, flowd.ReasonApproval, began))
	if !strings.HasPrefix(batch, first.Rule+"-"+began.Format("0102")+"-") || len(batch) != len(first.Rule)+10 {
		d.Fatalf("%q is not short, or does not say the rule and the day", batch)
	}
	d.pass(9 * time.Minute)
	late := d.asks("c", g)
	d.same("a late one joins", d.batchOf(batch), []string{"c", "b", "a"})
	d.same("of these are held", d.batchOf(batch, flowd.Held), []string{"c", "b", "a"})
	d.same("nobody else", d.batchOf(batch+"x"), []string(nil))

	// One who is let go leaves it open; after the last one it is closed, and the
	// span goes on.
	d.amend(state.Amendment{Verb: state.Release, Select: one(first)})
	d.pass(time.Minute)
	joins := d.asks("e", g)
	d.same("joins as well", d.batchOf(batch, flowd.Held), []string{"e", "c", "b"})
	yes := state.Amendment{Verb: state.Release, Select: state.Selection{Batch: batch, State: flowd.Held}, By: "kim", Why: "the fair"}
	d.same("one order for all", sorted(d.amend(yes)), sorted([]flowd.IdempotencyKey{second.Key, late.Key, joins.Key}))
	d.same("they stay of it", d.batchOf(batch), []string{"e", "c", "b", "a"})
	d.pass(time.Minute)
	after := d.asks("f", g)
	other := d.stands(after, flowd.Held, flowd.ReasonApproval).Action.Batch
	if other == batch || other == "" {
		d.Fatalf("what comes after the yes is of the batch %q", other)
	}
	d.same("no", d.amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Batch: other, State: flowd.Held}}), []flowd.IdempotencyKey{after.Key})
	d.stands(after, flowd.Cancelled, flowd.ReasonByHand)

	// What is promised anew begins anew.
	d.pass(time.Hour)
	d.admit(flowd.Event{Key: "left", Source: hook, ATS: system, Type: flowd.ApplicationRejected, At: d.now, Application: application("c")})
	d.commit(state.Commitment{Event: "left", Cancel: &state.Cancellation{Reason: flowd.ReasonEnded}})
	d.pass(time.Minute)
	d.asks("c", g)
	d.same("without its batch", d.batchOf(batch), []string{"e", "b", "a"})
}

func batchFlood(d *desk) {
	first, _ := d.guarded("a", 1)
	d.pass(time.Minute)
	second, _ := d.guarded("b", 1)
	batch := d.stands(first, flowd.Held, flowd.ReasonFlood).Action.Batch
	d.same("its name", batch, state.BatchOf(first.Rule, flowd.ReasonFlood, d.now))
	d.pass(time.Minute)
	d.guarded("c", 1)
	d.same("all of it", d.batchOf(batch), []string{"c", "b", "a"})
	d.same("a pause stands above a release", d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Batch: batch}}), []flowd.IdempotencyKey(nil))
	d.amend(state.Amendment{Verb: state.Cancel, Select: one(second)})
	d.lift(state.ScopeRule(first.Rule))
	d.same("the others go", applications(d.lease(10)), []string{"a", "c"})
	d.pause(state.ScopeRule(first.Rule), state.Pause{By: "kim"})
	d.guarded("e", 1)
	d.same("a person's pause is none", d.batchOf(batch), []string{"c", "b", "a"})
}

func batchOrders(d *desk) {
	for _, app := range []string{"a", "b", "c"} {
		d.admit(d.move(app, "Video"))
		a := invite(d.last().Event, "p1")
		if a.Batch = "20260302-fair"; app == "c" {
			a.Batch = ""
		}
		d.decide(a)
	}
	d.same("what was ordered together", d.batchOf("20260302-fair"), []string{"b", "a"})
	d.same("is ended together", len(d.amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Batch: "20260302-fair"}})), 2)
	d.same("and nobody else", applications(d.lease(10)), []string{"c"})
}

func amendOnce(d *desk) {
	first, second := d.promise("a", "Video", "p1"), d.promise("b", "Video", "p1")
	order := func(a flowd.Action, once string) ([]state.Row, error) {
		return d.store.Amend(d.Context(), state.Amendment{Verb: state.Cancel, Select: one(a), By: "kim", Once: once}, d.now)
	}
	unknown := first
	unknown.Key = "unknown"
	rows, err := order(unknown, "link")
	d.ok(err)
	d.same("an order that changed nothing", len(rows), 0)
	rows, err = order(first, "link")
	d.ok(err)
	d.same("is not carried out yet", len(rows), 1)
	_, err = order(second, "link")
	d.is(err, state.ErrOnce)
	d.stands(second, flowd.Due, flowd.ReasonNone)
	rows, err = order(second, "another")
	d.ok(err)
	d.same("another one", len(rows), 1)
	doc, err := d.store.Document(d.Context(), state.Once, "link")
	d.ok(err)
	d.same("kept", doc, state.Document{Kind: state.Once, ID: "link", At: state.Instant(d.now), Body: []byte("kim")})
	if _, err := d.store.Document(d.Context(), state.Once, ""); !errors.Is(err, state.ErrNotFound) {
		d.Fatalf("orders that may be repeated are kept: %v", err)
	}
}

func guardApprovalTime(d *desk) {
	g := state.Guard{Above: 0, Within: 10 * time.Minute}
	a := d.asksLater("a", g, flowd.ReasonWait, "waits 1h")
	due := d.now.Add(time.Hour)
	d.pass(time.Minute)
	d.amend(state.Amendment{Verb: state.Release, Select: one(a), By: "kim", Why: "the fair"})
	row := d.stands(a, flowd.Waiting, flowd.ReasonWait)
	d.same("both are told", row.Steps[len(row.Steps)-1].Detail, "waits 1h; the fair")
	d.same("it waits for", row.Detail, "waits 1h")
	d.same("a yes does not cut the wait short", row.Due, due)
	d.idle()
	d.amend(state.Amendment{Verb: state.Release, Select: one(a), By: "kim"})
	d.same("a second order does", applications(d.lease(10)), []string{"a"})

	b := d.asks("b", g)
	d.pass(2 * time.Hour)
	d.lease(10) // a's lease ran out
	d.amend(state.Amendment{Verb: state.Release, Select: one(b), By: "kim"})
	d.same("later than its time it goes at once", applications(d.lease(10)), []string{"b"})
}

// guardApprovalSteps: the first step is held, those behind it are blocked by that,
// and one order lets all of them go.
func guardApprovalSteps(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	all := after(reaction(ev, flowd.ActionNote, "n"), reaction(ev, flowd.ActionDiscard, "int-1"))
	g := map[string]state.Guard{all[0].Rule: {Above: 0, Within: time.Minute, PerHour: 1}}
	d.commit(state.Commitment{Event: ev.Key, Decisions: []flowd.Decision{{Event: ev.Key, Rule: all[0].Rule, Verdict: flowd.Matched, Actions: all}}, Guards: g})
	batch := d.stands(all[0], flowd.Held, flowd.ReasonApproval).Action.Batch
	d.stands(all[1], flowd.Blocked, flowd.ReasonNone)
	d.same("a flood is of invites", len(d.pause("", state.Pause{})), 0)
	d.idle()
	d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Batch: batch}, By: "kim"})
	l := d.leaseOne()
	d.same("the first", l.Action.Key, all[0].Key)
	d.settle(l, flowd.Outcome{State: flowd.Done})
	d.same("the second", d.leaseOne().Action.Key, all[1].Key)
}

func admitMovedBy(d *desk) {
	move := func(to, by string) string {
		d.Helper()
		d.pass(time.Minute)
		ev := d.move("a", to)
		ev.Application.MovedBy = by
		d.admit(ev)
		d.decide()
		return ev.Key
	}
	first, second, third := move("Applied", "kim@example.com"), move("Video", "lee@example.com"), move("Offer", "")
	again := move("Offer", "noor@example.com") // stands there
	story := d.stories(state.Ref{Application: "a"})[0]
	for event, by := range map[string]string{first: "kim@example.com", second: "lee@example.com", third: "", again: "", "unknown": ""} {
		d.same("who moved it by "+event, story.MovedBy(event), by)
	}
	d.admit(flowd.Event{Key: "gone", Source: hook, ATS: system, Type: flowd.ApplicationAnonymized, At: d.now, Application: application("a")})
	d.commit(state.Commitment{Event: "gone", Forget: true})
	d.same("goes with the person", d.stories(state.Ref{Application: "a"})[0].MovedBy(second), "")
}

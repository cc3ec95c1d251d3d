package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

// one selects a row.
func one(a flowd.Action) state.Selection {
	return state.Selection{Keys: []flowd.IdempotencyKey{a.Key}}
}

// ended promises an invite and settles it.
func (d *desk) ended(app string, o flowd.Outcome) flowd.Action {
	d.Helper()
	a := d.promise(app, "Video", "p1")
	d.settle(d.leaseOne(), o)
	return a
}

func amendRelease(d *desk) {
	failed := d.ended("failed", flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonPerson})
	person := d.ended("person", flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonAnswered})
	held := d.ended("held", flowd.Outcome{State: flowd.Held, Reason: flowd.ReasonError})
	later := d.ended("later", flowd.Outcome{State: flowd.Waiting, NotBefore: d.now.Add(time.Hour)})
	retry := d.ended("retry", flowd.Outcome{State: flowd.Due, Reason: flowd.ReasonRetry, NotBefore: d.now.Add(time.Hour)})
	byHand := d.promise("by-hand", "Video", "p1")
	d.amend(state.Amendment{Verb: state.Cancel, Select: one(byHand)})
	for _, a := range []flowd.Action{failed, person, held, later, retry, byHand} {
		d.pass(time.Second)
		order := state.Amendment{Verb: state.Release, Select: one(a), By: "kim", Why: "spoke to them"}
		d.same("released", d.amend(order), []flowd.IdempotencyKey{a.Key})
		row := d.stands(a, flowd.Due, flowd.ReasonNone)
		d.same("step", row.Steps[len(row.Steps)-1], state.Step{At: d.now, State: flowd.Due, By: "kim", Detail: "spoke to them"})
		l := d.leaseOne()
		d.same("leased", l.Action.Key, a.Key)
		d.settle(l, flowd.Outcome{State: flowd.Done})
	}

	done := d.ended("done", flowd.Outcome{State: flowd.Done})
	gone := d.ended("gone", flowd.Outcome{State: flowd.Cancelled, Reason: flowd.ReasonLeftStage})
	maybe := d.ended("maybe", flowd.Outcome{State: flowd.Uncertain, NotBefore: d.now.Add(time.Hour)})
	due := d.promise("due", "Video", "p1")
	under := d.leaseOnly("due")
	for _, a := range []flowd.Action{done, gone, maybe, under.Action, due} {
		d.same("not released", d.amend(state.Amendment{Verb: state.Release, Select: one(a)}), []flowd.IdempotencyKey(nil))
	}
	d.idle()
}

func amendDecides(d *desk) {
	d.admit(d.move("a", "Video"))
	a := waiting(d.last().Event, flowd.ReasonConflict)
	d.decide(a)
	d.same("undecided", len(d.pending()), 0)
	order := state.Amendment{Verb: state.Release, Select: one(a), By: "kim"}
	d.same("released", d.amend(order), []flowd.IdempotencyKey{a.Key})
	row := d.stands(a, flowd.Replaced, flowd.ReasonReplaced)
	d.same("by", row.Steps[len(row.Steps)-1].By, "kim")
	p := d.last()
	d.same("pending", []string{p.Event.Key, p.Only}, []string{a.Event, a.Rule})
	d.same("with its person", p.Event.Application.Candidate, person("a"))
	d.same("once", d.amend(order), []flowd.IdempotencyKey(nil))
	d.idle()
}

func amendCancel(d *desk) {
	held := d.ended("held", flowd.Outcome{State: flowd.Held, Reason: flowd.ReasonCap})
	person := d.ended("person", flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonAnswered})
	later := d.ended("later", flowd.Outcome{State: flowd.Waiting, NotBefore: d.now.Add(time.Hour)})
	failed := d.ended("failed", flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonPerson})
	due := d.promise("due", "Video", "p1")
	for _, a := range []flowd.Action{held, person, later, failed, due} {
		order := state.Amendment{Verb: state.Cancel, Select: one(a), By: "kim", Why: "not needed"}
		d.same("cancelled", d.amend(order), []flowd.IdempotencyKey{a.Key})
		row := d.stands(a, flowd.Cancelled, flowd.ReasonByHand)
		d.same("detail", row.Detail, "not needed")
		d.same("by", row.Steps[len(row.Steps)-1].By, "kim")
		d.same("once", d.amend(order), []flowd.IdempotencyKey(nil))
	}
	d.idle()
	gone := d.promise("gone", "Video", "p1")
	d.amend(state.Amendment{Verb: state.Cancel, Select: one(gone), Reason: flowd.ReasonRuleGone})
	d.stands(gone, flowd.Cancelled, flowd.ReasonRuleGone)

	maybe := d.ended("maybe", flowd.Outcome{State: flowd.Uncertain, NotBefore: d.now.Add(time.Hour)})
	d.promise("under", "Video", "p1")
	under := d.leaseOne()
	for _, a := range []flowd.Action{maybe, under.Action} {
		d.same("left alone", d.amend(state.Amendment{Verb: state.Cancel, Select: one(a)}), []flowd.IdempotencyKey(nil))
	}
	if _, err := d.store.Amend(d.Context(), state.Amendment{Verb: "mend", Select: one(due)}, d.now); err == nil {
		d.Fatal("an unknown order was taken")
	}
}

func amendSelects(d *desk) {
	d.admit(d.move("a", "Video"))
	ev := d.last().Event
	first, second, third := invite(ev, "p1"), invite(ev, "p2"), waiting(ev, flowd.ReasonError)
	first.Claims, second.Claims = nil, nil
	second.Rule = "other"
	d.decide(first, second, third)
	fourth := d.promise("b", "Video", "p1")
	for i, c := range []struct {
		sel  state.Selection
		want []flowd.IdempotencyKey
	}{
		{state.Selection{}, nil},
		{state.Selection{Rule: "other"}, []flowd.IdempotencyKey{second.Key}},
		{state.Selection{Rule: "coast-video", Application: "a"}, []flowd.IdempotencyKey{first.Key, third.Key}},
		{state.Selection{Position: "p1"}, []flowd.IdempotencyKey{first.Key, fourth.Key}},
		{state.Selection{Candidate: "c-b"}, []flowd.IdempotencyKey{fourth.Key}},
		{state.Selection{ATS: system, Kind: flowd.ActionDecide}, []flowd.IdempotencyKey{third.Key}},
		{state.Selection{ATS: "another"}, nil},
		{state.Selection{Application: "b", ATS: system}, []flowd.IdempotencyKey{fourth.Key}},
		{state.Selection{State: flowd.Held}, []flowd.IdempotencyKey{third.Key}},
		{state.Selection{Reason: flowd.ReasonError}, []flowd.IdempotencyKey{third.Key}},
		{state.Selection{Keys: []flowd.IdempotencyKey{first.Key, fourth.Key}, Candidate: "c-a"}, []flowd.IdempotencyKey{first.Key}},
		{state.Selection{Keys: []flowd.IdempotencyKey{"unknown"}}, nil},
		{state.Selection{State: flowd.Done}, nil},
	} {
		if got := d.amend(state.Amendment{Verb: state.Cancel, Select: c.sel}); len(got) != len(c.want) {
			d.Fatalf("case %d: cancelled %q, want %q", i, got, c.want)
		} else {
			d.same("cancelled", got, c.want)
		}
		for _, k := range c.want {
			if k != third.Key {
				d.same("and back", d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Keys: []flowd.IdempotencyKey{k}}}), []flowd.IdempotencyKey{k})
				continue
			}
			d.amend(state.Amendment{Verb: state.Release, Select: one(third)})
			d.commit(state.Commitment{Event: ev.Key, Only: third.Rule, Decisions: decisions(ev.Key, third)})
		}
	}
	d.same("the cancelled by hand of a rule", d.amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Rule: "other"}}), []flowd.IdempotencyKey{second.Key})
	d.same("are released by it", d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Rule: "other"}}), []flowd.IdempotencyKey{second.Key})
}

// amendRedecides: rows that are held, for an archived position say, are decided
// again when the rules changed; what may have gone out is not.
func amendRedecides(d *desk) {
	held := d.promise("a", "Video", "p1")
	maybe := d.promise("b", "Video", "p1")
	d.pass(time.Second)
	for _, l := range d.lease(10) {
		if l.Action.Key == maybe.Key {
			d.settle(l, flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked, NotBefore: d.now.Add(time.Hour)})
			continue
		}
		d.settle(l, flowd.Outcome{State: flowd.Held, Reason: flowd.ReasonPosition, Uncounted: true})
	}
	rows, err := d.store.Amend(d.Context(), state.Amendment{
		Verb: state.Redecide, Select: state.Selection{Kind: flowd.ActionInvite}, Why: "the rules changed",
	}, d.now)
	d.ok(err)
	d.same("rows", len(rows), 1)
	d.stands(maybe, flowd.Uncertain, flowd.ReasonBeingChecked)
	again := d.last()
	d.same("event", again.Event.Key, held.Event)
	d.same("only", again.Only, held.Rule)
	other := invite(again.Event, "p2") // the rule names another position now
	done := d.commit(state.Commitment{Event: held.Event, Only: held.Rule, Decisions: []flowd.Decision{{
		Event: held.Event, Rule: held.Rule, Verdict: flowd.Matched, Actions: []flowd.Action{other}}}})
	d.same("taken", len(done.Taken), 0)
	d.stands(other, flowd.Due, flowd.ReasonNone)
}

// amendReplans: what waits under a rule that changed is decided again and promised
// for another time under the same key; what waits for another rule, or behind a
// step, stays.
func amendReplans(d *desk) {
	d.admit(d.move("a", "Video"))
	ev := d.last().Event
	first, second := invite(ev, "p1"), invite(ev, "p2")
	first.Claims, second.Claims = nil, nil
	first.NotBefore, first.Reason, first.Detail = d.now.Add(time.Hour), flowd.ReasonWait, "waits 1h"
	second.NotBefore, second.Rule = d.now.Add(time.Hour), "other"
	d.decide(first, second)
	d.stands(first, flowd.Waiting, flowd.ReasonWait)
	d.stands(second, flowd.Waiting, flowd.ReasonNone)
	changed := state.Amendment{Verb: state.Redecide, Select: state.Selection{Rules: []string{first.Rule, "gone"}, State: flowd.Waiting}, Why: "its rule changed"}
	d.same("rows", d.amend(changed), []flowd.IdempotencyKey{first.Key})
	d.stands(first, flowd.Replaced, flowd.ReasonReplaced)
	d.same("only", d.last().Only, first.Rule)
	first.NotBefore = d.now.Add(2 * time.Hour)
	done := d.commit(state.Commitment{Event: ev.Key, Only: first.Rule, Decisions: decisions(ev.Key, first)})
	d.same("taken", len(done.Taken), 0)
	d.stands(first, flowd.Waiting, flowd.ReasonWait)
	d.pass(61 * time.Minute)
	leases := d.lease(10)
	d.same("what is due", len(leases), 1)
	d.same("is the other's", leases[0].Action.Key, second.Key)
}

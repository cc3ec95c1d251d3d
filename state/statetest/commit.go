package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func commitPromises(d *desk) {
	d.admit(d.move("a", "Video"))
	ev := d.last().Event
	now, later := invite(ev, "p1"), invite(ev, "p2")
	later.Claims, later.NotBefore = nil, d.now.Add(time.Hour)
	left := flowd.Decision{Event: ev.Key, Rule: "other", RuleSet: "set-1", Verdict: flowd.Unmatched,
		Reason: flowd.ReasonCondition, Because: `job.department == "Inland"`}
	made := append(decisions(ev.Key, now, later), left)
	d.pass(time.Second)
	done := d.commit(state.Commitment{Event: ev.Key, Decisions: made})
	d.same("committed", done, state.Committed{Promised: []flowd.IdempotencyKey{now.Key, later.Key}})

	row := d.stands(now, flowd.Due, flowd.ReasonNone)
	d.same("row", row, state.Row{Action: now, State: flowd.Due, Due: d.now, Created: d.now, Updated: d.now,
		Steps: []state.Step{{At: d.now, State: flowd.Due}}})
	d.same("due later", d.stands(later, flowd.Waiting, flowd.ReasonNone).Due, later.NotBefore)

	story := d.stories(state.Ref{Event: ev.Key})
	d.same("stories", len(story), 1)
	told := state.Told{Event: ev, Facts: flowd.Facts{Application: ev.Application}, Decided: d.now, Decisions: made}
	d.same("told", story[0].Events, []state.Told{told})
}

func commitOnce(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.same("undecided", len(d.pending()), 0)
	for _, c := range []state.Commitment{{Event: a.Event}, {Event: a.Event, Only: a.Rule}, {Event: "never heard of"}} {
		other := a
		other.Key, other.Claims = flowd.InviteKey(system, "a", "p2", 1), nil
		c.Decisions = decisions(c.Event, other)
		_, err := d.store.Commit(d.Context(), c, d.now)
		d.is(err, state.ErrDecided)
	}
	d.same("rows", len(d.find(state.Filter{Subject: state.Actions}, state.Page{}).Rows), 1)
}

func commitKey(d *desk) {
	first := d.promise("a", "Video", "p1")
	d.pass(time.Hour)
	d.admit(d.move("a", "Offer"))
	second := invite(d.last().Event, "p1") // the same key for another stage
	done := d.decide(second)
	d.same("committed", done, state.Committed{Taken: []state.Taken{{Action: second, By: first.Key}}})
	d.same("the row is untouched", d.row(first.Key).Action, first)

	events := d.stories(state.Ref{Application: "a"})[0].Events
	decided := events[len(events)-1].Decisions[0]
	d.same("decision", decided, flowd.Decision{Event: second.Event, Rule: second.Rule, RuleSet: "set-1",
		Verdict: flowd.Skipped, Reason: flowd.ReasonAlreadyAsked, Because: "held by " + first.Key.Short()})

	again := second
	again.Key, again.Generation = flowd.InviteKey(system, "a", "p1", 2), 2
	d.pass(time.Hour)
	d.admit(d.move("a", "Elsewhere"))
	again.Event = d.last().Event.Key
	again.Claims = nil
	d.same("a person's order to invite again", d.decide(again).Promised, []flowd.IdempotencyKey{again.Key})
}

func commitClaim(d *desk) {
	first := d.promise("a", "Video", "p1")
	d.pass(time.Hour)
	d.admit(d.move("a", "Offer"))
	d.decide()
	d.pass(time.Hour)
	d.admit(d.move("a", "Video"))
	ev := d.last().Event
	other, free := invite(ev, "p2"), invite(ev, "p3")
	free.Claims = []flowd.Claim{"free"}
	shadow := invite(ev, "p1")
	shadow.Mode, shadow.Rule = flowd.Shadow, "trial"
	shadow.Key = flowd.ShadowKey(shadow.Key, "trial")
	shadow.Claims = []flowd.Claim{flowd.ShadowClaim(first.Claims[0], "trial")}
	done := d.decide(other, free, shadow)
	d.same("committed", done, state.Committed{
		Promised: []flowd.IdempotencyKey{free.Key, shadow.Key},
		Taken:    []state.Taken{{Action: other, By: first.Key}},
	})

	// Two in one commitment: the first gets it.
	d.admit(d.move("b", "Video"))
	one, two := invite(d.last().Event, "p1"), invite(d.last().Event, "p2")
	d.same("two at once", d.decide(one, two), state.Committed{
		Promised: []flowd.IdempotencyKey{one.Key}, Taken: []state.Taken{{Action: two, By: one.Key}},
	})
}

func commitReopens(d *desk) {
	ends := func(app string, reason flowd.Reason) flowd.Action {
		a := d.promise(app, "Video", "p1")
		d.pass(time.Minute)
		d.admit(d.move(app, "Offer"))
		key := d.last().Event.Key
		d.commit(state.Commitment{Event: key, Cancel: &state.Cancellation{Except: stage("Offer"), Reason: reason}})
		d.stands(a, flowd.Cancelled, reason)
		d.pass(time.Minute)
		d.admit(d.move(app, "Video"))
		return a
	}
	first := ends("a", flowd.ReasonLeftStage)
	again := invite(d.last().Event, "p1")
	d.same("the same position", d.decide(again).Promised, []flowd.IdempotencyKey{again.Key})
	row := d.stands(again, flowd.Due, flowd.ReasonNone)
	d.same("for the new event", row.Action, again)
	d.same("made when it was made first", row.Created, Began)
	d.same("with what happened before", len(row.Steps), 3)
	if again.Event == first.Event {
		d.Fatal("the second move is not an event of its own")
	}

	old := ends("b", flowd.ReasonLeftStage)
	other := invite(d.last().Event, "p2")
	d.same("another position", d.decide(other).Promised, []flowd.IdempotencyKey{other.Key})
	d.admit(d.move("b", "Phone"), d.move("b", "Video"))
	key := d.pending()[0].Event.Key
	d.commit(state.Commitment{Event: key})
	back := invite(d.last().Event, "p1")
	d.same("its claim has a new holder", d.decide(back).Taken, []state.Taken{{Action: back, By: other.Key}})
	d.stands(old, flowd.Cancelled, flowd.ReasonLeftStage)

	byHand := ends("c", flowd.ReasonByHand)
	refused := invite(d.last().Event, "p2")
	d.same("ended by a person", d.decide(refused).Taken, []state.Taken{{Action: refused, By: byHand.Key}})
}

func commitDecide(d *desk) {
	d.admit(d.move("a", "Video"))
	a := waiting(d.last().Event, flowd.ReasonError)
	d.same("promised", d.decide(a).Promised, []flowd.IdempotencyKey{a.Key})
	row := d.stands(a, flowd.Held, flowd.ReasonError)
	d.same("detail", row.Detail, a.Detail)
	d.idle()

	d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Keys: []flowd.IdempotencyKey{a.Key}}})
	d.same("for its rule", d.last().Only, a.Rule)
	d.pass(time.Hour)
	a.Reason, a.Detail = flowd.ReasonConflict, "two rules"
	done := d.commit(state.Commitment{Event: a.Event, Only: a.Rule, Decisions: decisions(a.Event, a)})
	d.same("written over", done.Promised, []flowd.IdempotencyKey{a.Key})
	row = d.stands(a, flowd.Held, flowd.ReasonConflict)
	d.same("steps", len(row.Steps), 3)
	d.same("one row", len(d.find(state.Filter{Subject: state.Actions}, state.Page{}).Rows), 1)
	d.same("one decision", len(d.stories(state.Ref{Event: a.Event})[0].Events[0].Decisions), 1)
}

func commitReconsiders(d *desk) {
	d.admit(d.move("a", "Video"))
	failed, held := waiting(d.last().Event, flowd.ReasonError), waiting(d.last().Event, flowd.ReasonConflict)
	held.Rule, held.Key = "other", flowd.DecideKey(held.Event, "other")
	d.decide(failed, held)
	d.admit(d.move("b", "Video"))
	elsewhere := waiting(d.last().Event, flowd.ReasonError)
	d.decide(elsewhere)

	d.pass(time.Hour)
	d.admit(d.move("a", "Video")) // brings the field that was missing
	key := d.last().Event.Key
	own := waiting(d.last().Event, flowd.ReasonError)
	done := d.commit(state.Commitment{Event: key, Reconsider: true, Decisions: decisions(key, own)})
	d.same("reconsidered", done.Reconsidered, 1)
	d.stands(failed, flowd.Replaced, flowd.ReasonReplaced)
	d.stands(held, flowd.Held, flowd.ReasonConflict)
	d.stands(elsewhere, flowd.Held, flowd.ReasonError)
	d.stands(own, flowd.Held, flowd.ReasonError)
	d.same("undecided", keys(d.pending()), []string{failed.Event})
	d.same("for the rule", d.last().Only, failed.Rule)

	ev := d.last().Event
	d.same("promised", d.commit(state.Commitment{Event: ev.Key, Only: failed.Rule, Decisions: decisions(ev.Key, invite(ev, "p1"))}).Promised,
		[]flowd.IdempotencyKey{invite(ev, "p1").Key})
	d.same("undecided", len(d.pending()), 0)
}

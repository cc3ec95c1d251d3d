package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func fillText(d *desk) {
	d.invited("a", "int-1")
	note := reaction(d.last().Event, flowd.ActionNote, "n")
	note.Text = "${candidate.name} was invited"
	d.reacts(note)
	first := d.leaseOne()
	d.same("not yet", first.Rendered, (*flowd.Rendered)(nil))
	text := flowd.Rendered{Target: "n", Text: "Rowan Brook-a was invited"}
	d.ok(d.store.Fill(d.Context(), first, text, d.now))
	d.pass(time.Minute)
	second := d.leaseOne()
	d.same("from then on", second.Rendered, &text)
	d.same("the template stays", second.Action.Text, note.Text)
	d.is(d.store.Fill(d.Context(), first, flowd.Rendered{}, d.now), state.ErrFenced)
	d.is(d.store.Fill(d.Context(), state.Lease{Action: flowd.Action{Key: "unknown"}}, text, d.now), state.ErrFenced)
	d.settle(second, flowd.Outcome{State: flowd.Uncertain})

	gone := d.move("a", "Video")
	gone.Type = flowd.ApplicationAnonymized
	d.admit(gone)
	d.commit(state.Commitment{Event: gone.Key, Forget: true})
	d.stands(note, flowd.Cancelled, flowd.ReasonForgotten)
}

// forgetUnderWay: what is under way when somebody is erased stores no text of
// them behind the erasure, and what waits for a person is not released into one.
func forgetUnderWay(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	failed, stopped, note := reaction(ev, flowd.ActionNote, "failed"), reaction(ev, flowd.ActionNote, "stopped"), reaction(ev, flowd.ActionNote, "n")
	d.reacts(failed, stopped, note)
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.GivenUp})
	d.amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Keys: []flowd.IdempotencyKey{stopped.Key}}})
	under := d.leaseOne()
	gone := d.move("a", "Video")
	gone.Type = flowd.ApplicationAnonymized
	d.admit(gone)
	d.commit(state.Commitment{Event: gone.Key, Forget: true})
	d.is(d.store.Fill(d.Context(), under, flowd.Rendered{Text: "Rowan"}, d.now), state.ErrFenced)
	d.is(d.store.Settle(d.Context(), under, flowd.Outcome{State: flowd.Due}, d.now), state.ErrFenced)
	for _, a := range []flowd.Action{failed, stopped, note} {
		d.stands(a, flowd.Cancelled, flowd.ReasonForgotten)
	}
	d.same("released", len(d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Application: "a"}})), 0)
	d.pass(time.Hour)
	d.idle()
}

// forgetOwed: nothing goes out to somebody who was erased; to take the interview
// back does not need them.
func forgetOwed(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	note, withdraw := reaction(ev, flowd.ActionNote, "n"), reaction(ev, flowd.ActionWithdraw, "")
	withdraw.Key = flowd.WithdrawKey("int-1")
	held := invite(ev, "p2")
	held.Claims = nil
	d.reacts(note, withdraw, held)
	gone := d.move("a", "Video")
	gone.Type = flowd.ApplicationAnonymized
	d.admit(gone)
	told := reaction(gone, flowd.ActionNotify, "owner")
	done := d.commit(state.Commitment{Event: gone.Key, Forget: true, Cancel: &state.Cancellation{Reason: flowd.ReasonEnded}, Decisions: decisions(gone.Key, told)})
	d.same("cancelled", sorted(done.Cancelled), sorted([]flowd.IdempotencyKey{note.Key, held.Key}))
	d.stands(held, flowd.Cancelled, flowd.ReasonForgotten)
	d.stands(told, flowd.Due, flowd.ReasonNone)
	d.same("leased", d.leaseOne().Action.Key, withdraw.Key)

	// The tombstone outlives the person: a redelivery under another key as well.
	d.pass(time.Hour)
	d.admit(d.move("a", "Phone"), d.move("a", "Video"))
	again := invite(d.last().Event, "p2")
	again.Claims = nil
	d.same("invites nobody", d.decide(again).Taken, []state.Taken{{Action: again, By: held.Key}})
}

// ordered: what a person orders is an event, and no move.
func ordered(d *desk) {
	d.invited("a", "int-1")
	d.decideAll()
	d.pass(time.Hour)
	o := flowd.Order{By: "kim", Why: "asked on the phone", Batch: "b-1", Position: flowd.Position{ID: "p2", Name: "Two"}, Again: true, Invite: "key"}
	ev := flowd.Event{Key: "order:1", Source: "hand", ATS: system, Type: flowd.InviteOrdered, At: d.now, Order: o,
		Application: flowd.Application{ID: "a", Candidate: flowd.Candidate{Email: "new.rowan@example.com"}}}
	d.admit(ev)
	p := d.last()
	d.same("order", p.Event.Order, o)
	d.same("address", p.Facts.Application.Candidate.Email, "new.rowan@example.com")
	d.same("name", p.Facts.Application.Candidate.FirstName, "Rowan")
	d.same("stage", p.Event.Stage, stage("Video"))
	d.same("invites", len(p.Facts.Invites), 1)
	d.same("alternative", p.Facts.Application.Alternative, false)

	// A move of before the order is a move.
	old := d.move("a", "Phone")
	old.At = d.now.Add(-30 * time.Minute)
	d.admit(old)
	d.same("novelty", d.last().Facts.Novelty, flowd.Fresh)

	ev.Key, ev.Type, ev.Order, ev.Application = "order:2", flowd.AlternativeOrdered, flowd.Order{By: "kim"}, flowd.Application{ID: "a"}
	d.admit(ev)
	d.pass(time.Hour)
	next := d.move("a", "Offer")
	next.Application.Recruiter = "recruiter@example.com"
	d.admit(next)
	d.same("stays", d.last().Facts.Application.Alternative, true)
	d.same("recruiter", d.last().Facts.Application.Recruiter, "recruiter@example.com")

	// An order about a stage is news only where they stand there still.
	ev.Key, ev.Type, ev.Stage, ev.Application = "order:4", flowd.StageOrdered, stage("Offer"), flowd.Application{ID: "a"}
	ev.From, ev.Via = stage("Phone"), flowd.ViaImport
	d.admit(ev)
	d.same("stands there", d.last().Facts, flowd.Facts{Application: d.last().Event.Application, Previous: stage("Phone"), Invites: d.last().Facts.Invites})
	d.same("its stage", d.last().Event.Stage, stage("Offer"))
	d.same("from where they came", d.last().Event.From, stage("Phone"))
	d.same("and how", d.last().Event.Via, flowd.ViaImport)
	ev.Key, ev.Stage = "order:5", stage("Video")
	d.admit(ev)
	d.same("has left it", d.last().Facts.Novelty, flowd.Superseded)
	d.same("the stage that was meant", d.last().Event.Stage, stage("Video"))
	d.same("stands where they stood", d.last().Facts.Application.Stage, stage("Offer"))

	// Of somebody never heard of: what is said of them is known, and no move.
	ev.Key, ev.Type, ev.Application = "order:3", flowd.InviteOrdered, application("z")
	d.admit(ev)
	d.same("applications", d.counts().Applications, map[string]int{system: 2})
	d.same("person", d.last().Facts.Application.Candidate, person("z"))
	d.admit(d.move("z", "Video"))
	d.same("the first move", d.last().Facts.Novelty, flowd.Fresh)
}

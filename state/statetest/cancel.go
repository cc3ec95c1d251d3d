package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

// ends admits and commits an event that ends what an application is owed.
func (d *desk) ends(app string, c state.Cancellation) state.Committed {
	d.Helper()
	ev := d.move(app, "Archive")
	ev.Type = flowd.ApplicationRejected
	d.admit(ev)
	return d.commit(state.Commitment{Event: ev.Key, Cancel: &c})
}

func cancelOwed(d *desk) {
	due := d.promise("a", "Video", "p1")
	d.admit(d.move("a", "Other"))
	ev := d.last().Event
	later, held, out, maybe := invite(ev, "p2"), waiting(ev, flowd.ReasonError), invite(ev, "p3"), invite(ev, "p4")
	later.NotBefore = d.now.Add(time.Hour)
	out.Claims, maybe.Claims = nil, nil
	d.decide(later, held, out, maybe)
	spared := d.promise("b", "Video", "p1")

	// One is under way and one may have gone out.
	d.pass(time.Second)
	first := d.leaseOnly("a")
	d.same("leased", first.Action.Key, due.Key)
	d.settle(first, flowd.Outcome{State: flowd.Done})
	second := d.leaseOnly("a")
	d.settle(second, flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked, NotBefore: d.now.Add(time.Hour)})
	third := d.leaseOnly("a")

	done := d.ends("a", state.Cancellation{Reason: flowd.ReasonEnded, Detail: "rejected"})
	d.same("cancelled", sorted(done.Cancelled), sorted([]flowd.IdempotencyKey{later.Key, held.Key}))
	d.same("detail", d.stands(later, flowd.Cancelled, flowd.ReasonEnded).Detail, "rejected")
	d.stands(due, flowd.Done, flowd.ReasonNone)
	d.stands(second.Action, flowd.Uncertain, flowd.ReasonBeingChecked)
	d.stands(third.Action, flowd.Leased, flowd.ReasonNone)
	d.stands(spared, flowd.Due, flowd.ReasonNone)
	d.same("again", d.ends("a", state.Cancellation{Reason: flowd.ReasonEnded}).Cancelled, []flowd.IdempotencyKey(nil))
}

// leaseOnly leases the next row of one application and gives back the others.
func (d *desk) leaseOnly(app string) state.Lease {
	d.Helper()
	var own []state.Lease
	for _, l := range d.lease(10) {
		if l.Action.Application == app {
			own = append(own, l)
			continue
		}
		d.settle(l, flowd.Outcome{State: flowd.Due, Uncounted: true})
	}
	if len(own) != 1 {
		d.Fatalf("%d rows of %s were leased, want 1", len(own), app)
	}
	return own[0]
}

func cancelExcept(d *desk) {
	video := d.promise("a", "Video", "p1")
	d.pass(time.Hour)
	d.admit(d.move("a", "Offer"))
	ev := d.last().Event
	offer := invite(ev, "p2")
	done := d.commit(state.Commitment{Event: ev.Key, Decisions: decisions(ev.Key, offer),
		Cancel: &state.Cancellation{Except: stage("Offer"), Reason: flowd.ReasonLeftStage}})
	d.same("committed", done, state.Committed{
		Promised: []flowd.IdempotencyKey{offer.Key}, Cancelled: []flowd.IdempotencyKey{video.Key},
	})

	// A second hook for the same stage ends nothing that was made for it.
	d.pass(time.Hour)
	d.admit(d.move("a", "Offer"))
	done = d.commit(state.Commitment{Event: d.last().Event.Key,
		Cancel: &state.Cancellation{Except: stage("Offer"), Reason: flowd.ReasonLeftStage}})
	d.same("again", done, state.Committed{})
	d.stands(offer, flowd.Due, flowd.ReasonNone)
}

func cancelJob(d *desk) {
	a, b := d.promise("a", "Video", "p1"), d.promise("b", "Video", "p1")
	other := d.move("c", "Video")
	other.Application.Job.ID = "job-2"
	d.admit(other)
	c := invite(d.last().Event, "p1")
	d.decide(c)
	foreign := d.move("d", "Video")
	foreign.ATS = "another"
	d.admit(foreign)
	e := invite(d.last().Event, "p1")
	d.decide(e)

	d.admit(flowd.Event{Key: "closed", Source: hook, ATS: system, Type: flowd.JobClosed, At: d.now,
		Application: flowd.Application{Job: flowd.Job{ID: "job-1"}}})
	done := d.commit(state.Commitment{Event: "closed", Cancel: &state.Cancellation{Job: "job-1", Reason: flowd.ReasonEnded}})
	d.same("cancelled", sorted(done.Cancelled), sorted([]flowd.IdempotencyKey{a.Key, b.Key}))
	d.stands(c, flowd.Due, flowd.ReasonNone)
	d.stands(e, flowd.Due, flowd.ReasonNone)
}

func forget(d *desk) {
	a := d.promise("a", "Video", "p1")
	first := d.stories(state.Ref{Email: "rowan.a@example.com"})
	d.same("found by address", len(first), 1)
	replay := d.move("a", "Video")
	replay.Key = a.Event

	d.pass(time.Hour)
	gone := d.move("a", "Video")
	gone.Type = flowd.ApplicationAnonymized
	gone.Application.Fields = []flowd.Field{{Key: "note", Name: "Note", Value: "met Rowan at the pier"}}
	gone.Application.URL = "https://ats.example.com/rowan-brook"
	d.admit(gone)
	d.commit(state.Commitment{Event: gone.Key, Forget: true, Cancel: &state.Cancellation{Reason: flowd.ReasonForgotten}})

	d.same("by address", len(d.stories(state.Ref{Email: "rowan.a@example.com"})), 0)
	story := d.stories(state.Ref{Candidate: "c-a"})
	d.same("by id", len(story), 1)
	d.same("person", story[0].Application.Candidate, flowd.Candidate{ID: "c-a"})
	d.same("url", story[0].Application.URL, "")
	for _, t := range story[0].Events {
		d.same("person of an event", t.Event.Application.Candidate, flowd.Candidate{ID: "c-a"})
		d.same("fields of an event", len(t.Event.Application.Fields), 0)
	}
	d.stands(a, flowd.Cancelled, flowd.ReasonForgotten)
	d.same("in lists", d.find(state.Filter{Subject: state.Actions}, state.Page{}).People, []flowd.Candidate{{ID: "c-a"}})

	// An old hook, sent again, brings nothing back and invites nobody.
	d.same("a repetition", d.admit(replay), state.Admitted{Duplicate: 1})
	d.same("person", d.stories(state.Ref{Application: "a"})[0].Application.Candidate, flowd.Candidate{ID: "c-a"})
	d.pass(time.Hour)
	d.admit(d.move("a", "Phone"), d.move("a", "Video"))
	d.commit(state.Commitment{Event: d.pending()[0].Event.Key})
	again := invite(d.last().Event, "p1")
	d.same("the key is held", d.decide(again).Taken, []state.Taken{{Action: again, By: a.Key}})
}

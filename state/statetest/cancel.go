package statetest

import (
	"fmt"
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

// candidateEvents: what a source says of a candidate alone concerns each of the
// person's applications.
func candidateEvents(d *desk) {
	both := func(app string) flowd.Event {
		ev := d.move(app, "Video")
		ev.Application.Candidate = person("twin")
		return ev
	}
	a, b := both("a"), both("b")
	d.admit(a, b)
	first, second := invite(d.pending()[0].Event, "p1"), invite(d.pending()[1].Event, "p1")
	d.commit(state.Commitment{Event: a.Key, Decisions: []flowd.Decision{{Event: a.Key, Verdict: flowd.Matched, Actions: []flowd.Action{first}}}})
	d.commit(state.Commitment{Event: b.Key, Decisions: []flowd.Decision{{Event: b.Key, Verdict: flowd.Matched, Actions: []flowd.Action{second}}}})

	gone := flowd.Event{
		Key: "hook:gone", Source: hook, ATS: system, Type: flowd.ApplicationAnonymized, At: d.now,
		Application: flowd.Application{Candidate: flowd.Candidate{ID: "c-twin"}},
	}
	d.same("one event for each", d.admit(gone).New, []string{"hook:gone/a", "hook:gone/b"})
	d.same("again", d.admit(gone).Duplicate, 2)
	for _, key := range []string{"hook:gone/a", "hook:gone/b"} {
		d.commit(state.Commitment{Event: key, Forget: true, Cancel: &state.Cancellation{Reason: flowd.ReasonEnded}})
	}
	d.stands(first, flowd.Cancelled, flowd.ReasonForgotten)
	d.stands(second, flowd.Cancelled, flowd.ReasonForgotten)
	stories, err := d.store.Story(d.Context(), state.Ref{Email: person("twin").Email})
	d.ok(err)
	d.same("stories of the address", len(stories), 0)

	nobody := gone
	nobody.Key, nobody.Application.Candidate.ID = "hook:nobody", "c-unknown"
	d.same("of somebody unknown", d.admit(nobody).New, []string{"hook:nobody"})
	d.commit(state.Commitment{Event: "hook:nobody", Forget: true, Cancel: &state.Cancellation{Reason: flowd.ReasonEnded}})
}

// forgetOne: one application of several is deleted, and the person stays.
func forgetOne(d *desk) {
	a, b := d.move("a", "Video"), d.move("b", "Video")
	a.Application.Candidate, b.Application.Candidate = person("twin"), person("twin")
	d.admit(a, b)
	for i, app := range []string{"a", "b"} {
		gone := d.move(app, "Video")
		gone.Type, gone.Application = flowd.ApplicationDeleted, flowd.Application{ID: app}
		d.admit(gone)
		d.commit(state.Commitment{Event: gone.Key, Forget: true})
		stories, err := d.store.Story(d.Context(), state.Ref{Application: "b"})
		d.ok(err)
		known := stories[0].Application.Candidate.Email != ""
		d.same("known after "+app, known, i == 0)
	}
}

// forgetStays: an old delivery that comes again, under whatever key, does not
// bring back whom the ATS erased; what it says later does.
func forgetStays(d *desk) {
	old := d.move("a", "Video")
	d.admit(old)
	d.commit(state.Commitment{Event: old.Key})
	d.pass(time.Hour)
	for _, end := range []flowd.EventType{flowd.ApplicationAnonymized, flowd.ApplicationDeleted} {
		gone := d.move("a", "Video")
		gone.Type, gone.Application = end, flowd.Application{ID: "a"}
		d.admit(gone)
		d.commit(state.Commitment{Event: gone.Key, Forget: true})
		for i, at := range []time.Time{old.At, {}} {
			again := old
			again.Key, again.At = fmt.Sprintf("hook:again-%s-%d", end, i), at
			d.admit(again)
			d.commit(state.Commitment{Event: again.Key})
			d.same("addresses", len(d.stories(state.Ref{Email: old.Application.Candidate.Email})), 0)
			d.same("status", d.stories(state.Ref{Application: "a"})[0].Application.Status, flowd.StatusDeleted)
		}
		d.pass(time.Hour)
	}
	fresh := d.move("a", "Offer")
	fresh.Application.Status = flowd.StatusActive
	d.admit(fresh)
	d.same("known again", d.stories(state.Ref{Application: "a"})[0].Application.Candidate.Email, old.Application.Candidate.Email)
}

// reconsidered: what is decided again is decided by what is known now.
func reconsidered(d *desk) {
	ev := d.move("a", "Video")
	d.admit(ev)
	held := waiting(d.last().Event, flowd.ReasonError)
	d.commit(state.Commitment{Event: ev.Key, Decisions: []flowd.Decision{{Event: ev.Key, Rule: held.Rule, Verdict: flowd.Failed, Actions: []flowd.Action{held}}}})
	d.pass(time.Minute)
	more := d.move("a", "Video")
	more.Application.Fields = []flowd.Field{{Key: "k", Name: "Notice period", Value: 3.0}}
	d.admit(more)
	d.commit(state.Commitment{Event: more.Key, Reconsider: true})
	again := d.last()
	d.same("event", again.Event.Key, ev.Key)
	d.same("only", again.Only, held.Rule)
	d.same("fields", again.Facts.Application.Fields, more.Application.Fields)
}

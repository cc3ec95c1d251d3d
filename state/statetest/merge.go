package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

// of is the candidate of another than the application's own invention.
func of(app flowd.Application, candidate flowd.Candidate) flowd.Application {
	app.Candidate = candidate
	return app
}

// once promises an invite that its person can have once.
func (d *desk) once(app flowd.Application, position string) (a flowd.Action, made bool) {
	d.Helper()
	ev := d.move(app.ID, "Video")
	ev.Application = app
	d.admit(ev)
	a = invite(d.last().Event, position)
	a.Claims = append(a.Claims, flowd.PersonClaim(system, app.Candidate.ID, position))
	return a, len(d.decide(a).Promised) == 1
}

// applicationsOf are the ids of the applications that a reference names, with the
// candidate of each.
func (d *desk) applicationsOf(ref state.Ref) map[string]flowd.Candidate {
	d.Helper()
	out := map[string]flowd.Candidate{}
	for _, s := range d.stories(ref) {
		out[s.Application.ID] = s.Application.Candidate
	}
	return out
}

// Two records of one person become one: all that is known stands under the one
// that survives, and nobody is promised twice because of it.
func mergeTold(d *desk) {
	twin := person("a")
	twin.Phone = "+49 30 901820"
	d.promise("z", "Video", "p1") // the survivor's own
	first, _ := d.once(of(application("a"), twin), "p2")
	d.once(of(application("b"), twin), "p3")
	d.pass(time.Minute)
	merged := flowd.Event{Key: "merge", Source: hook, ATS: system, Type: flowd.ApplicationMerged, At: d.now, MergedInto: "c-z",
		Application: flowd.Application{Candidate: flowd.Candidate{ID: twin.ID}}}
	d.same("an event for each", len(d.admit(merged).New), 2)
	for range 2 {
		key := d.pending()[0].Event.Key
		d.same("decided under the survivor", d.pending()[0].Event.Application.Candidate.ID, "c-z")
		d.commit(state.Commitment{Event: key, Cancel: &state.Cancellation{Reason: flowd.ReasonByHand}})
	}
	survivor := person("z")
	survivor.Phone = twin.Phone // which is not known of them otherwise
	d.same("of the survivor", d.applicationsOf(state.Ref{Candidate: "c-z"}), map[string]flowd.Candidate{"a": survivor, "b": survivor, "z": survivor})
	d.same("by the survivor's address", len(d.applicationsOf(state.Ref{Email: survivor.Email})), 3)
	d.same("of the one who was merged", d.applicationsOf(state.Ref{Candidate: twin.ID}), map[string]flowd.Candidate{})
	d.same("by the old address", d.applicationsOf(state.Ref{Email: twin.Email}), map[string]flowd.Candidate{})
	d.same("the row", d.row(first.Key).Action.Candidate, "c-z")
	if _, made := d.once(of(application("y"), person("z")), "p2"); made {
		d.Fatal("the survivor is promised what the other had")
	}
	if _, made := d.once(of(application("x"), twin), "p2"); made {
		d.Fatal("who was merged is promised again")
	}
	if _, made := d.once(of(application("w"), person("z")), "p4"); !made {
		d.Fatal("the survivor is promised nothing else")
	}
}

// A merge into somebody who was never heard of takes what is known along.
func mergeUnknown(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.pass(time.Minute)
	d.admit(flowd.Event{Key: "merge", Source: hook, ATS: system, Type: flowd.ApplicationMerged, At: d.now.Add(-time.Hour), MergedInto: "c-new", Application: flowd.Application{ID: "a"}})
	want := person("a")
	want.ID = "c-new"
	d.same("under the new id", d.applicationsOf(state.Ref{Candidate: "c-new"}), map[string]flowd.Candidate{"a": want})
	d.same("by address", d.applicationsOf(state.Ref{Email: want.Email}), map[string]flowd.Candidate{"a": want})
	d.same("the row", d.row(a.Key).Action.Candidate, "c-new")
	d.same("orders about them", d.amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Candidate: "c-new"}, Reason: flowd.ReasonByHand}), []flowd.IdempotencyKey{a.Key})
}

// A poll shows that an application is of another candidate, who may be known.
func mergeSeen(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.promise("z", "Video", "p1")
	held, _ := d.once(application("b"), "p2")
	d.pass(time.Minute)
	seen := func(app string, c flowd.Candidate) flowd.Snapshot {
		s := snapshot(app, "Video")
		s.Candidate = c
		return s
	}
	d.same("no event", d.polled(seen("a", person("z")), seen("b", flowd.Candidate{ID: "c-z"})), state.Admitted{Unchanged: 2})
	d.same("of the survivor", d.applicationsOf(state.Ref{Candidate: "c-z"}), map[string]flowd.Candidate{"a": person("z"), "b": person("z"), "z": person("z")})
	d.same("by the old address", d.applicationsOf(state.Ref{Email: person("a").Email}), map[string]flowd.Candidate{})
	d.same("the rows", [2]string{d.row(a.Key).Action.Candidate, d.row(held.Key).Action.Candidate}, [2]string{"c-z", "c-z"})
	if _, made := d.once(of(application("y"), person("z")), "p2"); made {
		d.Fatal("the survivor is promised what the other had")
	}
	leased := d.lease(10)
	for _, l := range leased {
		if l.Facts.Application.Candidate.Email != person("z").Email {
			d.Errorf("%s goes to %q", l.Action.Application, l.Facts.Application.Candidate.Email)
		}
	}
	d.same("leased", len(leased), 3)
}

// A poll shows another address: the person is found under it alone, and what is
// owed goes there.
func mergeAddress(d *desk) {
	d.promise("a", "Video", "p1")
	d.pass(time.Minute)
	s := snapshot("a", "Video")
	s.Candidate.Email = "Moved.House@example.com"
	d.same("no event", d.polled(s), state.Admitted{Unchanged: 1})
	d.same("by the new address", d.applicationsOf(state.Ref{Email: "moved.house@example.com"}), map[string]flowd.Candidate{"a": s.Candidate})
	d.same("by the old one", d.applicationsOf(state.Ref{Email: person("a").Email}), map[string]flowd.Candidate{})
	d.same("where it goes", d.leaseOne().Facts.Application.Candidate.Email, s.Candidate.Email)
}

// What says little of somebody who is known, through another application of
// theirs, takes nothing from what is known; and who was erased does not come back
// through a merge.
func mergeKeeps(d *desk) {
	d.promise("a", "Video", "p1")
	second := d.move("b", "Video")
	second.Application.Candidate = flowd.Candidate{ID: "c-a"}
	d.admit(second)
	d.same("decided with what is known", d.last().Event.Application.Candidate, person("a"))
	d.decide()
	d.same("of both", d.applicationsOf(state.Ref{Email: person("a").Email}), map[string]flowd.Candidate{"a": person("a"), "b": person("a")})

	d.pass(time.Minute)
	d.admit(flowd.Event{Key: "gone", Source: hook, ATS: system, Type: flowd.ApplicationAnonymized, At: d.now, Application: flowd.Application{ID: "a"}})
	d.commit(state.Commitment{Event: d.last().Event.Key, Forget: true})
	d.pass(time.Minute)
	d.admit(flowd.Event{Key: "merge", Source: hook, ATS: system, Type: flowd.ApplicationMerged, At: d.now, MergedInto: "c-z", Application: flowd.Application{ID: "a"}})
	d.same("after the merge", d.stories(state.Ref{Application: "a"})[0].Application.Candidate.Email, "")
}

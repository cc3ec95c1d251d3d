package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

// snapshot is an application as a poll of states shows it.
func snapshot(id, in string) flowd.Snapshot {
	seen := flowd.Snapshot{Application: application(id)}
	seen.Stage = stage(in)
	return seen
}

// entered is a snapshot whose source says when the stage was entered.
func entered(id, in string, at time.Time) flowd.Snapshot {
	seen := snapshot(id, in)
	seen.Entered = at
	return seen
}

// novelties are those of the events that wait, by application.
func (d *desk) novelties() map[string]flowd.Novelty {
	d.Helper()
	out := map[string]flowd.Novelty{}
	for _, p := range d.pending() {
		out[p.Event.Application.ID+" "+string(p.Event.Type)] = p.Facts.Novelty
	}
	return out
}

func seenBaseline(d *desk) {
	d.same("first poll", len(d.polled(snapshot("a", "Video"), snapshot("b", "Phone")).New), 2)
	d.same("standing is no move", d.novelties(), map[string]flowd.Novelty{
		"a stage.entered": flowd.Baseline, "b stage.entered": flowd.Baseline})
	d.same("recorded", d.counts().Applications, map[string]int{system: 2})
	d.same("with the stage", d.stories(state.Ref{Application: "a"})[0].Application.Stage, stage("Video"))
	d.pass(time.Hour)
	d.same("the same again", d.polled(snapshot("a", "Video")), state.Admitted{Unchanged: 1})

	// Somebody who had been out of the poll's sight.
	old := snapshot("c", "Video")
	old.AppliedAt = Began.Add(-time.Hour)
	d.polled(old, snapshot("d", "Video"))
	d.same("made before", d.novelties()["c stage.entered"], flowd.Baseline)
	d.same("nobody knows when", d.novelties()["d stage.entered"], flowd.Baseline)

	gone := snapshot("e", "Video")
	gone.Status = flowd.StatusRejected
	d.same("who is gone already", d.polled(gone), state.Admitted{Unchanged: 1})
}

// A first poll that was cut short goes on as one, whoever is known by a hook.
func seenFirstPages(d *desk) {
	d.admit(d.move("a", "Phone"))
	d.pass(time.Hour)
	d.polls(flowd.Batch{Seen: []flowd.Snapshot{snapshot("b", "Video")}})
	d.pass(time.Hour)
	d.polls(flowd.Batch{Seen: []flowd.Snapshot{snapshot("a", "Video")}, Polled: flowd.Polled{Complete: true}})
	d.same("the second page", d.last().Facts.Novelty, flowd.Baseline)
	d.pass(time.Hour)
	d.polled(snapshot("b", "Offer"))
	d.same("the next poll", d.last().Facts.Novelty, flowd.Fresh)
}

func seenNew(d *desk) {
	d.polled() // a first poll that finds nobody is a baseline as well
	d.pass(time.Hour)
	fresh := snapshot("a", "Video")
	fresh.AppliedAt = Began.Add(time.Minute)
	d.same("events", len(d.polled(fresh).New), 2)
	got := d.pending()
	d.same("created", got[0].Event.Type, flowd.ApplicationCreated)
	d.same("when", got[0].Event.At, fresh.AppliedAt)
	d.same("entered", got[1].Event.Type, flowd.StageEntered)
	d.same("stage", got[1].Event.Stage, stage("Video"))
	d.same("novelty", got[1].Facts.Novelty, flowd.Fresh)
	d.same("source", got[1].Event.Source, poll)
	d.same("person", got[1].Event.Application.Candidate, person("a"))
	d.pass(time.Hour)
	d.same("once", d.polled(fresh), state.Admitted{Unchanged: 1})
}

func seenMoved(d *desk) {
	d.polled(snapshot("a", "Phone"), snapshot("b", "Phone"))
	d.pass(time.Hour)
	done := d.polled(snapshot("a", "Video"), snapshot("b", "Phone"))
	d.same("events", len(done.New), 1)
	d.same("unchanged", done.Unchanged, 1)
	got := d.last()
	d.same("type", got.Event.Type, flowd.StageEntered)
	d.same("from", got.Event.From, stage("Phone"))
	d.same("to", got.Event.Stage, stage("Video"))
	d.same("no time is said", got.Event.At, time.Time{})
	d.pass(time.Hour)
	back := d.polled(snapshot("a", "Phone"))
	d.pass(time.Hour)
	again := d.polled(snapshot("a", "Video"))
	if len(again.New) != 1 || len(back.New) != 1 || again.New[0] == done.New[0] {
		d.Fatalf("entering a stage a second time is another event: %q, %q, %q", done.New, back.New, again.New)
	}

	// A hook of the same system that tells of the same move comes later.
	d.admit(d.move("a", "Video"))
	d.same("the hook", d.last().Facts.Novelty, flowd.SameStage)
}

// What the source says of the time counts, unless something later is known: its
// clock may be another, and the snapshot is the newest there is.
func seenEntered(d *desk) {
	d.polled(entered("a", "Phone", Began.Add(-time.Hour)))
	d.pass(time.Hour)
	at := d.now.Add(-time.Minute)
	d.polled(entered("a", "Video", at))
	d.same("when", d.last().Event.At, at)
	d.same("novelty", d.last().Facts.Novelty, flowd.Fresh)
	d.pass(time.Hour)
	d.polled(entered("a", "Offer", at.Add(-time.Second)))
	d.same("an impossible time", d.last().Event.At, time.Time{})
	d.same("is news all the same", d.last().Facts.Novelty, flowd.Fresh)
}

// What happened too long ago, or while nobody looked, is recorded alone.
func seenStale(d *desk) {
	limit := 24 * time.Hour
	poll := func(seen ...flowd.Snapshot) {
		d.Helper()
		d.polls(flowd.Batch{Seen: seen, Polled: flowd.Polled{Since: d.now.Add(-limit), Complete: true}})
	}
	poll(snapshot("a", "Phone"), snapshot("b", "Phone"), snapshot("c", "Phone"), snapshot("e", "Phone"))
	d.pass(3 * limit)
	gone := snapshot("e", "Phone")
	gone.Status = flowd.StatusRejected
	poll(snapshot("a", "Video"), entered("b", "Video", d.now.Add(-2*limit)), entered("c", "Video", d.now.Add(-time.Hour)), gone)
	got := d.novelties()
	d.same("nobody knows when", got["a stage.entered"], flowd.Stale)
	d.same("too long ago", got["b stage.entered"], flowd.Stale)
	d.same("lately", got["c stage.entered"], flowd.Fresh)
	d.same("an end is an end", got["e application.rejected"], flowd.Fresh)
	d.same("known", d.stories(state.Ref{Application: "b"})[0].Application.Stage, stage("Video"))
	d.pass(time.Hour)
	poll(snapshot("a", "Offer"))
	d.same("looked again", d.last().Facts.Novelty, flowd.Fresh)

	move := d.move("f", "Video")
	move.At = d.now.Add(-2 * limit)
	d.polls(flowd.Batch{Events: []flowd.Event{move}, Polled: flowd.Polled{Since: d.now.Add(-limit)}})
	d.same("a move that was polled", d.last().Facts.Novelty, flowd.Stale)
}

// After a lost cursor the whole system is seen anew.
func seenAnew(d *desk) {
	d.polled(snapshot("a", "Phone"))
	d.pass(time.Hour)
	d.polls(flowd.Batch{Baseline: true, Seen: []flowd.Snapshot{snapshot("a", "Video"), snapshot("b", "Video")}, Polled: flowd.Polled{Complete: true}})
	got := d.novelties()
	d.same("known", got["a stage.entered"], flowd.Baseline)
	d.same("unknown", got["b stage.entered"], flowd.Baseline)
	d.same("taken in", d.stories(state.Ref{Application: "a"})[0].Application.Stage, stage("Video"))
}

// A source may count the first sight as a move, where it says since when.
func seenFirst(d *desk) {
	policy := flowd.Polled{FirstSeen: true, Since: Began.Add(-time.Hour), Complete: true}
	applied := snapshot("d", "Video")
	applied.AppliedAt = Began.Add(-time.Minute)
	d.polls(flowd.Batch{Polled: policy, Seen: []flowd.Snapshot{
		entered("a", "Video", Began.Add(-time.Minute)), entered("b", "Video", Began.Add(-2*time.Hour)), snapshot("c", "Video"), applied}})
	got := d.novelties()
	d.same("lately", got["a stage.entered"], flowd.Fresh)
	d.same("long ago", got["b stage.entered"], flowd.Stale)
	d.same("nobody knows", got["c stage.entered"], flowd.Baseline)
	d.same("applied lately", got["d stage.entered"], flowd.Fresh)
}

func seenStatus(d *desk) {
	d.polled(snapshot("a", "Phone"))
	step := func(s flowd.Status, want flowd.EventType) {
		d.Helper()
		d.pass(time.Hour)
		seen := snapshot("a", "Phone")
		seen.Status = s
		if done := d.polled(seen); len(done.New) != 1 {
			d.Fatalf("turning %s made %d events", s, len(done.New))
		}
		d.same("type", d.last().Event.Type, want)
		d.same("status", d.last().Facts.Application.Status, s)
	}
	step(flowd.StatusRejected, flowd.ApplicationRejected)
	step(flowd.StatusActive, flowd.ApplicationReopened)
	step(flowd.StatusWithdrawn, flowd.ApplicationWithdrawn)
	step(flowd.StatusHired, flowd.ApplicationHired)
}

// A page that was asked for before a hook came in must not move anybody back.
func seenOvertaken(d *desk) {
	d.polled(snapshot("a", "Phone"))
	d.pass(time.Hour)
	asked := d.now
	d.pass(time.Minute)
	d.admit(d.move("a", "Video"))
	done := d.polls(flowd.Batch{Seen: []flowd.Snapshot{snapshot("a", "Phone")}, Polled: flowd.Polled{Asked: asked, Complete: true}})
	d.same("admitted", done, state.Admitted{Unchanged: 1})
	d.same("stage", d.stories(state.Ref{Application: "a"})[0].Application.Stage, stage("Video"))
}

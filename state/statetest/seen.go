package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

// snapshot is an application as a poll of states reports it.
func snapshot(id, in string) flowd.Application {
	app := application(id)
	app.Stage = stage(in)
	return app
}

func seenBaseline(d *desk) {
	d.same("first poll", d.polled(snapshot("a", "Video"), snapshot("b", "Phone")), state.Admitted{Unchanged: 2})
	d.same("undecided", len(d.pending()), 0)
	d.same("recorded", d.counts().Applications, map[string]int{system: 2})
	d.same("with the stage", d.stories(state.Ref{Application: "a"})[0].Application.Stage, stage("Video"))
	d.pass(time.Hour)
	d.same("the same again", d.polled(snapshot("a", "Video")), state.Admitted{Unchanged: 1})

	// A second page of that poll, or somebody who had been out of its sight.
	old := snapshot("c", "Video")
	old.AppliedAt = Began.Add(-time.Hour)
	d.same("made before", d.polled(old, snapshot("d", "Video")), state.Admitted{Unchanged: 2})
	d.same("undecided", len(d.pending()), 0)
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

func seenStatus(d *desk) {
	d.polled(snapshot("a", "Phone"))
	step := func(s flowd.Status, want flowd.EventType) {
		d.Helper()
		d.pass(time.Hour)
		app := snapshot("a", "Phone")
		app.Status = s
		if done := d.polled(app); len(done.New) != 1 {
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

// A poll that Began before a hook came in must not move anybody back.
func seenOvertaken(d *desk) {
	d.polled(snapshot("a", "Phone"))
	d.pass(time.Hour)
	asked := d.now
	d.pass(time.Minute)
	d.admit(d.move("a", "Video"))
	done, err := d.store.Admit(d.Context(), flowd.Batch{Source: poll, ATS: system, Seen: []flowd.Application{snapshot("a", "Phone")}}, asked)
	d.ok(err)
	d.same("admitted", done, state.Admitted{Unchanged: 1})
	d.same("stage", d.stories(state.Ref{Application: "a"})[0].Application.Stage, stage("Video"))
}

package statetest

import (
	"time"

	"flowd"
)

func noveltySameStage(d *desk) {
	d.admit(d.move("a", "Video"))
	d.same("the first", d.last().Facts.Novelty, flowd.Fresh)
	d.pass(time.Hour)
	again := d.move("a", "Video")
	again.Stage = flowd.Stage{Name: " video "} // the same by name, where one has no id
	d.admit(again)
	d.same("again", d.last().Facts.Novelty, flowd.SameStage)
	d.same("the stage keeps its id", d.last().Facts.Application.Stage.ID, stage("Video").ID)
	d.pass(time.Hour)
	d.admit(d.move("a", "Offer"))
	d.same("on", d.last().Facts.Novelty, flowd.Fresh)
	d.pass(time.Hour)
	d.admit(d.move("a", "Video"))
	d.same("back", d.last().Facts.Novelty, flowd.Fresh)
}

func noveltySuperseded(d *desk) {
	d.admit(d.move("a", "Offer"))
	late := d.move("a", "Video")
	late.At = d.now.Add(-time.Minute)
	late.Application.Job.Name = "An older title"
	late.Application.Source = "said by it alone"
	d.pass(time.Minute)
	d.admit(late)
	got := d.last()
	d.same("novelty", got.Facts.Novelty, flowd.Superseded)
	d.same("stage", got.Facts.Application.Stage, stage("Offer"))
	d.same("what is newer stays", got.Facts.Application.Job.Name, "Lighthouse Keeper")
	d.same("gaps are filled", got.Facts.Application.Source, "said by it alone")
	d.same("its own stage", got.Event.Stage, stage("Video"))

	rejected := d.move("a", "Video")
	rejected.Type, rejected.At = flowd.ApplicationRejected, d.now.Add(-time.Hour)
	d.admit(rejected)
	d.same("an old rejection", d.last().Facts.Novelty, flowd.Superseded)
	d.same("status", d.last().Facts.Application.Status, flowd.StatusActive)

	erased := d.move("a", "Video")
	erased.Type, erased.At = flowd.ApplicationDeleted, d.now.Add(-time.Hour)
	d.admit(erased)
	d.same("an erasure is always news", d.last().Facts.Novelty, flowd.Fresh)

	undated := d.move("a", "Trial")
	undated.At = time.Time{}
	d.admit(undated)
	d.same("without a time", d.last().Facts.Novelty, flowd.Fresh)
}

func noveltyOtherTypes(d *desk) {
	created := d.move("a", "Video")
	created.Type = flowd.ApplicationCreated
	entered := d.move("a", "Video")
	d.admit(created, entered)
	d.same("the first stage of a new application", d.last().Facts.Novelty, flowd.Fresh)
	d.same("is known to a person who looks", d.pending()[0].Facts.Application.Stage, stage("Video"))

	d.pass(time.Hour)
	rejected := d.move("a", "Video")
	rejected.Type = flowd.ApplicationRejected
	d.admit(rejected)
	d.same("a rejection in the stage", d.last().Facts.Novelty, flowd.Fresh)
	d.same("status", d.last().Facts.Application.Status, flowd.StatusRejected)

	closed := flowd.Event{Key: "closed", Source: hook, ATS: system, Type: flowd.JobClosed, At: d.now,
		Application: flowd.Application{Job: flowd.Job{ID: "job-1"}}}
	d.admit(closed)
	d.same("about a job alone", d.last().Facts, flowd.Facts{Application: closed.Application})
	d.same("is no application", d.counts().Applications, map[string]int{system: 1})
}

func noveltyClock(d *desk) {
	ahead := d.move("a", "Phone")
	ahead.At = d.now.Add(100 * 24 * time.Hour)
	d.admit(ahead)
	d.pass(time.Hour)
	d.admit(d.move("a", "Video"))
	d.same("novelty", d.last().Facts.Novelty, flowd.Fresh)
}

package statetest

import (
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// page admits a page of a poll that was asked for at a time.
func (d *desk) page(asked time.Time, seen ...flowd.Snapshot) state.Admitted {
	d.Helper()
	return d.polls(flowd.Batch{Seen: seen, Polled: flowd.Polled{Asked: asked, Complete: true}})
}

// A system whose clock is behind tells of a move that it dates before the page
// was asked for, which does not show it.
func seenOvertakenByAnotherClock(d *desk) {
	const behind = time.Minute
	d.polled(snapshot("a", "Phone"), snapshot("b", "Phone"), snapshot("c", "Phone"))
	d.pass(time.Hour)
	asked := d.now
	d.pass(time.Second)
	for _, app := range []string{"a", "b", "c"} {
		move := d.move(app, "Video")
		move.At = d.now.Add(-behind)
		d.admit(move)
	}
	d.pass(time.Second)
	rejected := snapshot("b", "Phone")
	rejected.Status = flowd.StatusRejected
	done := d.page(asked, entered("a", "Phone", Began.Add(-time.Hour)), rejected, entered("c", "Offer", asked.Add(2*time.Second-behind)))
	stands := func(app, in string) {
		d.Helper()
		d.same(app+" stands in", d.stories(state.Ref{Application: app})[0].Application.Stage, stage(in))
	}
	stands("a", "Video")
	stands("b", "Video")
	d.same("b ended all the same", d.stories(state.Ref{Application: "b"})[0].Application.Status, flowd.StatusRejected)
	stands("c", "Offer") // by the same clock later than the hook
	d.same("events", len(done.New), 2)
	d.pass(time.Minute)
	d.polled(snapshot("a", "Phone"))
	stands("a", "Phone")
}

// What a page shows is as old as the page: a hook that comes right behind it tells
// of something later, though it was there before the page was taken in.
func seenThenOvertaken(d *desk) {
	d.polled(snapshot("a", "Phone"))
	d.pass(time.Hour)
	asked := d.now
	d.pass(time.Second)
	rejected := d.move("a", "")
	rejected.Type, rejected.Stage = flowd.ApplicationRejected, flowd.Stage{}
	d.pass(time.Minute)
	d.page(asked, snapshot("a", "Video"))
	d.admit(rejected)
	d.same("novelty", d.last().Facts.Novelty, flowd.Fresh)
	d.same("status", d.stories(state.Ref{Application: "a"})[0].Application.Status, flowd.StatusRejected)
}

// Some systems say on which day a stage was entered and not when: twice on one day
// is twice.
func seenTwiceADay(d *desk) {
	day := Began.Add(-12 * time.Hour)
	d.polled(entered("a", "Phone", day.Add(-240*time.Hour)))
	for _, to := range []string{"Video", "Phone", "Video", "Phone", "Video"} {
		d.pass(time.Minute)
		done := d.polled(entered("a", to, day))
		d.same("events", len(done.New), 1)
		d.same("stage", d.stories(state.Ref{Application: "a"})[0].Application.Stage, stage(to))
		d.pass(time.Minute)
		d.same("once", d.polled(entered("a", to, day)), state.Admitted{Unchanged: 1})
	}
}

// A page that was asked for before somebody was erased, or of a list that shows
// them for a while still, brings nothing of them back.
func seenErased(d *desk) {
	for name, c := range map[string]struct {
		behind time.Duration // of the ATS's clock
		timed  bool
		status flowd.Status
		late   bool // asked for after it was heard
		just   bool // it was changed just before
	}{
		"no time":             {},
		"with a status":       {status: flowd.StatusActive},
		"a time":              {timed: true},
		"a clock behind":      {timed: true, behind: time.Minute},
		"and a status":        {timed: true, behind: time.Minute, status: flowd.StatusActive},
		"shown for a while":   {late: true},
		"and as active":       {late: true, status: flowd.StatusActive},
		"changed just before": {timed: true, behind: time.Minute, just: true, late: true},
	} {
		app := strings.ReplaceAll(name, " ", "-")
		d.polled(snapshot(app, "Phone"))
		if !c.just {
			d.pass(time.Hour)
		}
		asked := d.now
		d.pass(time.Second)
		gone := d.move(app, "")
		gone.Type, gone.Stage, gone.At = flowd.ApplicationAnonymized, flowd.Stage{}, time.Time{}
		gone.Application = flowd.Application{ID: app, Candidate: flowd.Candidate{ID: person(app).ID}}
		if c.timed {
			gone.At = d.now.Add(-c.behind)
		}
		d.admit(gone)
		d.commit(state.Commitment{Event: gone.Key, Forget: true})
		d.pass(time.Second)
		if c.late {
			asked = d.now
		}
		seen := snapshot(app, "Video")
		seen.Status = c.status
		d.page(asked, seen)
		got := d.stories(state.Ref{Application: app})[0].Application
		if got.Candidate.Email != "" || got.Candidate.FullName() != "" || got.Status != flowd.StatusDeleted {
			d.Errorf("%s: is back, and %q", name, got.Status)
		}
	}
}

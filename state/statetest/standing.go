package statetest

import (
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

func findStanding(d *desk) {
	d.polled(snapshot("baseline", "Video")) // stood there when flowd first looked
	for _, app := range []string{"left", "rejected", "moved", "asked"} {
		d.pass(time.Minute)
		d.admit(d.move(app, "Video"))
		d.decide()
	}
	d.pass(time.Minute)
	d.ended("waited", flowd.Outcome{State: flowd.Cancelled, Reason: flowd.ReasonLeftStage})
	d.promise("invited", "Video", "p1")
	d.promise("onward", "Video", "p1") // invited for the stage before
	d.pass(time.Minute)
	for _, app := range []string{"onward", "moved"} {
		d.admit(d.move(app, "Call"))
		d.decide()
	}
	held := d.move("held", "Video")
	d.admit(held)
	d.decide(waiting(d.last().Event, flowd.ReasonError))
	shadow := d.move("shadow", "Video")
	d.admit(shadow)
	a := invite(d.last().Event, "p1")
	a.Mode, a.Key = flowd.Shadow, flowd.ShadowKey(a.Key, a.Rule)
	a.Claims = nil
	d.decide(a)
	d.admit(flowd.Event{Key: "ended", Source: hook, ATS: system, Type: flowd.ApplicationRejected, At: d.now, Application: application("rejected")})
	d.decide()
	ordered := flowd.Event{Key: "order:9", Source: "by-hand", ATS: system, Type: flowd.InviteOrdered, At: d.now, Application: flowd.Application{ID: "asked"}}
	d.admit(ordered)
	// Who was decided as if they came again is told of as they were decided last;
	// what was ordered for a stage that they had left says nothing.
	for _, app := range []string{"left", "moved"} {
		d.admit(flowd.Event{Key: "order:" + app, Source: hook, ATS: system, Type: flowd.StageOrdered, Stage: stage("Video"), Application: flowd.Application{ID: app}})
		d.decide()
	}

	type entry struct{ Application, Stage, Event, Email string }
	entries := func(f state.Filter, p state.Page) (got []entry, next string) {
		f.Subject = state.Standing
		found := d.find(f, p)
		for i, t := range found.Told {
			app := t.Facts.Application
			d.same("the person of "+app.ID, found.People[i], app.Candidate)
			got = append(got, entry{app.ID, app.Stage.Name, string(t.Event.Type) + " " + t.Event.Stage.Name, app.Candidate.Email})
		}
		return got, found.Next
	}
	one := func(app, at string) entry {
		return entry{app, at, "stage.entered " + at, person(app).Email}
	}
	want := []entry{one("asked", "Video"), one("baseline", "Video"), {"left", "Video", "stage.ordered Video", person("left").Email}, one("moved", "Call"), one("onward", "Call"),
		one("shadow", "Video"), one("waited", "Video")}
	all, next := entries(state.Filter{}, state.Page{})
	d.same("all", all, want)
	d.same("no page after all", next, "")
	for limit := 1; limit <= len(want)+1; limit++ {
		var joined []entry
		for page, pages := (state.Page{Limit: limit}), 0; ; pages++ {
			some, next := entries(state.Filter{}, page)
			if joined = append(joined, some...); next == "" {
				break
			}
			if page.After = next; pages > len(want) {
				d.Fatal("the pages do not end")
			}
		}
		d.same(fmt.Sprint("by ", limit), joined, want)
	}
	picked, _ := entries(state.Filter{Pick: func(t state.Told) bool {
		app := t.Facts.Application
		if app.Candidate.Email != "" || t.Event.ATS != system {
			d.Errorf("picked by %+v", app)
		}
		return app.Stage.Name == "Call"
	}}, state.Page{})
	d.same("picked", picked, []entry{one("moved", "Call"), one("onward", "Call")})
	none, _ := entries(state.Filter{Job: "another"}, state.Page{})
	d.same("of another job", none, []entry(nil))
	d.same("what was promised before", len(d.find(state.Filter{Subject: state.Standing, Pick: func(t state.Told) bool {
		return t.Facts.Application.ID == "onward"
	}}, state.Page{}).Told[0].Facts.Invites), 1)
}

// Everybody stands by one row or by none, whatever else happened to them.
func findCovered(d *desk) {
	d.promise("invited", "Video", "p1")
	held := d.move("both", "Video")
	d.admit(held)
	d.decide(waiting(d.last().Event, flowd.ReasonError), invite(d.last().Event, "p1"))
	d.admit(d.move("held", "Video"))
	d.decide(waiting(d.last().Event, flowd.ReasonError))
	d.promise("onward", "Video", "p1")
	d.pass(time.Minute)
	d.admit(d.move("onward", "Call"))
	d.decide()
	d.polled(snapshot("seen", "Video"))
	d.decide()
	d.pass(time.Minute)
	repeated := d.move("seen", "Video")
	repeated.Key = "again"
	d.admit(repeated)
	d.decide()
	d.admit(d.move("gone", "Video"))
	d.decide()
	d.pass(time.Minute)
	d.admit(flowd.Event{Key: "ended", Source: hook, ATS: system, Type: flowd.ApplicationRejected, At: d.now, Application: application("gone")})
	d.decide()

	type entry struct {
		Application string
		Kind        flowd.ActionKind
		Source      string // that told of the move
	}
	for limit := 1; limit <= 6; limit++ {
		var got []entry
		for page := (state.Page{Limit: limit}); ; {
			found := d.find(state.Filter{Subject: state.Standing, Covered: true}, page)
			for i, t := range found.Told {
				got = append(got, entry{t.Facts.Application.ID, found.Rows[i].Action.Kind, t.Event.Source})
				d.same("the person", found.People[i], t.Facts.Application.Candidate)
			}
			if page.After = found.Next; page.After == "" {
				break
			}
		}
		d.same(fmt.Sprint("by ", limit), got, []entry{
			{"both", flowd.ActionInvite, hook}, {"held", flowd.ActionDecide, hook}, {"invited", flowd.ActionInvite, hook},
			{"onward", "", hook}, {"seen", "", poll},
		})
	}
}

func findPicked(d *desk) {
	for i := range 6 {
		d.admit(d.move(fmt.Sprint("a", i), "Video"))
		ev := d.last().Event
		made := decisions(ev.Key, invite(ev, "p1"))
		for _, rule := range []string{"first", "second"} { // these ask for nothing
			made = append([]flowd.Decision{{Event: ev.Key, Rule: rule, RuleSet: "digest", Verdict: flowd.Unmatched, Reason: flowd.ReasonUnmapped}}, made...)
		}
		d.commit(state.Commitment{Event: ev.Key, Decisions: made})
	}
	picked := state.Filter{Subject: state.Events, Pick: func(t state.Told) bool {
		if t.Event.Application.Candidate.Email != "" || t.Facts.Application.Candidate.Email != "" {
			d.Error("it was shown the person")
		}
		for _, made := range t.Decisions {
			if made.Rule == "" || len(made.Actions) > 0 {
				d.Errorf("it was shown the decision %+v", made)
			}
		}
		if len(t.Decisions) != 2 || t.Decisions[0].Rule != "second" || t.Decisions[1].Verdict != flowd.Matched {
			d.Errorf("it was shown the decisions %+v", t.Decisions)
		}
		return t.Event.Type == flowd.StageEntered && t.Event.Application.ID >= "a2"
	}}
	ids := func(p state.Page) (out []string) {
		for _, t := range d.find(picked, p).Told {
			app := t.Facts.Application
			if app.Candidate.Email == "" || len(t.Facts.Invites) != 1 || len(t.Decisions) != 3 || len(t.Decisions[2].Actions) != 1 {
				d.Errorf("told is %+v", t)
			}
			out = append(out, app.ID)
		}
		return out
	}
	d.same("picked", ids(state.Page{}), []string{"a5", "a4", "a3", "a2"})
	d.same("the first", ids(state.Page{Limit: 2}), []string{"a5", "a4"})

	f := state.Filter{Subject: state.Events}
	whole := d.find(f, state.Page{})
	for n := 1; n < len(whole.Told); n++ {
		middle := d.find(f, state.Page{Limit: n}).Next
		above, below := d.find(f, state.Page{Until: middle}), d.find(f, state.Page{After: middle})
		d.same("until there", len(above.Told), n)
		d.same("and on from there", append(above.Told, below.Told...), whole.Told)
		if above.Next != "" {
			d.Errorf("it goes on after %q", above.Next)
		}
	}
	if _, err := d.store.Find(d.Context(), f, state.Page{Until: "?"}); err == nil {
		d.Fatal("a page until nowhere was found")
	}
	picked.Rule = "first"
	if _, err := d.store.Find(d.Context(), picked, state.Page{}); err == nil {
		d.Fatal("it was picked among what a rule narrows")
	}
}

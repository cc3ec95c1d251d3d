package statetest

import (
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

func findPages(d *desk) {
	for i := range 7 {
		d.promise(fmt.Sprint("a", i), "Video", "p1")
		d.pass(time.Second)
	}
	d.admit(d.move("left", "Video"))
	d.decide()
	for _, subject := range []state.Subject{state.Actions, state.Events} {
		f := state.Filter{Subject: subject}
		whole := d.find(f, state.Page{})
		d.same("next of the whole", whole.Next, "")
		for limit := 1; limit <= 9; limit++ {
			var joined state.Found
			for page, pages := (state.Page{Limit: limit}), 0; ; pages++ {
				found := d.find(f, page)
				if n := len(found.People); n > limit || n != len(found.Rows)+len(found.Told) {
					d.Fatalf("a page of %d has %d rows, %d events and %d people", limit, len(found.Rows), len(found.Told), n)
				}
				joined.Rows = append(joined.Rows, found.Rows...)
				joined.Told = append(joined.Told, found.Told...)
				joined.People = append(joined.People, found.People...)
				if page.After = found.Next; page.After == "" {
					break
				}
				if pages > 20 {
					d.Fatal("the pages do not end")
				}
			}
			d.same(fmt.Sprintf("%s by %d", subject, limit), joined, whole)
		}
	}
	rows := d.find(state.Filter{Subject: state.Actions}, state.Page{Limit: 3})
	d.same("newest first", []string{rows.Rows[0].Action.Application, rows.Rows[2].Action.Application}, []string{"a6", "a4"})
	d.same("people", rows.People[0], person("a6"))
	for _, bad := range []state.Page{{After: "?"}, {After: "0"}} {
		if _, err := d.store.Find(d.Context(), state.Filter{Subject: state.Actions}, bad); err == nil {
			d.Fatalf("a page after %q was found", bad.After)
		}
	}
	if _, err := d.store.Find(d.Context(), state.Filter{}, state.Page{}); err == nil {
		d.Fatal("a filter without a subject was taken")
	}
}

func findFilters(d *desk) {
	d.ended("done", flowd.Outcome{State: flowd.Done})
	d.ended("failed", flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonPerson})
	d.ended("gone", flowd.Outcome{State: flowd.Cancelled, Reason: flowd.ReasonLeftStage})
	d.ended("held", flowd.Outcome{State: flowd.Held, Reason: flowd.ReasonError})
	d.pass(time.Hour)
	ev := d.move("due", "Video")
	ev.Source = "second"
	ev.Application.Job = flowd.Job{ID: "job-2", Name: "Pilot"}
	d.admit(ev)
	a := invite(d.last().Event, "p1")
	a.Rule = "other"
	d.decide(a)

	for _, c := range []struct {
		f    state.Filter
		want []string
	}{
		{state.Filter{}, []string{"due", "held", "gone", "failed", "done"}},
		{state.Filter{States: []flowd.ActionState{flowd.Due}}, []string{"due"}},
		{state.Filter{States: []flowd.ActionState{flowd.Held, flowd.GivenUp, flowd.Due}}, []string{"due", "held", "failed"}},
		{state.Filter{States: []flowd.ActionState{flowd.Done, flowd.Cancelled}}, []string{"gone", "done"}},
		{state.Filter{States: []flowd.ActionState{flowd.Cancelled, flowd.Held}}, []string{"held", "gone"}},
		{state.Filter{Reasons: []flowd.Reason{flowd.ReasonPerson, flowd.ReasonLeftStage}}, []string{"gone", "failed"}},
		{state.Filter{Rule: "other"}, []string{"due"}},
		{state.Filter{Rule: "unknown"}, nil},
		{state.Filter{Rules: []string{"unknown", "other"}}, []string{"due"}},
		{state.Filter{Job: "job-2"}, []string{"due"}},
		{state.Filter{Job: "lighthouse keeper"}, []string{"held", "gone", "failed", "done"}},
		{state.Filter{Since: d.now}, []string{"due"}},
		{state.Filter{Since: d.now.Add(1)}, nil},
		{state.Filter{States: []flowd.ActionState{flowd.Held}, Rule: "other"}, nil},
	} {
		c.f.Subject = state.Actions
		var got []string
		for _, r := range d.find(c.f, state.Page{}).Rows {
			got = append(got, r.Action.Application)
		}
		d.same(fmt.Sprintf("%+v", c.f), got, c.want)
	}
	for _, c := range []struct {
		f    state.Filter
		want []string
	}{
		{state.Filter{}, []string{"due", "held", "gone", "failed", "done"}},
		{state.Filter{Source: "second"}, []string{"due"}},
		{state.Filter{Job: "Pilot"}, []string{"due"}},
		{state.Filter{Rule: "other"}, []string{"due"}},
		{state.Filter{Since: d.now}, []string{"due"}},
	} {
		c.f.Subject = state.Events
		var got []string
		for _, t := range d.find(c.f, state.Page{}).Told {
			got = append(got, t.Event.Application.ID)
		}
		d.same(fmt.Sprintf("%+v", c.f), got, c.want)
	}
}

func findLeft(d *desk) {
	leave := func(app string, reasons ...flowd.Reason) {
		d.pass(time.Minute)
		d.admit(d.move(app, fmt.Sprint("Video ", len(reasons))))
		key := d.last().Event.Key
		var made []flowd.Decision
		for i, r := range reasons {
			made = append(made, flowd.Decision{Event: key, Rule: fmt.Sprint("rule-", i), Verdict: flowd.Unmatched, Reason: r, Because: "words"})
		}
		d.commit(state.Commitment{Event: key, Decisions: made})
	}
	leave("a", flowd.ReasonNoRule)
	leave("a", flowd.ReasonCondition, flowd.ReasonUnless) // later: here it stands
	leave("b", flowd.ReasonUnless)
	d.promise("c", "Video", "p1")
	d.pass(time.Hour)
	leave("c", flowd.ReasonNoRule) // has a row, which says how it stands
	d.admit(d.move("d", "Video"))  // undecided
	repeated := d.move("b", "Video 1")
	d.admit(repeated) // no move
	d.commit(state.Commitment{Event: repeated.Key, Decisions: []flowd.Decision{{Event: repeated.Key, Verdict: flowd.Skipped, Reason: flowd.ReasonSameStage}}})
	ended := d.move("b", "Video")
	ended.Type = flowd.ApplicationRejected // not a move either
	d.admit(ended)
	d.commit(state.Commitment{Event: ended.Key, Decisions: []flowd.Decision{{Event: ended.Key, Verdict: flowd.Unmatched, Reason: flowd.ReasonNotTrigger}}})

	type entry struct {
		Application string
		Rules       int
	}
	entries := func(f state.Filter) (got []entry) {
		f.Subject = state.Left
		for _, t := range d.find(f, state.Page{}).Told {
			got = append(got, entry{t.Event.Application.ID, len(t.Decisions)})
		}
		return got
	}
	d.same("all", entries(state.Filter{}), []entry{{"b", 1}, {"a", 2}})
	d.same("by reason", entries(state.Filter{Reasons: []flowd.Reason{flowd.ReasonUnless}}), []entry{{"b", 1}, {"a", 1}})
	d.same("by rule", entries(state.Filter{Rule: "rule-1"}), []entry{{"a", 1}})
	d.same("of an earlier move", entries(state.Filter{Reasons: []flowd.Reason{flowd.ReasonNoRule}}), []entry(nil))
	d.same("people", d.find(state.Filter{Subject: state.Left}, state.Page{}).People[0], person("b"))
}

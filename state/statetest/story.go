package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func storyRefs(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done, Interview: flowd.Interview{ID: "int-1"}})
	d.promise("b", "Video", "p1")
	d.pass(time.Hour)
	d.admit(d.move("a", "Offer"))
	d.decide(waiting(d.last().Event, flowd.ReasonError))

	want := d.stories(state.Ref{Application: "a"})
	d.same("stories", len(want), 1)
	story := want[0]
	d.same("ats", story.ATS, system)
	d.same("person", story.Application.Candidate, person("a"))
	d.same("stage", story.Application.Stage, stage("Offer"))
	d.same("events, oldest first", types(story), []flowd.EventType{flowd.StageEntered, flowd.InterviewInvited, flowd.StageEntered})
	d.same("rows, oldest first", []flowd.ActionKind{story.Rows[0].Action.Kind, story.Rows[1].Action.Kind}, []flowd.ActionKind{flowd.ActionInvite, flowd.ActionDecide})
	d.same("what the event asked for", story.Events[0].Decisions[0].Actions, []flowd.Action{a})
	for _, r := range []state.Ref{
		{Email: "Rowan.a@example.com"}, {Email: " rowan.A@EXAMPLE.com"}, {Candidate: "c-a"}, {Event: a.Event}, {Interview: "int-1"},
		{Action: a.Key}, {ExternalID: a.Key.ExternalID()}, {Short: a.Key.Short()},
	} {
		d.same("story", d.stories(r), want)
	}
	for _, r := range []state.Ref{
		{}, {Email: "nobody@example.com"}, {Candidate: "x"}, {Application: "x"}, {Event: "x"}, {Interview: "x"}, {Action: "x"},
		{ExternalID: "flowd1-00000000000000000000000000000000"}, {ExternalID: "x"}, {Short: "00000000"}, {Short: "?"}, {Short: ""},
	} {
		d.same("nobody", len(d.stories(r)), 0)
	}
}

func storyCandidate(d *desk) {
	for _, app := range []string{"a2", "a1"} {
		ev := d.move(app, "Video")
		ev.Application.Candidate = person("one")
		d.admit(ev)
	}
	ids := func(r state.Ref) (got []string) {
		for _, s := range d.stories(r) {
			got = append(got, s.Application.ID)
		}
		return got
	}
	d.same("of a candidate", ids(state.Ref{Candidate: "c-one"}), []string{"a1", "a2"})
	d.same("of an address", ids(state.Ref{Email: person("one").Email}), []string{"a1", "a2"})

	// A new address replaces the old one, also as a way to find somebody.
	d.pass(time.Hour)
	ev := d.move("a1", "Offer")
	ev.Application.Candidate = flowd.Candidate{ID: "c-one", Email: "married@example.com"}
	d.admit(ev)
	d.same("by the old address", ids(state.Ref{Email: person("one").Email}), []string(nil))
	d.same("by the new one", ids(state.Ref{Email: "married@example.com"}), []string{"a1", "a2"})
	d.same("the name stays", d.stories(state.Ref{Application: "a2"})[0].Application.Candidate.FirstName, "Rowan")

	// The application turns out to be somebody else's: nothing of the one person
	// is taken for the other's.
	d.pass(time.Hour)
	ev = d.move("a1", "Trial")
	ev.Application.Candidate = flowd.Candidate{ID: "c-two", Email: "two@example.com"}
	d.admit(ev)
	d.same("of the first", ids(state.Ref{Candidate: "c-one"}), []string{"a2"})
	d.same("of the second", ids(state.Ref{Email: "two@example.com"}), []string{"a1"})
	d.same("person", d.stories(state.Ref{Application: "a1"})[0].Application.Candidate, flowd.Candidate{ID: "c-two", Email: "two@example.com"})

	// One without a candidate's id that gets one later is the same person.
	ev = d.move("b", "Video")
	ev.Application.Candidate = flowd.Candidate{Email: "b@example.com", FirstName: "Bo"}
	d.admit(ev)
	d.pass(time.Hour)
	ev = d.move("b", "Offer")
	ev.Application.Candidate = flowd.Candidate{ID: "c-b"}
	d.admit(ev)
	d.same("found by the id", ids(state.Ref{Candidate: "c-b"}), []string{"b"})
	d.same("and by the address", ids(state.Ref{Email: "b@example.com"}), []string{"b"})
	d.same("person", d.stories(state.Ref{Application: "b"})[0].Application.Candidate, flowd.Candidate{ID: "c-b", Email: "b@example.com", FirstName: "Bo"})
}

func storyFields(d *desk) {
	for _, shift := range []any{"day", nil, "night", []string{"dawn", "dusk"}, 3.5, true} {
		d.pass(time.Hour)
		ev := d.move("a", "Video "+d.now.Format(time.RFC3339))
		ev.Application.Fields = []flowd.Field{{Key: "shift", Name: "Shift", Type: "text", Value: shift}}
		ev.Application.URL = "https://ats.example.com/a"
		d.admit(ev)
	}
	d.pass(time.Hour)
	d.admit(d.move("a", "Silent")) // says nothing of the field
	var got []any
	for _, t := range d.stories(state.Ref{Application: "a"})[0].Events {
		got = append(got, t.Facts.Application.Fields[0].Value)
		d.same("url", t.Event.Application.URL, "https://ats.example.com/a")
	}
	d.same("of each day", got, []any{"day", nil, "night", []string{"dawn", "dusk"}, 3.5, true, true})
}

func counts(d *desk) {
	empty := state.Counts{
		States: map[flowd.ActionState]int{}, Reasons: map[flowd.ActionState]map[flowd.Reason]int{},
		Pending: map[string]map[flowd.ActionState]int{}, Applications: map[string]int{}, LastEvent: map[string]time.Time{},
		Words: map[flowd.Word]int{},
	}
	d.same("of an empty store", d.counts(), empty)
	due := d.promise("a", "Video", "p1")
	d.pass(time.Hour)
	d.ended2("b", "p1", flowd.Outcome{State: flowd.Done})
	d.ended2("c", "p1", flowd.Outcome{State: flowd.Held, Reason: flowd.ReasonError})
	d.ended2("e", "p1", flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonAnswered})
	d.ended2("f", "p1", flowd.Outcome{State: flowd.Cancelled, Reason: flowd.ReasonLeftStage})
	d.admit(d.move("g", "Video"), d.move("h", "Video"))
	last := d.now
	fields := []flowd.FieldSeen{
		{ATS: system, Name: "Shift", Type: "text", Day: "2026-03-02"}, {ATS: system, Name: "Boats", Type: "number", Day: "2026-03-02"},
		{ATS: system, Name: "Shift", Type: "text", Day: "2026-03-03"}, {ATS: system, Name: "Shift", Type: "text", Day: "2026-03-01"},
	}
	_, err := d.store.Admit(d.Context(), flowd.Batch{Source: "quiet", ATS: system, Fields: fields}, d.now.Add(time.Hour))
	d.ok(err)
	d.ok(d.store.Quarantine(d.Context(), state.Quarantined{Source: hook, At: d.now, Error: "no JSON"}))
	d.same("counts", d.counts(), state.Counts{
		Undecided: 2,
		States:    map[flowd.ActionState]int{flowd.Due: 1, flowd.Done: 1, flowd.Held: 1, flowd.NeedsPerson: 1, flowd.Cancelled: 1},
		Reasons: map[flowd.ActionState]map[flowd.Reason]int{
			flowd.Due: {flowd.ReasonNone: 1}, flowd.Held: {flowd.ReasonError: 1}, flowd.NeedsPerson: {flowd.ReasonAnswered: 1},
		},
		Pending:      map[string]map[flowd.ActionState]int{due.Rule: {flowd.Due: 1, flowd.Held: 1}},
		Applications: map[string]int{system: 7},
		LastEvent:    map[string]time.Time{hook: last},
		OldestDue:    Began,
		Quarantined:  1,
		Fields: []flowd.FieldSeen{
			{ATS: system, Name: "Boats", Type: "number", Day: "2026-03-02"}, {ATS: system, Name: "Shift", Type: "text", Day: "2026-03-03"},
		},
		SentHour: 1, SentDay: 1,
		Words: map[flowd.Word]int{flowd.WordWaiting: 1, flowd.WordInvited: 1, flowd.WordHeld: 2, flowd.WordNotInvited: 1},
	})
}

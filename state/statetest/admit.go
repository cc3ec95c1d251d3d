package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func admitOnce(d *desk) {
	first, second := d.move("a", "Video"), d.move("b", "Video")
	d.same("new", d.admit(first, second, first), state.Admitted{New: []string{first.Key, second.Key}, Duplicate: 1})
	d.pass(time.Hour)
	d.same("again", d.admit(second), state.Admitted{Duplicate: 1})
	d.same("undecided", keys(d.pending()), []string{first.Key, second.Key})
	d.decide()
	d.same("a repetition of a decided event", d.admit(second), state.Admitted{Duplicate: 1})
}

func admitWhole(d *desk) {
	bad := d.move("b", "Video")
	bad.Application.Fields = []flowd.Field{{Name: "Shift", Value: 7}} // not a float64
	b := flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{d.move("a", "Video"), bad}, Cursor: []byte("next")}
	if _, err := d.store.Admit(d.Context(), b, d.now); err == nil {
		d.Fatal("a field that cannot be kept was taken")
	}
	nameless := d.move("c", "Video")
	nameless.Key = ""
	b.Events[1] = nameless
	if _, err := d.store.Admit(d.Context(), b, d.now); err == nil {
		d.Fatal("an event without a key was taken")
	}
	d.same("undecided", len(d.pending()), 0)
	cursor, err := d.store.Cursor(d.Context(), hook)
	d.ok(err)
	d.same("cursor", cursor, []byte(nil))
	d.same("applications", d.counts().Applications, map[string]int{})
}

func admitOrder(d *desk) {
	early, other, late := d.move("a", "Phone"), d.move("b", "Phone"), d.move("a", "Video")
	early.At, late.At = d.now.Add(-2*time.Hour), d.now.Add(-time.Hour)
	other.At = d.now.Add(-3 * time.Hour)
	d.same("order", d.admit(late, other, early).New, []string{early.Key, other.Key, late.Key})
	d.same("from", d.last().Event.From, stage("Phone"))
	d.same("novelty", d.last().Facts.Novelty, flowd.Fresh)
}

func admitFills(d *desk) {
	first := d.move("a", "Phone")
	first.Application.Fields = []flowd.Field{{Key: "shift", Name: "Shift", Value: "night"}, {Key: "boats", Name: "Boats", Value: 2.0}}
	first.Application.Source = "Harbour fair"
	d.admit(first)
	d.pass(time.Hour)
	second := d.move("a", "Video")
	second.Source, second.ATS = "", "" // the batch says them
	second.Application = flowd.Application{ID: "a", Fields: []flowd.Field{{Key: "boats", Name: "Boats", Value: 3.0}}}
	d.admit(second)

	got := d.last()
	want := second
	want.Source, want.ATS = hook, system
	want.Received = d.now
	want.From = stage("Phone")
	want.Application = application("a")
	want.Application.Stage = stage("Video")
	want.Application.Source = "Harbour fair"
	want.Application.Fields = []flowd.Field{{Key: "shift", Name: "Shift", Value: "night"}, {Key: "boats", Name: "Boats", Value: 3.0}}
	d.same("event", got.Event, want)
	d.same("facts", got.Facts, flowd.Facts{Application: want.Application, Previous: stage("Phone")})

	d.pass(time.Hour)
	third := d.move("a", "Offer")
	third.From = stage("Elsewhere")
	d.admit(third)
	d.same("a stage left that the source named", d.last().Event.From, stage("Elsewhere"))
	d.same("the stage that was known", d.last().Facts.Previous, stage("Video"))
}

func admitShares(d *desk) {
	d.admit(d.move("a", "Phone"))
	d.pass(time.Hour)
	ev := d.move("a", "Video")
	_, err := d.store.Admit(d.Context(), flowd.Batch{Source: poll, ATS: system, Events: []flowd.Event{ev}}, d.now)
	d.ok(err)
	d.same("from", d.last().Event.From, stage("Phone"))

	ev = d.move("a", "Video")
	ev.ATS = "another"
	_, err = d.store.Admit(d.Context(), flowd.Batch{Source: "else", ATS: "another", Events: []flowd.Event{ev}}, d.now)
	d.ok(err)
	d.same("another system's application of the same id", d.last().Event.From, flowd.Stage{})
	d.same("applications", d.counts().Applications, map[string]int{system: 1, "another": 1})
}

func admitCursor(d *desk) {
	cursor := func() []byte {
		c, err := d.store.Cursor(d.Context(), poll)
		d.ok(err)
		return c
	}
	d.same("before", cursor(), []byte(nil))
	for _, step := range []struct{ given, want []byte }{{[]byte("p1"), []byte("p1")}, {nil, []byte("p1")}, {[]byte{}, []byte{}}, {[]byte("p2"), []byte("p2")}} {
		_, err := d.store.Admit(d.Context(), flowd.Batch{Source: poll, ATS: system, Cursor: step.given}, d.now)
		d.ok(err)
		d.same("cursor", cursor(), step.want)
	}
}

// A refusal to be written to is not lifted by silence, nor by an address alone
// where the ATS said not to write; it is by the opposite.
func admitContact(d *desk) {
	say := func(c flowd.Candidate, why flowd.Reason) flowd.Reason {
		d.pass(time.Hour)
		ev := d.move("a", "Phone")
		ev.Application.Candidate, ev.Application.NoContact = c, why
		d.admit(ev)
		return d.last().Facts.Application.NoContact
	}
	refused := flowd.Candidate{ID: "c-a", Email: "rowan@example.com", CanEmail: ref(false)}
	d.same("refused", say(refused, flowd.ReasonCannotEmail), flowd.ReasonCannotEmail)
	d.same("silence", say(flowd.Candidate{ID: "c-a"}, ""), flowd.ReasonCannotEmail)
	d.same("an address", say(flowd.Candidate{ID: "c-a", Email: "rowan@example.com"}, ""), flowd.ReasonCannotEmail)
	d.same("allowed", say(flowd.Candidate{ID: "c-a", CanEmail: ref(true)}, ""), flowd.ReasonNone)
	d.same("no address", say(flowd.Candidate{ID: "c-a"}, flowd.ReasonNoEmail), flowd.ReasonNoEmail)
	d.same("an address after all", say(flowd.Candidate{ID: "c-a", Email: "rowan@example.com"}, ""), flowd.ReasonNone)
}

func undecided(d *desk) {
	first, second := d.move("a", "Video"), d.move("b", "Video")
	d.admit(first, second)
	one, err := d.store.Undecided(d.Context(), 1)
	d.ok(err)
	d.same("the oldest", keys(one), []string{first.Key})
	none, err := d.store.Undecided(d.Context(), 0)
	d.ok(err)
	d.same("none", len(none), 0)
	d.same("still there", keys(d.pending()), []string{first.Key, second.Key})
	d.commit(state.Commitment{Event: first.Key})
	d.same("the other", keys(d.pending()), []string{second.Key})
	d.same("with its person", d.pending()[0].Event.Application.Candidate, person("b"))
}

func contextEnded(d *desk) {
	_, err := d.store.Admit(ended(), flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{d.move("a", "Video")}}, d.now)
	if err == nil {
		d.Fatal("an ended context was let through")
	}
	d.same("undecided", len(d.pending()), 0)
}

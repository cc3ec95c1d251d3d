package statetest

import (
	"bytes"
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

func shelf(d *desk) {
	_, err := d.store.Document(d.Context(), "catalogue", "default")
	d.is(err, state.ErrNotFound)
	first := state.Document{Kind: "rules", ID: "b", At: d.now, Body: []byte("one")}
	for _, doc := range []state.Document{first, {Kind: "rules", ID: "a", At: d.now, Body: []byte("two")}, {Kind: "rule", ID: "sb", At: d.now, Body: []byte("three")}} {
		d.ok(d.store.Keep(d.Context(), doc))
	}
	got, err := d.store.Document(d.Context(), "rules", "b")
	d.ok(err)
	d.same("document", got, first)
	all, err := d.store.Documents(d.Context(), "rules")
	d.ok(err)
	d.same("of a kind, by id", []string{all[0].ID, all[1].ID, fmt.Sprint(len(all))}, []string{"a", "b", "2"})
	first.Body, first.At = []byte("newer"), d.now.Add(time.Hour)
	d.ok(d.store.Keep(d.Context(), first))
	got, err = d.store.Document(d.Context(), "rules", "b")
	d.ok(err)
	d.same("replaced", got, first)
	none, err := d.store.Documents(d.Context(), "unknown")
	d.ok(err)
	d.same("none", len(none), 0)
	for range 2 { // what is not there is dropped, too
		d.ok(d.store.Drop(d.Context(), "rules", "b"))
	}
	_, err = d.store.Document(d.Context(), "rules", "b")
	d.is(err, state.ErrNotFound)
	for _, left := range [][2]string{{"rules", "a"}, {"rule", "sb"}} {
		_, err = d.store.Document(d.Context(), left[0], left[1])
		d.ok(err)
	}
	big := state.Document{Kind: "rules", ID: "big", Body: make([]byte, state.MaxDocument)}
	d.ok(d.store.Keep(d.Context(), big))
	big.Body = append(big.Body, 0)
	if d.store.Keep(d.Context(), big) == nil {
		d.Fatal("a document beyond the bound was kept")
	}
}

// inspector is the store's ability to show deliveries; without it the test has
// nothing to say.
func (d *desk) inspector() state.Inspector {
	i, able := d.store.(state.Inspector)
	if !able {
		d.Skip("the store keeps no deliveries for inspection")
	}
	return i
}

func quarantine(d *desk) {
	in := d.inspector()
	body := bytes.Repeat([]byte("x"), state.MaxQuarantinedBody+10)
	d.ok(d.store.Quarantine(d.Context(), state.Quarantined{Source: hook, At: d.now, Error: "too long", Body: body}))
	all, err := in.Quarantined(d.Context(), 10)
	d.ok(err)
	d.same("cut", len(all[0].Body), state.MaxQuarantinedBody)
	body[0] = 'y'
	d.same("a copy", all[0].Body[0], byte('x'))

	for i := range state.MaxQuarantined + 5 {
		d.ok(d.store.Quarantine(d.Context(), state.Quarantined{Source: hook, At: d.now.Add(time.Duration(i)), Error: fmt.Sprint(i), Body: []byte{1}}))
	}
	d.same("counted", d.counts().Quarantined, state.MaxQuarantined)
	all, err = in.Quarantined(d.Context(), 2*state.MaxQuarantined)
	d.ok(err)
	d.same("kept", len(all), state.MaxQuarantined)
	d.same("newest", all[0], state.Quarantined{Source: hook, At: d.now.Add(state.MaxQuarantined + 4), Error: fmt.Sprint(state.MaxQuarantined + 4), Body: []byte{1}})
	d.same("oldest", all[len(all)-1].Error, "5")

	large := bytes.Repeat([]byte("z"), state.MaxQuarantinedBody)
	for i := range state.MaxQuarantinedBytes/state.MaxQuarantinedBody + 1 {
		d.ok(d.store.Quarantine(d.Context(), state.Quarantined{Source: hook, At: d.now.Add(time.Hour + time.Duration(i)), Body: large}))
	}
	d.same("bounded in bytes", d.counts().Quarantined, state.MaxQuarantinedBytes/state.MaxQuarantinedBody)
}

func rawBodies(d *desk) {
	in := d.inspector()
	admit := func(app string) flowd.Event {
		ev := d.move(app, "Video")
		_, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{ev}, Raw: []byte(app)}, d.now)
		d.ok(err)
		return ev
	}
	a, b := admit("a"), admit("b")
	plain := d.move("c", "Video")
	d.admit(plain)
	body, err := in.Raw(d.Context(), a.Key)
	d.ok(err)
	d.same("raw", string(body), "a")
	for _, key := range []string{plain.Key, "unknown"} {
		_, err = in.Raw(d.Context(), key)
		d.is(err, state.ErrNotFound)
	}
	d.commit(state.Commitment{Event: a.Key, Forget: true})
	_, err = in.Raw(d.Context(), a.Key)
	d.is(err, state.ErrNotFound)
	_, err = in.Raw(d.Context(), b.Key)
	d.ok(err)
}

func prune(d *desk) {
	p, able := d.store.(state.Pruner)
	if !able {
		d.Skip("the store does not prune")
	}
	old := d.ended("old", flowd.Outcome{State: flowd.Done})
	failed := d.ended("failed", flowd.Outcome{State: flowd.GivenUp})
	d.admit(d.move("waits", "Video"))
	undecided := d.last().Event.Key
	replay := d.move("old", "Video")
	replay.Key = old.Event
	_, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Raw: []byte("raw")}, d.now)
	d.ok(err)
	d.ok(d.store.Quarantine(d.Context(), state.Quarantined{At: d.now}))
	d.pass(24 * time.Hour)
	fresh := d.promise("fresh", "Video", "p1")

	keep := state.Retention{Raw: 48 * time.Hour, Undecodable: 48 * time.Hour, Decisions: 48 * time.Hour}
	run := func(r state.Retention) state.Pruned {
		done, err := p.Prune(d.Context(), r, d.now)
		d.ok(err)
		return done
	}
	d.same("nothing is old enough", run(keep), state.Pruned{})
	d.pass(24*time.Hour + 1)
	d.same("what has no span stays", run(state.Retention{}), state.Pruned{})
	d.same("pruned", run(keep), state.Pruned{Raw: 1, Quarantined: 1, Events: 1})
	d.same("once", run(keep), state.Pruned{})
	d.same("quarantined", d.counts().Quarantined, 0)

	d.same("by its event", len(d.stories(state.Ref{Event: old.Event})), 0)
	story := d.stories(state.Ref{Application: "old"})[0]
	d.same("events", len(story.Events), 0)
	d.same("its row stays", story.Rows[0].State, flowd.Done)
	d.same("a repetition", d.admit(replay), state.Admitted{Duplicate: 1})
	d.same("undecided", keys(d.pending()), []string{undecided})
	d.same("what a person may release keeps its event", len(d.stories(state.Ref{Event: failed.Event})), 1)
	d.same("what is fresh", len(d.stories(state.Ref{Event: fresh.Event})), 1)
	d.pass(time.Hour)
	d.admit(d.move("old", "Offer"), d.move("old", "Video"))
	again := invite(d.last().Event, "p1")
	d.same("its key is held", d.decide(again).Taken, []state.Taken{{Action: again, By: old.Key}})
}

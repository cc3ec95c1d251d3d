package statetest

import (
	"testing"
	"time"

	"flowd"
	"flowd/state"
)

// Crash is a back end that outlives its process.
type Crash struct {
	// Open opens what lies in a folder, at a time, with this quiet span before
	// what an earlier process had under way is looked up.
	Open func(t *testing.T, dir string, settle time.Duration, now time.Time) state.Store
	// Kill ends a store as a power failure does, and returns a folder with what
	// the disk then holds.
	Kill func(t *testing.T, s state.Store) (dir string)
}

// quietSpan is the span that RunCrash opens with.
const quietSpan = 30 * time.Second

// RunCrash tests what is there after a power failure at each point of an
// action's way.
func RunCrash(t *testing.T, c Crash) {
	t.Helper()
	for _, p := range []struct {
		name string
		test func(d *desk, again func())
	}{
		{"after Admit", crashAdmitted},
		{"after Commit", crashCommitted},
		{"after Lease", crashLeased},
		{"after Settle", crashSettled},
		{"under a pause", crashPaused},
		{"twice", crashTwice},
		{"after a sighting", crashSighted},
		{"between steps", crashSteps},
		{"after an order that is given once", crashOnce},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			d := &desk{T: t, now: Began}
			d.store = c.Open(t, t.TempDir(), quietSpan, d.now)
			p.test(d, func() {
				d.Helper()
				d.store = c.Open(t, c.Kill(t, d.store), quietSpan, d.now)
			})
		})
	}
}

func crashAdmitted(d *desk, again func()) {
	ev := d.move("a", "Video")
	_, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Events: []flowd.Event{ev}, Cursor: []byte("next")}, d.now)
	d.ok(err)
	again()
	d.same("undecided", keys(d.pending()), []string{ev.Key})
	d.same("person", d.last().Event.Application.Candidate, person("a"))
	cursor, err := d.store.Cursor(d.Context(), hook)
	d.ok(err)
	d.same("cursor", cursor, []byte("next"))
	d.same("a redelivery", d.admit(ev), state.Admitted{Duplicate: 1})
}

func crashCommitted(d *desk, again func()) {
	a := d.promise("a", "Video", "p1")
	again()
	d.same("undecided", len(d.pending()), 0)
	l := d.leaseOne()
	d.same("action", l.Action, a)
	d.same("the first attempt", l.Attempt, 1)
}

// What was under way may have gone out: it is not looked up before the quiet
// span is over, and it is looked up then, whatever its lease says.
func crashLeased(d *desk, again func()) {
	a := d.promise("a", "Video", "p1")
	first := d.leaseOne()
	d.pass(time.Second)
	again()
	d.stands(a, flowd.Uncertain, flowd.ReasonLost)
	d.pass(quietSpan - 1)
	d.idle()
	d.pass(1)
	second := d.leaseOne()
	d.same("the second attempt", second.Attempt, 2)
	d.is(d.store.Settle(d.Context(), first, flowd.Outcome{State: flowd.Done}, d.now), state.ErrFenced)
	d.settle(second, flowd.Outcome{State: flowd.Done})
	d.stands(a, flowd.Done, flowd.ReasonNone)
}

func crashSettled(d *desk, again func()) {
	done := d.ended("a", flowd.Outcome{State: flowd.Done, Interview: flowd.Interview{ID: "int-1"}})
	later := d.ended("b", flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked, NotBefore: d.now.Add(time.Hour)})
	counted := d.counts()
	again()
	d.same("counts", d.counts(), counted)
	d.stands(done, flowd.Done, flowd.ReasonNone)
	d.stands(later, flowd.Uncertain, flowd.ReasonBeingChecked)
	d.pass(time.Hour)
	d.same("leased", d.leaseOne().Action.Key, later.Key)
	d.admit(d.move("a", "Offer"))
	other := invite(d.last().Event, "p1")
	d.same("the key is held", d.decide(other).Taken, []state.Taken{{Action: other, By: done.Key}})
}

func crashPaused(d *desk, again func()) {
	a := d.promise("a", "Video", "p1")
	before := d.pause(state.ScopeRule(a.Rule), state.Pause{By: "kim"})
	again()
	d.same("pauses", d.pause("", state.Pause{}), before)
	d.stands(a, flowd.Held, flowd.ReasonPaused)
	d.lift(state.ScopeRule(a.Rule))
	d.same("leased", d.leaseOne().Action.Key, a.Key)
}

func crashTwice(d *desk, again func()) {
	a := d.promise("a", "Video", "p1")
	d.leaseOne()
	again()
	d.pass(quietSpan)
	again() // the second start finds nothing of its own under way
	l := d.leaseOne()
	d.same("attempt", l.Attempt, 2)
	again()
	d.pass(quietSpan)
	d.same("attempt", d.leaseOne().Attempt, 3)
	d.same("counted", d.row(a.Key).Attempts, 1)
}

func crashSighted(d *desk, again func()) {
	a := d.invited("a", "int-1")
	d.decideAll()
	d.pass(time.Hour)
	d.sight(d.seen(answeredInterview("int-1")), d.seen(answeredInterview("int-9")))
	waits := keys(d.pending())
	again()
	d.same("undecided", keys(d.pending()), waits)
	d.same("row", d.row(a.Key).Interview.Answered, true)
	d.same("the sweep finds nothing new", d.sight(d.seen(answeredInterview("int-1")), d.seen(answeredInterview("int-9"))), state.Admitted{Unchanged: 2})
	d.same("whose it is", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), 1)
	d.ok(d.store.Tie(d.Context(), state.Tie{Interview: "int-9", ATS: system, Application: "a"}, d.now))
	again()
	d.ok(d.store.Tie(d.Context(), state.Tie{Interview: "int-9", ATS: system, Application: "a"}, d.now))
	d.same("retold once", len(d.pending()), len(waits)+2)
}

func crashOnce(d *desk, again func()) {
	g := state.Guard{Above: 0, Within: 10 * time.Minute}
	a := d.asks("a", g)
	batch := d.row(a.Key).Action.Batch
	yes := state.Amendment{Verb: state.Release, Select: state.Selection{Batch: batch}, By: "kim", Once: "link-1"}
	d.amend(yes)
	again()
	d.pass(time.Second)
	b := d.asks("b", g) // begins another: nobody of the first is held
	if other := d.row(b.Key).Action.Batch; other == batch || other == "" {
		d.Fatalf("batch %q after %q", other, batch)
	}
	yes.Select.Batch = d.row(b.Key).Action.Batch
	_, err := d.store.Amend(d.Context(), yes, d.now)
	d.is(err, state.ErrOnce)
	d.stands(a, flowd.Waiting, flowd.ReasonNone)
	d.stands(b, flowd.Held, flowd.ReasonApproval)
	doc, err := d.store.Document(d.Context(), state.Once, "link-1")
	d.ok(err)
	d.same("who", string(doc.Body), "kim")
	c := d.asks("c", g)
	again()
	d.same("joined", len(d.find(state.Filter{Subject: state.Actions, Batch: d.row(c.Key).Action.Batch}, state.Page{}).Rows), 2)
}

func crashSteps(d *desk, again func()) {
	d.invited("a", "int-1")
	ev := d.last().Event
	all := after(reaction(ev, flowd.ActionShare, "int-1"), reaction(ev, flowd.ActionNote, "n"))
	d.reacts(all...)
	again()
	d.stands(all[1], flowd.Blocked, flowd.ReasonNone)
	l := d.leaseOne()
	text := flowd.Rendered{Target: "t", Text: "words"}
	d.ok(d.store.Fill(d.Context(), l, text, d.now))
	again()
	d.pass(quietSpan)
	l = d.leaseOne()
	d.same("the text is as it was", l.Rendered, &text)
	d.same("it may have been written", l.Doubt, true)
	d.settle(l, flowd.Outcome{State: flowd.Done})
	again()
	d.same("the next step", d.leaseOne().Action.Key, all[1].Key)
}

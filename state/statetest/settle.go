package statetest

import (
	"fmt"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

func settleStates(d *desk) {
	interview := flowd.Interview{ID: "int-1", ExternalID: "flowd1-x", Position: flowd.Position{ID: "p1", Name: "Screening p1"},
		Status: flowd.InterviewPending, CreatedAt: d.now,
		PublicURL: "https://app.example.com/p/1", ShortURL: "https://s.example.com/1", PrivateURL: "https://admin.example.com/1"}
	for i, o := range []flowd.Outcome{
		{State: flowd.Done, Interview: interview, RequestID: "req-1"},
		{State: flowd.Shared, Reason: flowd.ReasonSharedWith, SharedWith: "other", Interview: interview},
		{State: flowd.NeedsPerson, Reason: flowd.ReasonAnswered, Detail: "answered on 2025-01-02", Interview: interview},
		{State: flowd.Would, Reason: flowd.ReasonShadow},
		{State: flowd.GivenUp, Reason: flowd.ReasonPerson, Detail: "the address is refused", RequestID: "req-2"},
		{State: flowd.Cancelled, Reason: flowd.ReasonNoLongerFits},
		{State: flowd.Held, Reason: flowd.ReasonError, Detail: "cannot be evaluated"},
	} {
		d.pass(time.Minute)
		a := d.promise(fmt.Sprint("a", i), "Video", "p1")
		promised := d.now
		l := d.leaseOne()
		d.pass(time.Second)
		d.settle(l, o)
		row := d.stands(a, o.State, o.Reason)
		d.same("row", row, state.Row{
			Action: a, State: o.State, Reason: o.Reason, Detail: o.Detail, Due: promised, Created: promised, Updated: d.now,
			Attempts: 1, Interview: o.Interview, RequestID: o.RequestID, SharedWith: o.SharedWith,
			Steps: []state.Step{{At: promised, State: flowd.Due},
				{At: d.now, State: o.State, Reason: o.Reason, Detail: o.Detail, RequestID: o.RequestID}},
		})
		d.idle()
		d.is(d.store.Settle(d.Context(), l, o, d.now), state.ErrFenced)
	}

	d.promise("z", "Video", "p1")
	l := d.leaseOne()
	for _, s := range []flowd.ActionState{flowd.Leased, flowd.Blocked, "", "invented"} {
		if err := d.store.Settle(d.Context(), l, flowd.Outcome{State: s}, d.now); err == nil {
			d.Fatalf("an attempt ended as %q", s)
		}
	}
	d.stands(l.Action, flowd.Leased, flowd.ReasonNone)
	l.Action.Key = "never promised"
	d.is(d.store.Settle(d.Context(), l, flowd.Outcome{State: flowd.Done}, d.now), state.ErrNotFound)
}

func settlePutsBack(d *desk) {
	for i, s := range []flowd.ActionState{flowd.Due, flowd.Waiting, flowd.Uncertain} {
		a := d.promise(fmt.Sprint("a", i), "Video", "p1")
		d.settle(d.leaseOne(), flowd.Outcome{State: s, Reason: flowd.ReasonRetry, NotBefore: d.now.Add(time.Hour)})
		d.stands(a, s, flowd.ReasonRetry)
		d.pass(time.Hour - 1)
		d.idle()
		d.pass(1)
		again := d.leaseOne()
		d.same("attempt", again.Attempt, 2)
		d.settle(again, flowd.Outcome{State: flowd.Done})
	}

	// Without a time it goes back to its place in the order.
	d.promise("x", "Video", "p1")
	d.pass(time.Second)
	d.promise("y", "Video", "p1")
	both := d.lease(10)
	d.same("order", applications(both), []string{"x", "y"})
	d.settle(both[1], flowd.Outcome{State: flowd.Due, Uncounted: true})
	d.settle(both[0], flowd.Outcome{State: flowd.Due, Uncounted: true})
	d.same("order", applications(d.lease(10)), []string{"x", "y"})
}

func settleUncounted(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Uncertain})
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Due, Uncounted: true})
	d.same("attempts", d.row(a.Key).Attempts, 1)
	third := d.leaseOne()
	d.same("looked up first all the same", third.Attempt, 3)
	d.same("counted", third.Counted, 2)
	d.settle(third, flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonGaveUp})
	d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{State: flowd.GivenUp}})
	fourth := d.leaseOne()
	d.same("a release begins to count anew", fourth.Counted, 1)
	d.same("and looks first", fourth.Attempt, 4)
}

func settleLate(d *desk) {
	a := d.promise("a", "Video", "p1")
	first := d.leaseOne()
	d.pass(time.Minute)
	second := d.leaseOne()
	d.pass(time.Second)
	o := flowd.Outcome{State: flowd.Done, Interview: flowd.Interview{ID: "int-1"}, RequestID: "req-9"}
	d.is(d.store.Settle(d.Context(), first, o, d.now), state.ErrFenced)
	row := d.stands(a, flowd.Leased, flowd.ReasonNone)
	d.same("interview", row.Interview, flowd.Interview{})
	note := row.Steps[len(row.Steps)-1]
	d.same("note", note, state.Step{At: d.now, State: flowd.Done, RequestID: "req-9", Detail: note.Detail})
	if note.Detail == "" {
		d.Fatal("the note does not say that it came late")
	}
	d.settle(second, o)
	d.stands(a, flowd.Done, flowd.ReasonNone)
	d.same("by interview", len(d.stories(state.Ref{Interview: "int-1"})), 1)

	// One that ran out but that nobody took meanwhile still tells the truth.
	b := d.promise("b", "Video", "p1")
	l := d.leaseOne()
	d.pass(time.Hour)
	d.settle(l, flowd.Outcome{State: flowd.Done})
	d.stands(b, flowd.Done, flowd.ReasonNone)
}

func settleReplaced(d *desk) {
	a := d.promise("a", "Video", "p1")
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Replaced, Reason: flowd.ReasonReplaced, Uncounted: true})
	d.stands(a, flowd.Replaced, flowd.ReasonReplaced)
	p := d.last()
	d.same("its event", p.Event.Key, a.Event)
	d.same("its rule", p.Only, a.Rule)
	_, err := d.store.Commit(d.Context(), state.Commitment{Event: a.Event}, d.now)
	d.is(err, state.ErrDecided) // for all rules it is
	other := invite(p.Event, "p2")
	done := d.commit(state.Commitment{Event: a.Event, Only: a.Rule, Decisions: decisions(a.Event, other)})
	d.same("promised", done.Promised, []flowd.IdempotencyKey{other.Key})
	d.same("undecided", len(d.pending()), 0)
	d.same("leased", d.leaseOne().Action.Key, other.Key)
}

func settleSteps(d *desk) {
	a := d.promise("a", "Video", "p1")
	for i := range 40 {
		d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Due, Detail: fmt.Sprint("try ", i)})
	}
	steps := d.row(a.Key).Steps
	d.same("number", len(steps), 20)
	d.same("the first", steps[0], state.Step{At: d.now, State: flowd.Due})
	d.same("the second", steps[1].Detail, "try 0")
	d.same("the newest", steps[19].Detail, "try 39")
	d.same("the one before", steps[18].Detail, "try 38")
	if !slices.IsSortedFunc(steps, func(a, b state.Step) int { return a.At.Compare(b.At) }) {
		d.Fatal("the steps are out of order")
	}
}

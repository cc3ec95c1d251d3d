package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

// reaction is what a rule asks for after an event.
func reaction(ev flowd.Event, kind flowd.ActionKind, target string) flowd.Action {
	a := invite(ev, "")
	a.Kind, a.Claims, a.Position, a.Generation = kind, nil, flowd.Position{}, 0
	a.Rule, a.Target, a.Interview = "after-video", target, ev.Interview.ID
	a.Key = flowd.ReactionKey(kind, ev.ATS, ev.Application.ID, target, ev.Key)
	return a
}

// after chains actions, each behind the one before it.
func after(actions ...flowd.Action) []flowd.Action {
	for i := 1; i < len(actions); i++ {
		actions[i].After, actions[i].Step = actions[i-1].Key, i
	}
	return actions
}

// reacts commits reactions on the newest event, as one decision.
func (d *desk) reacts(actions ...flowd.Action) state.Committed {
	d.Helper()
	key := d.last().Event.Key
	return d.commit(state.Commitment{Event: key, Decisions: []flowd.Decision{
		{Event: key, Rule: "after-video", RuleSet: "set-1", Verdict: flowd.Matched, Actions: actions}}})
}

func echoStatus(d *desk) {
	d.invited("a", "int-1")
	d.decideAll()
	d.pass(time.Hour)
	d.sight(d.seen(answeredInterview("int-1")))
	d.reacts(reaction(d.last().Event, flowd.ActionShortlist, "int-1"))
	l := d.leaseOne()
	d.pass(time.Second)
	echo := answeredInterview("int-1")
	echo.Status = flowd.InterviewShortlisted
	d.sight(d.seen(echo)) // before the call has come back
	d.same("while under way", d.last().Facts.Novelty, flowd.Own)
	d.decideAll()
	d.pass(time.Second)
	d.settle(l, flowd.Outcome{State: flowd.Done})
	d.pass(time.Second)
	d.same("afterwards", d.sight(d.seen(echo)), state.Admitted{Unchanged: 1})

	d.pass(time.Hour)
	d.sight(d.seen(answeredInterview("int-1")))
	d.same("what a recruiter does", d.last().Facts.Novelty, flowd.Fresh)
	d.reacts(reaction(d.last().Event, flowd.ActionDiscard, "int-1"))
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	echo.Status = flowd.InterviewDiscarded
	d.pass(time.Second)
	d.same("the echo after the answer", d.sight(d.seen(echo)), state.Admitted{Unchanged: 1})
	d.same("row", d.stories(state.Ref{Application: "a"})[0].Rows[0].Interview.Status, flowd.InterviewDiscarded)
}

func echoWithdraw(d *desk) {
	a := d.invited("a", "int-1")
	w := reaction(d.last().Event, flowd.ActionWithdraw, "")
	w.Key = flowd.WithdrawKey("int-1")
	d.reacts(w)
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	d.same("withdrawn", d.row(a.Key).Interview.Deleted, true)
	d.same("words", d.counts().Words, map[flowd.Word]int{flowd.WordWithdrawn: 1})
	gone := pendingInterview("int-1")
	gone.Deleted = true
	d.pass(time.Second)
	d.same("the echo", d.sight(d.seen(gone)), state.Admitted{Unchanged: 1})

	// What did not have to be done was not done.
	d.invited("b", "int-2")
	d.sight(d.seen(answeredInterview("int-2")))
	d.reacts(reaction(d.last().Event, flowd.ActionShortlist, "int-2"))
	d.settle(d.leaseOnly("b"), flowd.Outcome{State: flowd.Done, Reason: flowd.ReasonCondition})
	d.pass(time.Second)
	theirs := answeredInterview("int-2")
	theirs.Status = flowd.InterviewShortlisted
	d.sight(d.seen(theirs))
	d.same("a recruiter's", d.last().Facts.Novelty, flowd.Fresh)
}

func echoMove(d *desk) {
	d.invited("a", "int-1")
	m := reaction(d.last().Event, flowd.ActionMove, "${next}")
	d.reacts(m)
	l := d.leaseOne()
	d.ok(d.store.Fill(d.Context(), l, flowd.Rendered{Target: " phone "}, d.now))
	d.pass(time.Second)
	d.settle(l, flowd.Outcome{State: flowd.Done})
	d.pass(time.Second)
	d.admit(d.move("a", "Phone"))
	d.same("flowd's own move", d.last().Facts.Novelty, flowd.Own)
	d.same("is one", d.last().Facts.Application.Stage, stage("Phone"))
	d.pass(time.Hour)
	d.admit(d.move("a", "Video"))
	d.same("somebody else's", d.last().Facts.Novelty, flowd.Fresh)
	d.pass(time.Hour)
	d.admit(d.move("a", "Phone"))
	d.same("there once more, and not by flowd", d.last().Facts.Novelty, flowd.Fresh)
}

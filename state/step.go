package state

import (
	"time"

	"flowd"
)

// EndedWell tells whether what comes after an action may begin.
func EndedWell(s flowd.ActionState) bool {
	return s == flowd.Done || s == flowd.Shared || s == flowd.Would
}

// Follow brings a row in line with where the step before it stands (an empty
// state: there is none), and tells whether that changed the row.
func (e *Entry) Follow(step flowd.ActionState, pauses Pauses, now time.Time) bool {
	switch {
	case e.State != flowd.Blocked:
		return false
	case EndedWell(step):
		e.begin(pauses, now)
	case step == flowd.GivenUp, step == flowd.Cancelled, step == "":
		e.turn(flowd.Cancelled, flowd.ReasonStep, "", now)
	case step == flowd.Replaced:
		e.Again(now)
	default:
		return false
	}
	return true
}

// Resume blocks a row again that had ended with the step before it: that one was
// released.
func (e *Entry) Resume(now time.Time) bool {
	if e.State != flowd.Cancelled || e.Reason != flowd.ReasonStep {
		return false
	}
	e.turn(flowd.Blocked, flowd.ReasonNone, "", now)
	return true
}

// After tells whether the row waits, or waited, for another one.
func (e *Entry) After(step *Entry) bool {
	a, b := e.Action, step.Action
	return a.After != "" && a.After == b.Key && a.ATS == b.ATS && a.Application == b.Application
}

// begin makes the row due, or holds it where it is held first.
func (e *Entry) begin(pauses Pauses, now time.Time) {
	a := e.Action
	if a.HeldFirst || a.Kind == flowd.ActionDecide || a.Kind == flowd.ActionTie {
		e.turn(flowd.Held, a.Reason, a.Detail, now)
		return
	}
	e.owe(flowd.ReasonNone, "", pauses, now)
}

// Tied ends the row that stood for an untied interview.
func (e *Entry) Tied(t Tie, now time.Time) bool {
	if e.Action.Kind != flowd.ActionTie || !e.State.Owing() {
		return false
	}
	e.turn(flowd.Done, flowd.ReasonNone, t.Why, now)
	e.Steps[len(e.Steps)-1].By = t.By
	return true
}

// Forget ends what the row owes to somebody who was erased, so that neither an
// attempt that is under way nor a person's release writes of them once more. To
// take an interview back needs nobody's name, and an invite that may be out is
// still looked up.
func (e *Entry) Forget(now time.Time) bool {
	owed := e.Cancellable() || e.Action.Kind.Reaction() && e.Unsettled()
	if !owed || e.Action.Kind == flowd.ActionWithdraw {
		return false
	}
	e.turn(flowd.Cancelled, flowd.ReasonForgotten, "", now)
	return true
}

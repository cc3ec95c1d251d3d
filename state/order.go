package state

import (
	"fmt"
	"time"

	"flowd"
)

// Repark follows a change of one pause, and tells whether that changed the row.
func (e *Entry) Repark(scope Scope, before *Pause, after Pauses, now time.Time) bool {
	changed := before != nil && e.lift(*before, after, now)
	if p, ok := after.In(scope); ok && e.park(p, now) {
		changed = true
	}
	return changed
}

// park holds what a pause stops.
func (e *Entry) park(p Pause, now time.Time) bool {
	if e.State != flowd.Due && e.State != flowd.Waiting || !p.parks(e.Action) {
		return false
	}
	e.join(p)
	e.turn(flowd.Held, p.Reason, p.Detail, now)
	return true
}

// lift ends what a pause did to the row: it is due again at its old place, or
// stays held for another pause. Only what is held for the pause's own reason is
// touched, whether the pause held it or the attempt that brought the pause about.
func (e *Entry) lift(p Pause, rest Pauses, now time.Time) bool {
	if e.State != flowd.Held || e.Reason != p.Reason || !p.parks(e.Action) {
		return false
	}
	if other, ok := rest.Parks(e.Action); ok && other.Reason == e.Reason {
		return false
	}
	e.owe(flowd.ReasonNone, "", rest, now)
	return true
}

// Once is the kind of the documents by which a store knows the orders that are
// carried out a single time: their id is Amendment.Once, their body who gave it.
const Once = "once"

// Check refuses an order that is none.
func (a Amendment) Check() error {
	switch a.Verb {
	case Release, Cancel, Redecide:
		return nil
	}
	return fmt.Errorf("unknown order %q: one of %s, %s, %s", a.Verb, Release, Cancel, Redecide)
}

// Redecides tells whether the order makes the row's event undecided for its
// rule, which needs the event to be kept still.
func (e *Entry) Redecides(a Amendment) bool {
	switch a.Verb {
	case Release:
		return e.Action.Kind == flowd.ActionDecide && e.releasable()
	case Redecide:
		waits := e.State == flowd.Waiting && e.Action.After == ""
		return (e.State == flowd.Held || waits) && e.Sent.IsZero()
	}
	return false
}

// Amend carries out a person's order, and tells whether it changed the row.
func (e *Entry) Amend(a Amendment, pauses Pauses, now time.Time) bool {
	switch {
	case a.Verb == Cancel && (e.State == flowd.NeedsPerson || e.State == flowd.GivenUp || e.Cancellable()):
		reason := a.Reason
		if reason == "" {
			reason = flowd.ReasonByHand
		}
		e.turn(flowd.Cancelled, reason, a.Why, now)
	case e.Redecides(a):
		e.Again(now)
	case a.Verb == Release && e.releasable():
		if p, ok := pauses.Parks(e.Action); ok && e.State == flowd.Held && e.Reason == p.Reason {
			return false // a pause stands above an order about one row
		}
		if e.State == flowd.Due && !e.Due.After(now) {
			return false // it is
		}
		if e.State != flowd.Held || e.Reason != flowd.ReasonApproval { // a yes is to what the rule asked for, its time included
			e.Due = earlier(e.Due, Instant(now))
		}
		e.Attempts = 0
		e.owe(flowd.ReasonNone, "", pauses, now)
	default:
		return false
	}
	e.signed(a)
	return true
}

func (e *Entry) releasable() bool {
	if e.Action.Kind == flowd.ActionTie {
		return false // it is tied or cancelled
	}
	switch e.State {
	case flowd.Held, flowd.Waiting, flowd.Due, flowd.GivenUp, flowd.NeedsPerson:
		return true
	}
	return e.State == flowd.Cancelled && e.Reason == flowd.ReasonByHand
}

// signed puts who and why to the newest step.
func (e *Entry) signed(a Amendment) {
	s := &e.Steps[len(e.Steps)-1]
	s.By = a.By
	switch {
	case a.Why == "":
	case s.Detail == "":
		s.Detail = a.Why
	default:
		s.Detail += "; " + a.Why
	}
}

// Cancellable tells whether the row owes work and nothing can have been sent.
func (e *Entry) Cancellable() bool {
	switch e.State {
	case flowd.Blocked, flowd.Waiting, flowd.Held, flowd.Due:
		return true
	}
	return false
}

// Cancel ends the row for a cancellation, where nothing was sent and it was not
// made for the stage that the application moved to. What follows from an
// interview is still written.
func (e *Entry) Cancel(c Cancellation, now time.Time) bool {
	switch e.Action.Kind {
	case flowd.ActionInvite, flowd.ActionDecide, flowd.ActionTimer:
	default:
		return false
	}
	if !e.Cancellable() || !c.Except.IsZero() && e.Action.Stage.Same(c.Except) {
		return false
	}
	e.turn(flowd.Cancelled, c.Reason, c.Detail, now)
	return true
}

// Reconsiderable tells whether the row waits for what made an evaluation fail.
func (e *Entry) Reconsiderable() bool {
	return e.Action.Kind == flowd.ActionDecide && e.State == flowd.Held && e.Reason == flowd.ReasonError
}

// Again ends a row whose rule is to decide its event again.
func (e *Entry) Again(now time.Time) {
	e.turn(flowd.Replaced, flowd.ReasonReplaced, "decided again", now)
}

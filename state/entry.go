package state

import (
	"fmt"
	"slices"
	"time"

	"flowd"
)

// Entry is a row as back ends keep it. Its methods are the state machine of an
// action: pure, so that no two back ends can differ.
type Entry struct {
	Row
	// Promised is when the row was promised last: later than Created where a row
	// that had ended was promised anew.
	Promised time.Time
	// Leases counts every lease. It never goes back: whatever an outcome said, a
	// lease after the first looks before it sends.
	Leases int
	Fence  uint64
	Until  time.Time // of the lease
	// Doubt is what the row was leased in: whether the last attempt may have taken
	// effect. It is told with the lease and not kept.
	Doubt bool
	// Sent is when something went out, or may have: what the caps count.
	Sent time.Time
	// Followed tells that a row waits, or waited, for this one to end.
	Followed bool
}

const (
	maxSteps   = 20
	firstSteps = 5
)

// note adds a step, and drops one from the middle when there are too many.
func (e *Entry) note(s Step) {
	s.At = Instant(s.At)
	if len(e.Steps) == maxSteps {
		e.Steps = slices.Delete(e.Steps, firstSteps, firstSteps+1)
	}
	e.Steps = append(e.Steps, s)
	e.Updated = s.At
}

func (e *Entry) turn(to flowd.ActionState, reason flowd.Reason, detail string, now time.Time) {
	e.State, e.Reason, e.Detail = to, reason, detail
	e.note(Step{At: now, State: to, Reason: reason, Detail: detail})
}

// Promise makes the row of an action. An entry that was there under the same
// key is written over: its history and its count of leases stay. Step is where
// the action that a.After names stands, or empty where there is none.
func (e *Entry) Promise(a flowd.Action, step flowd.ActionState, pauses Pauses, now time.Time) {
	now = Instant(now)
	a.NotBefore = Instant(a.NotBefore)
	if e.Created.IsZero() {
		e.Created = now
	}
	e.Action, e.Promised = a, now
	e.Attempts, e.Interview, e.RequestID, e.SharedWith = 0, flowd.Interview{}, "", ""
	e.Due = now
	if a.NotBefore.After(now) {
		e.Due = a.NotBefore
	}
	if a.After == "" {
		e.begin(pauses, now)
		return
	}
	e.turn(flowd.Blocked, flowd.ReasonNone, "", now)
	e.Follow(step, pauses, now)
}

// owe makes the row due, waiting or, under a parked scope, held.
func (e *Entry) owe(reason flowd.Reason, detail string, pauses Pauses, now time.Time) {
	state := flowd.Due
	if e.Due.After(now) {
		state = flowd.Waiting
		if a := e.Action; reason == flowd.ReasonNone && a.Reason.Defers() && e.Due.Equal(a.NotBefore) {
			reason, detail = a.Reason, a.Detail
		}
	}
	if p, ok := pauses.Parks(e.Action); ok {
		state, reason, detail = flowd.Held, p.Reason, p.Detail
		e.join(p)
	}
	e.turn(state, reason, detail, now)
}

// Holds tells whether the row still holds its key and its claims. One that ended
// before anything was sent, because the world changed or the step before it did
// not end well, holds nothing.
func (e *Entry) Holds() bool {
	ended := e.State == flowd.Cancelled || e.State == flowd.Replaced
	return !ended || !e.Reason.Reopens() && e.Reason != flowd.ReasonStep
}

// Belongs puts the row under the candidate that its application is of now, and
// returns what it claims of them beside what it claimed of the one before: nobody
// is promised twice because two records of them became one.
func (e *Entry) Belongs(candidate string) (claims []flowd.Claim) {
	a := &e.Action
	was := flowd.PersonClaim(a.ATS, a.Candidate, a.Position.ID)
	is := flowd.PersonClaim(a.ATS, candidate, a.Position.ID)
	for _, c := range a.Claims {
		switch {
		case !e.Holds():
		case c == was:
			claims = append(claims, is)
		case c == flowd.ShadowClaim(was, a.Rule):
			claims = append(claims, flowd.ShadowClaim(is, a.Rule))
		}
	}
	a.Candidate = candidate
	return claims
}

// Queued tells whether the row is leased when its time comes.
func (e *Entry) Queued() bool {
	switch e.State {
	case flowd.Due, flowd.Waiting, flowd.Uncertain:
		return true
	}
	return false
}

// Unsettled tells whether the row owes work or waits for a person, so that an
// order can be about it.
func (e *Entry) Unsettled() bool {
	return e.State.Owing() || e.State == flowd.NeedsPerson || e.State == flowd.GivenUp ||
		e.State == flowd.Cancelled && e.Reason == flowd.ReasonByHand
}

// Explained tells whether rows of this state are counted by reason: those that
// owe work or want a person.
func (e *Entry) Explained() bool {
	return e.State.Owing() || e.State == flowd.NeedsPerson || e.State == flowd.GivenUp
}

// Lease claims the row.
func (e *Entry) Lease(fence uint64, span time.Duration, now time.Time) {
	e.Doubt = e.State == flowd.Uncertain
	e.State, e.Reason, e.Detail = flowd.Leased, flowd.ReasonNone, ""
	e.Fence, e.Until = fence, Instant(now.Add(span))
	e.Leases++
	e.Attempts++
	e.Updated = Instant(now)
	if e.Counts() {
		e.Sent = Instant(now)
	}
}

// Counts tells whether the caps are about the row: an invite that goes out.
func (e *Entry) Counts() bool { return e.invites() }

// Lose ends a lease that nobody settled: whether something went out is unknown,
// so it is looked up, from due on. It brings the row no nearer to being given up
// and makes it wait no longer: that the process ended is not the far side's doing.
func (e *Entry) Lose(due, now time.Time) {
	e.Due = Instant(due)
	e.Attempts = max(e.Attempts-1, 0)
	e.turn(flowd.Uncertain, flowd.ReasonLost, "the attempt was not brought to an end", now)
}

// Settle ends a lease with an outcome. A lease that was lost leaves a note and
// reports ErrFenced; an outcome that is none reports another error and changes
// nothing.
func (e *Entry) Settle(l Lease, o flowd.Outcome, pauses Pauses, now time.Time) error {
	if o.State == flowd.Leased || o.State == flowd.Blocked || !slices.Contains(flowd.ActionStates(), o.State) {
		return fmt.Errorf("an attempt cannot end as %q", o.State)
	}
	step := Step{At: now, State: o.State, Reason: o.Reason, Detail: o.Detail, RequestID: o.RequestID}
	if e.State != flowd.Leased || e.Fence != l.Fence {
		step.Detail = "came after the lease was lost: " + o.Detail
		e.note(step)
		return ErrFenced
	}
	if o.Uncounted {
		e.Attempts--
	}
	if o.RequestID != "" {
		e.RequestID = o.RequestID
	}
	if o.Interview != (flowd.Interview{}) {
		e.Interview = instants(o.Interview)
		if e.Action.Kind == flowd.ActionInvite && e.Interview.Position.ID == "" {
			e.Interview.Position = flowd.Position{ID: e.Action.Position.ID, Name: e.Action.Position.Name}
		}
	}
	e.SharedWith = o.SharedWith
	if o.State.Owing() && !o.NotBefore.IsZero() {
		e.Due = Instant(o.NotBefore)
	}
	if o.State == flowd.Due || o.State == flowd.Waiting {
		if p, ok := pauses.Parks(e.Action); ok {
			step.State, step.Reason = flowd.Held, p.Reason
			e.join(p)
		}
	}
	if !mayHaveBeenSent(o) {
		e.Sent = time.Time{}
	}
	e.State, e.Reason, e.Detail = step.State, step.Reason, step.Detail
	e.note(step)
	return nil
}

func mayHaveBeenSent(o flowd.Outcome) bool {
	switch o.State {
	case flowd.Done, flowd.Uncertain:
		return true
	case flowd.Would: // a dry run shows what the caps and limits would do, so that it counts
		return o.Reason == flowd.ReasonDryRun
	}
	return o.Reason == flowd.ReasonUnknownAnswer
}

// Leased is the lease as its taker gets it, but for what is known of the event
// and the application.
func (e *Entry) Leased(probe bool) Lease {
	return Lease{
		Action: e.Action, Attempt: e.Leases, Counted: e.Attempts, Fence: e.Fence, Deadline: e.Until,
		Probe: probe, Doubt: e.Doubt,
	}
}

// Bar puts off a row that is beyond the caps, and tells whether it may go. What
// may have been sent before stays uncertain: it is looked up when there is room.
func (e *Entry) Bar(b Barred, now time.Time) (mayGo bool) {
	switch {
	case b == Barred{}:
		return true
	case e.State == flowd.Uncertain:
	case b.Cap != "":
		e.turn(flowd.Held, flowd.ReasonCap, b.Cap, now)
	default:
		e.Due = Instant(b.Until)
		e.turn(flowd.Waiting, flowd.ReasonLimit, "this person was written to a short while ago", now)
	}
	return false
}

package engine

import (
	"context"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// afterward is policies for what follows an event: it concerns one application,
// and its faults stop nothing else but, at Hireflix, a refused key.
var afterward = map[fault.Kind]policy{
	fault.Invalid:      {state: flowd.GivenUp, reason: flowd.ReasonCannotWrite, remedy: "mend the rule or the source, then release it"},
	fault.NotFound:     {state: flowd.GivenUp, reason: flowd.ReasonGone, remedy: "release it when it is there again, or cancel it"},
	fault.NotReady:     {state: flowd.Due, reason: flowd.ReasonRetry, first: 5 * time.Minute, ceiling: time.Hour, attempts: 24},
	fault.Quota:        {state: flowd.Due, reason: flowd.ReasonRetry, first: time.Minute, ceiling: time.Hour, uncounted: true},
	fault.Unauthorized: {state: flowd.Due, reason: flowd.ReasonUnauthorized, first: time.Minute, ceiling: 15 * time.Minute, uncounted: true, remedy: "put a valid key with the needed rights in place"},
	fault.RateLimited:  {state: flowd.Due, reason: flowd.ReasonRetry, first: 2 * time.Second, ceiling: 5 * time.Minute, uncounted: true},
	fault.Unavailable:  {state: flowd.Due, reason: flowd.ReasonRetry, first: 2 * time.Second, ceiling: 15 * time.Minute, attempts: 40},
	fault.Uncertain:    {state: flowd.Uncertain, reason: flowd.ReasonBeingChecked, first: time.Second, ceiling: 15 * time.Minute},
	fault.Conflict:     {state: flowd.Cancelled, reason: flowd.ReasonMoved},
	fault.Unknown:      {state: flowd.NeedsPerson, reason: flowd.ReasonUnknownAnswer, remedy: "look before releasing it"},
	fault.Internal:     {state: flowd.Due, reason: flowd.ReasonRetry, first: 10 * time.Second, ceiling: 15 * time.Minute, attempts: 10},
}

// afterReaction turns a classified fault of a reaction into an outcome.
func (e *Engine) afterReaction(ctx context.Context, l state.Lease, err error) flowd.Outcome {
	kind := fault.KindOf(err)
	if l.Action.Kind.AtHireflix() && kind == fault.Unauthorized {
		return e.afterFault(ctx, l, err)
	}
	p := afterward[kind]
	if kind == fault.Conflict && l.Action.Kind == flowd.ActionWithdraw {
		p = policy{state: flowd.NeedsPerson, reason: flowd.ReasonAnsweredSince, remedy: "what has answers is never deleted"}
	}
	return e.consequence(l, p, kind, err)
}

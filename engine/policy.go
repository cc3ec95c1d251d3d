package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// policy is what becomes of an action after a fault of one kind.
type policy struct {
	state     flowd.ActionState
	reason    flowd.Reason
	first     time.Duration // the ceiling of the first delay; it doubles
	ceiling   time.Duration
	attempts  int  // given up after so many; 0 never
	uncounted bool // does not bring the action nearer to being given up
	stops     stop
	remedy    string // for a person: what to do
}

// stop is what a fault stops beside the action itself.
type stop int

const (
	stopsNothing stop = iota
	stopsPosition
	stopsAccount
)

// policies is the one table from kind of fault to consequence. A fault of the
// person fails that person; of the position holds the position; of the account
// stops the account; a passing one is repeated with full jitter.
var policies = map[fault.Kind]policy{
	fault.Invalid:      {state: flowd.GivenUp, reason: flowd.ReasonPerson, remedy: "correct it in the ATS, then release"},
	fault.NotFound:     {state: flowd.Held, reason: flowd.ReasonPosition, uncounted: true, stops: stopsPosition, remedy: "name another position in the rule"},
	fault.NotReady:     {state: flowd.Held, reason: flowd.ReasonPosition, uncounted: true, stops: stopsPosition, remedy: "it goes out by itself when the position opens"},
	fault.Quota:        {state: flowd.Due, reason: flowd.ReasonQuota, uncounted: true, stops: stopsAccount, remedy: "everything waits in its order"},
	fault.Unauthorized: {state: flowd.Due, reason: flowd.ReasonUnauthorized, uncounted: true, stops: stopsAccount, remedy: "put a valid key in place"},
	fault.RateLimited:  {state: flowd.Due, reason: flowd.ReasonRetry, first: 2 * time.Second, ceiling: 5 * time.Minute, uncounted: true},
	fault.Unavailable:  {state: flowd.Due, reason: flowd.ReasonRetry, first: 2 * time.Second, ceiling: 15 * time.Minute, attempts: 40},
	fault.Uncertain:    {state: flowd.Uncertain, reason: flowd.ReasonBeingChecked, first: time.Second, ceiling: 15 * time.Minute},
	fault.Conflict:     {state: flowd.Uncertain, reason: flowd.ReasonBeingChecked, first: 2 * time.Second, ceiling: 15 * time.Minute, attempts: 10},
	fault.Unknown:      {state: flowd.NeedsPerson, reason: flowd.ReasonUnknownAnswer, remedy: "look the candidate up in Hireflix before releasing"},
	fault.Internal:     {state: flowd.Due, reason: flowd.ReasonRetry, first: 10 * time.Second, ceiling: 15 * time.Minute, attempts: 10},
}

// asking is the pace of questions that failed: they change nothing, and what
// they are about must not wait long for an answer.
var asking = policy{first: 2 * time.Second, ceiling: time.Minute} //nolint:gochecknoglobals // a constant

// delay is the time before attempt+1: full jitter below a doubling ceiling, and
// not less than the far side's own wish, up to maxWish.
func (p policy) delay(attempt int, wish time.Duration) time.Duration {
	top := p.first
	for range min(attempt-1, 20) {
		if top *= 2; top >= p.ceiling {
			break
		}
	}
	top = min(top, p.ceiling)
	var d time.Duration
	if top > 0 {
		d = rand.N(top) //nolint:gosec // spreads retries; nothing depends on its being unguessable
	}
	return max(d, min(wish, maxWish))
}

// maxWish bounds what a Retry-After can put an action off by.
const maxWish = 6 * time.Hour

// afterFault turns a classified fault into an outcome, and stops what it has to.
func (e *Engine) afterFault(ctx context.Context, l state.Lease, err error) flowd.Outcome {
	kind := fault.KindOf(err)
	p := policies[kind]
	o := e.consequence(l, p, kind, err)
	now := time.Now()
	switch p.stops {
	case stopsPosition:
		e.stop(ctx, state.ScopePosition(l.Action.Position.ID), state.Pause{Reason: p.reason, Detail: o.Detail}, now)
	case stopsAccount:
		wish := min(fault.RetryAfter(err), maxWish)
		e.stop(ctx, state.ScopeAccount, state.Pause{Reason: p.reason, Detail: o.Detail, ProbeAt: now.Add(max(e.opts.QuotaProbe, wish))}, now)
		o.NotBefore = time.Time{} // in its order, as soon as the account goes on
	}
	return o
}

// consequence is the outcome that a policy asks for after a fault.
func (e *Engine) consequence(l state.Lease, p policy, kind fault.Kind, err error) flowd.Outcome {
	wish := fault.RetryAfter(err)
	o := flowd.Outcome{
		State: p.state, Reason: p.reason, Uncounted: p.uncounted, RequestID: requestID(err),
		Detail: inWords(p, err),
	}
	e.metrics.faults.WithLabelValues(string(kind)).Inc()
	now := time.Now()
	switch {
	case p.state == flowd.Uncertain:
		o.NotBefore = now.Add(max(e.opts.Settle, p.delay(l.Counted, wish)))
	case p.state == flowd.Due && p.attempts > 0 && l.Counted >= p.attempts:
		o.State, o.Reason = flowd.GivenUp, flowd.ReasonGaveUp
		o.Detail = strings.TrimPrefix(o.Detail+"; release it when the cause is mended", "; ")
	case p.state == flowd.Due && p.uncounted:
		o.NotBefore = now.Add(p.delay(l.Attempt, wish))
	case p.state == flowd.Due:
		o.NotBefore = now.Add(p.delay(l.Counted, wish))
	}
	return o
}

// inWords is what a person reads beside the reason: the far side's own words
// where it has some, and what to do.
func inWords(p policy, err error) string {
	var parts []string
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Text != "" {
		parts = append(parts, f.Text)
	}
	if p.remedy != "" {
		parts = append(parts, p.remedy)
	}
	return strings.Join(parts, "; ")
}

func requestID(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.RequestID
	}
	return ""
}

package engine

import (
	"context"
	"errors"
	"time"

	"flowd/state"
)

// dispatchLoop leases what is due and starts it, until ctx ends. It leases only
// what can start at once, so that no lease runs down in a queue.
func (e *Engine) dispatchLoop(ctx context.Context) {
	slots := make(chan struct{}, maxConcurrency)
	for ctx.Err() == nil {
		started, err := e.dispatchSome(ctx, slots, time.Now())
		pause := idle
		if err != nil && ctx.Err() == nil {
			e.log.Error().Err(err).Msg("cannot lease; trying again")
			pause = storeRetry
		} else {
			e.alive.Store(time.Now().Unix())
		}
		if started > 0 && err == nil {
			pause = e.untilToken()
		}
		e.sleep(ctx, e.dispatch, pause)
		e.sleep(ctx, nil, gather) // slots that become free together are filled by one lease
	}
}

// maxConcurrency bounds what a configuration may ask for.
const maxConcurrency = 256

// dispatchSome leases and starts what fits now.
func (e *Engine) dispatchSome(ctx context.Context, slots chan struct{}, now time.Time) (int, error) {
	if e.opts.Paused != nil && e.opts.Paused() {
		return 0, nil
	}
	t := e.tuning.Load()
	n := min(t.concurrency, maxConcurrency) - len(slots)
	if tokens := t.limiter.TokensAt(now); float64(n) > tokens {
		n = int(tokens)
	}
	if n <= 0 {
		return 0, nil
	}
	leases, err := e.opts.Store.Lease(ctx, state.LeaseRequest{
		Now: now, Max: n, For: e.opts.leaseFor(), Caps: t.safety.Caps, Limits: limits(e.set.Load()),
	})
	if err != nil {
		return 0, err
	}
	t.limiter.AllowN(now, len(leases))
	for _, l := range leases {
		slots <- struct{}{}
		e.inflight.Go(func() {
			defer func() { <-slots; wake(e.dispatch) }()
			e.carryOut(l)
		})
	}
	return len(leases), nil
}

// untilToken is how long until the pace allows the next start.
func (e *Engine) untilToken() time.Duration {
	l := e.tuning.Load().limiter
	if l.TokensAt(time.Now()) >= 1 {
		return 0
	}
	return min(idle, time.Duration(float64(time.Second)/float64(l.Limit())))
}

// carryOut attempts one leased action and settles it. It is bound to the lease,
// not to the loop's context: what has begun is brought to its end on a stop.
func (e *Engine) carryOut(l state.Lease) {
	ctx, cancel := context.WithDeadline(context.Background(), l.Deadline.Add(-clockSlack))
	defer cancel()
	begun := time.Now()
	outcome := e.attempt(ctx, l)
	e.metrics.attempted(l.Action, outcome, time.Since(begun))

	// Settling has its own deadline: the outcome is known and must not be lost
	// because the call used up the lease's time.
	settle, done := context.WithTimeout(context.Background(), settleTimeout)
	defer done()
	err := e.opts.Store.Settle(settle, l, outcome, time.Now())
	log := e.log.With().Object("action", actionForLog{l.Action}).Int("attempt", l.Attempt).
		Str("state", string(outcome.State)).Str("reason", string(outcome.Reason)).
		Str("interview", outcome.Interview.ID).Str("request", outcome.RequestID).Logger()
	switch {
	case errors.Is(err, state.ErrFenced):
		log.Warn().Msg("the lease ran out before the answer came; the row will be looked up")
	case err != nil:
		log.Error().Err(err).Msg("the outcome could not be stored; the row will be looked up")
	default:
		log.Info().Str("detail", outcome.Detail).Msg("action")
		e.passOn(settle, l, outcome)
	}
}

// settleTimeout bounds how long storing an outcome may take.
const settleTimeout = 10 * time.Second

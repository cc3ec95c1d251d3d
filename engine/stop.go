package engine

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/state"
)

// stop sets a pause. A failure to do so is logged and not fatal: the next call
// meets the same fault and tries again. A stop that a probe found to be in force
// still is no news: it keeps its time, and nobody is alerted again.
func (e *Engine) stop(ctx context.Context, scope state.Scope, p state.Pause, now time.Time) {
	p.Since = now
	all, err := e.opts.Store.Pause(ctx, state.PauseChange{}, now)
	old, known := state.Pauses(all).In(scope)
	if known = known && old.Reason == p.Reason; known {
		p.Since = old.Since
	}
	if err == nil {
		_, err = e.opts.Store.Pause(ctx, state.PauseChange{Scope: scope, Pause: p}, now)
	}
	if err != nil {
		e.log.Error().Err(err).Str("scope", string(scope)).Msg("cannot store a pause")
		return
	}
	level := zerolog.WarnLevel
	if known {
		level = zerolog.DebugLevel
	}
	e.log.WithLevel(level).Str("scope", string(scope)).Str("reason", string(p.Reason)).Str("detail", p.Detail).Msg("stopped")
}

// unpause lifts the account's stop after a probe that got an ordinary answer.
func (e *Engine) unpause(ctx context.Context, l state.Lease) {
	if !l.Probe {
		return
	}
	if _, err := e.opts.Store.Pause(ctx, state.PauseChange{Scope: state.ScopeAccount, Lift: true}, time.Now()); err != nil {
		e.log.Error().Err(err).Msg("cannot lift the account's stop; the next probe tries again")
		return
	}
	e.log.Info().Msg("Hireflix accepts invites again")
	wake(e.dispatch)
}

// passOn lets the next action probe at once where this one came to its end, or
// to its own queue, without telling anything of the account: it was cancelled
// before the call, say, or its address is refused.
func (e *Engine) passOn(ctx context.Context, l state.Lease, o flowd.Outcome) {
	if !l.Probe || o.State.Owing() && o.State != flowd.Held && o.State != flowd.Waiting {
		return
	}
	now := time.Now()
	all, err := e.opts.Store.Pause(ctx, state.PauseChange{}, now)
	p, stopped := state.Pauses(all).In(state.ScopeAccount)
	if err == nil && stopped {
		p.ProbeAt = now
		_, err = e.opts.Store.Pause(ctx, state.PauseChange{Scope: state.ScopeAccount, Pause: p}, now)
	}
	if err != nil {
		e.log.Error().Err(err).Msg("the account's next probe could not be brought forward")
	}
}

// stopped is what becomes of an action that was leased before somebody, or
// another action's answer, stopped it; nil when nothing stands against it. A
// look-up can take long, and nothing may go out behind a stop.
func (e *Engine) stopped(ctx context.Context, l state.Lease) *flowd.Outcome {
	back := func(reason flowd.Reason, detail string) *flowd.Outcome {
		return &flowd.Outcome{State: flowd.Due, Reason: reason, Detail: detail, Uncounted: true}
	}
	if e.opts.Paused != nil && e.opts.Paused() {
		return back(flowd.ReasonPaused, "")
	}
	now := time.Now()
	all, err := e.opts.Store.Pause(ctx, state.PauseChange{}, now)
	if err != nil {
		o := back(flowd.ReasonRetry, "the pauses cannot be read")
		o.NotBefore = now.Add(storeRetry)
		return o
	}
	pauses := state.Pauses(all)
	if p, ok := pauses.In(state.ScopeAll); ok {
		return back(p.Reason, p.Detail)
	}
	open, _ := pauses.Open(now)
	if p, ok := pauses.In(state.ScopeAccount); ok && !l.Probe && !open[state.LaneOf(l.Action.Kind)] {
		return back(p.Reason, p.Detail)
	}
	if p, ok := pauses.Parks(l.Action); ok {
		return back(p.Reason, p.Detail) // and held by Settle
	}
	return nil
}

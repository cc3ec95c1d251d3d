package engine

import (
	"context"
	"errors"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

const (
	decideBatch = 128             // events read at once
	idle        = time.Second     // how long a loop sleeps with nothing to do
	storeRetry  = 2 * time.Second // after a store that did not answer
)

// decideLoop decides what was admitted, in order, until ctx ends.
func (e *Engine) decideLoop(ctx context.Context) {
	for ctx.Err() == nil {
		pause := idle
		n, err := e.decideSome(ctx, time.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			e.log.Error().Err(err).Msg("cannot decide; trying again")
			pause = storeRetry
		case n > 0:
			wake(e.dispatch)
			continue
		}
		e.sleep(ctx, e.decide, pause)
	}
}

// decideSome decides one batch and returns how many it decided.
func (e *Engine) decideSome(ctx context.Context, now time.Time) (int, error) {
	pending, err := e.opts.Store.Undecided(ctx, decideBatch)
	if err != nil {
		return 0, err
	}
	decided := 0
	for _, p := range pending {
		set := e.set.Load()
		c := commitment(set, p, now)
		if !set.Bound() && unresolved(c.Decisions) {
			continue // the catalogue is not here yet; it wakes us when it is
		}
		committed, err := e.opts.Store.Commit(ctx, c, now)
		if errors.Is(err, state.ErrDecided) {
			continue
		}
		if err != nil {
			return decided, err
		}
		decided++
		e.note(p.Event, c, committed)
	}
	return decided, nil
}

// commitment is what an event's decision changes in the ledger.
func commitment(set *rules.Set, p state.Pending, now time.Time) state.Commitment {
	c := state.Commitment{Event: p.Event.Key, Only: p.Only, Forget: p.Event.Type.Erases()}
	if p.Only != "" {
		c.Decisions = DecideRule(set, p.Only, p.Event, p.Facts, now)
		return c
	}
	c.Reconsider = true
	c.Decisions = Decide(set, p.Event, p.Facts, now)
	switch {
	case p.Event.Type == flowd.JobClosed:
		c.Cancel = &state.Cancellation{Job: p.Event.Application.Job.ID, Reason: flowd.ReasonEnded, Detail: "the job was closed"}
	case p.Event.Type.Ends():
		c.Cancel = &state.Cancellation{Reason: flowd.ReasonEnded, Detail: endedInWords[p.Event.Type]}
	case p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh:
		c.Cancel = &state.Cancellation{Except: p.Event.Stage, Reason: flowd.ReasonLeftStage, Detail: "moved on before the invite went out"}
	}
	return c
}

var endedInWords = map[flowd.EventType]string{
	flowd.ApplicationRejected:   "the application was rejected",
	flowd.ApplicationWithdrawn:  "the application was withdrawn",
	flowd.ApplicationHired:      "the application ended in a hire",
	flowd.ApplicationMerged:     "the candidate was merged into another",
	flowd.ApplicationAnonymized: "the person was anonymised in the ATS",
	flowd.ApplicationDeleted:    "the application was deleted in the ATS",
}

// unresolved tells whether a decision waits only for the catalogue of positions.
func unresolved(decisions []flowd.Decision) bool {
	for _, d := range decisions {
		for _, a := range d.Actions {
			if a.Kind == flowd.ActionDecide && a.Reason == flowd.ReasonNoSuchPosition {
				return true
			}
		}
	}
	return false
}

func (e *Engine) note(ev flowd.Event, c state.Commitment, done state.Committed) {
	for _, d := range c.Decisions {
		e.metrics.decided(d)
		if d.Verdict == flowd.Failed {
			e.log.Warn().Str("event", ev.Key).Str("rule", d.Rule).Str("problem", d.Because).
				Msg("a condition could not be evaluated: held until the rule or the data changes")
		}
	}
	e.log.Debug().Str("event", ev.Key).Str("source", ev.Source).Str("type", string(ev.Type)).
		Str("application", ev.Application.ID).Int("promised", len(done.Promised)).Int("taken", len(done.Taken)).
		Int("cancelled", len(done.Cancelled)).Msg("decided")
}

// sleep waits for a wake-up, the pause or the end of ctx.
func (e *Engine) sleep(ctx context.Context, woken <-chan struct{}, pause time.Duration) {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-t.C:
	}
}

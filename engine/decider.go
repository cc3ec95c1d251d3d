package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

const (
	decideBatch    = 256              // events read at once
	decideFurthest = 64 * decideBatch // and where the first ones wait for a name
	decideWidth    = 64               // applications decided side by side, so that they share a commit
	// gather is how long a loop that was woken waits for more of the same: nobody
	// notices it in an invite, and every commit it spares is one that a sender
	// who waits for its 200 does not queue behind.
	gather     = 20 * time.Millisecond
	idle       = time.Second     // how long a loop sleeps with nothing to do
	storeRetry = 2 * time.Second // after a store that did not answer
)

// decideLoop decides what was admitted, in order, until ctx ends. It waits a
// moment after being woken: events that arrive together are then decided in one
// commit, and those who still deliver do not queue behind many small ones.
func (e *Engine) decideLoop(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := e.decideSome(ctx, time.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			e.log.Error().Err(err).Msg("cannot decide; trying again")
			e.sleep(ctx, nil, storeRetry)
			continue
		case n > 0:
			wake(e.dispatch)
		default:
			e.sleep(ctx, e.decide, idle)
		}
		e.sleep(ctx, nil, gather)
	}
}

// decideSome decides one batch and returns how many it decided. Events of one
// application are decided one after the other, in their order. Where all of a
// batch waits for the catalogue, it looks further: what needs no name must not
// queue behind it.
func (e *Engine) decideSome(ctx context.Context, now time.Time) (int, error) {
	var decided atomic.Int64
	for batch := decideBatch; ; batch *= 8 {
		pending, err := e.opts.Store.Undecided(ctx, batch)
		last := len(pending) < batch || batch >= decideFurthest
		for len(pending) > 0 && err == nil {
			n := beforeClosing(pending)
			err = e.decideBeside(ctx, pending[:n], now, &decided)
			pending = pending[n:]
		}
		if n := int(decided.Load()); n > 0 || last || err != nil {
			return n, err
		}
	}
}

// beforeClosing is how many events may be decided side by side. What closes a
// job concerns many applications: it is decided alone, after all before it.
func beforeClosing(pending []state.Pending) int {
	for i, p := range pending {
		if p.Event.Type == flowd.JobClosed {
			return max(i, 1)
		}
	}
	return len(pending)
}

func (e *Engine) decideBeside(ctx context.Context, pending []state.Pending, now time.Time, decided *atomic.Int64) error {
	queues := map[string][]state.Pending{}
	for _, p := range pending {
		of := p.Event.ATS + "\x00" + p.Facts.Application.ID
		queues[of] = append(queues[of], p)
	}
	side, ctx := errgroup.WithContext(ctx)
	side.SetLimit(decideWidth)
	for _, queue := range queues {
		side.Go(func() error {
			for _, p := range queue {
				if err := e.decideOne(ctx, p, now, decided); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return side.Wait()
}

func (e *Engine) decideOne(ctx context.Context, p state.Pending, now time.Time, decided *atomic.Int64) error {
	set := e.set.Load()
	p.Facts = e.marked(p.Facts)
	if err := e.before(ctx, p, now); err != nil {
		return err
	}
	c := e.commitment(set, p, now)
	if err := e.onlyRecorded(ctx, set, p, &c); err != nil {
		return err
	}
	tied, err := e.tie(ctx, set, p, now)
	if err != nil {
		return err
	}
	if tied != nil {
		c.Decisions = tied
	}
	if err := e.once(ctx, p.Event, c.Decisions); err != nil {
		return err
	}
	if !set.Bound() && unresolved(c.Decisions) {
		return nil // the catalogue is not here yet; it wakes us when it is
	}
	c.Guards = guards(set, c.Decisions)
	committed, err := e.opts.Store.Commit(ctx, c, now)
	switch {
	case errors.Is(err, state.ErrDecided):
		return nil
	case err != nil:
		return err
	}
	decided.Add(1)
	e.note(p.Event, c, committed)
	if serving := e.set.Load(); serving != set {
		// Other rules came while this was committed: what they would decide anew
		// was not there yet when they looked for it.
		if err := e.replan(ctx, set, serving, state.Selection{Application: p.Event.Application.ID}, now); err != nil {
			return err
		}
		return e.again(ctx, state.Selection{Application: p.Event.Application.ID}, now)
	}
	return nil
}

// onlyRecorded asks for nothing where a rule that is closing decides again what it
// recorded as a shadow: that was promised to nobody.
func (e *Engine) onlyRecorded(ctx context.Context, set *rules.Set, p state.Pending, c *state.Commitment) error {
	rule, ok := set.Rule(p.Only)
	if !ok || rule.Mode != rules.Closing {
		return nil
	}
	stories, err := e.opts.Store.Story(ctx, state.Ref{Event: p.Event.Key})
	if err != nil {
		return fmt.Errorf("look what a closing rule had promised: %w", err)
	}
	var last state.Row
	for _, s := range stories {
		for _, r := range s.Rows {
			if r.Action.Event == p.Event.Key && r.Action.Rule == p.Only && !r.Updated.Before(last.Updated) {
				last = r
			}
		}
	}
	if last.Action.Mode == flowd.Shadow {
		c.Decisions = []flowd.Decision{{Event: p.Event.Key, Rule: p.Only, RuleSet: set.Digest(), Verdict: flowd.Unmatched,
			Reason: flowd.ReasonClosing, Because: rule.Reason}}
	}
	return nil
}

// mended are the reasons for which other rules may decide otherwise: another
// condition, or another position. What is held for a person's choice stays.
var mended = []flowd.Reason{flowd.ReasonNoSuchPosition, flowd.ReasonError, flowd.ReasonPosition}

// again lets the selected rows that are held for one of those reasons be decided
// anew, with what is known now.
func (e *Engine) again(ctx context.Context, of state.Selection, now time.Time) error {
	of.State = flowd.Held
	for _, of.Reason = range mended {
		_, err := e.opts.Store.Amend(ctx, state.Amendment{Verb: state.Redecide, Select: of, Why: "the rules changed"}, now)
		if err != nil {
			return fmt.Errorf("decide again what is held under the old rules: %w", err)
		}
	}
	wake(e.decide)
	return nil
}

// commitment is what an event's decision changes in the ledger.
func (e *Engine) commitment(set *rules.Set, p state.Pending, now time.Time) state.Commitment {
	c := state.Commitment{Event: p.Event.Key, Only: p.Only, Forget: p.Event.Type.Erases()}
	if p.Only != "" {
		c.Decisions = DecideRule(set, p.Only, p.Event, p.Facts, now)
		return c
	}
	c.Reconsider = true
	c.Decisions = Decide(set, p.Event, p.Facts, now)
	if actions := e.tuning.Load().endings.follow(p.Event, p.Facts, now); len(actions) > 0 {
		c.Decisions = append(c.Decisions, flowd.Decision{Event: p.Event.Key, RuleSet: set.Digest(), Verdict: flowd.Matched,
			Reason: flowd.ReasonEnded, Actions: actions})
	}
	switch {
	case p.Event.Type == flowd.AlternativeOrdered:
		c.Cancel = &state.Cancellation{Reason: flowd.ReasonAlternative, Detail: "is interviewed in another way"}
	case p.Event.Type == flowd.JobClosed:
		c.Cancel = &state.Cancellation{Job: p.Event.Application.Job.ID, Reason: flowd.ReasonEnded, Detail: "the job was closed"}
	case p.Event.Type.Ends():
		c.Cancel = &state.Cancellation{Reason: flowd.ReasonEnded, Detail: endedInWords[p.Event.Type]}
	case p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh:
		c.Cancel = &state.Cancellation{Except: p.Event.Stage, Reason: flowd.ReasonLeftStage, Detail: "moved to " + cmp.Or(p.Event.Stage.Name, p.Event.Stage.ID)}
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
	for _, rule := range done.Flooded {
		e.log.Warn().Str("rule", rule).Msg("the rule asked for too many invites within an hour and paused itself: what it asks for is held")
	}
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

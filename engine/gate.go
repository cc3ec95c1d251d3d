package engine

import (
	"context"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// gate is what stands right before every call: the re-check of stage and
// conditions, the safety net, and what was stopped since the lease. It returns
// why the action must not go out, or nil. Nobody can switch it off.
func (e *Engine) gate(ctx context.Context, l state.Lease) *flowd.Outcome {
	if stop := e.recheck(ctx, l); stop != nil {
		return stop
	}
	safety, now := e.tuning.Load().safety, time.Now()
	if stop := safety.bar(l.Facts.Application.Candidate.Email, now); stop != nil {
		return stop
	}
	if stop := e.closed(l, now); stop != nil {
		return stop
	}
	if stop := safety.Quiet.bar(l.Facts.Application, now); stop != nil {
		return stop
	}
	return e.stopped(ctx, l)
}

// recheck tests again whether the person still stands in the stage and the rule
// still fits. It asks the source where it can and something put the action off;
// else it uses what was last known. It never waits for a source that cannot be
// asked.
func (e *Engine) recheck(ctx context.Context, l state.Lease) *flowd.Outcome {
	facts := l.Facts
	if f := e.opts.Fetchers[l.Action.Source]; f != nil && stale(l, time.Now()) {
		fresh, err := f.Fetch(ctx, l.Action.Application)
		switch {
		case fault.Is(err, fault.NotFound):
			return cancelled(flowd.ReasonEnded, "the application is gone from the ATS")
		case err != nil:
			return &flowd.Outcome{State: flowd.Due, Reason: flowd.ReasonRetry, Uncounted: true,
				Detail:    "the ATS could not be asked whether the candidate is still there",
				NotBefore: time.Now().Add(asking.delay(l.Attempt, fault.RetryAfter(err)))}
		}
		facts.Application = state.Merge(facts.Application, fresh)
		if !fresh.Stage.IsZero() {
			facts.Application.Stage = fresh.Stage
		}
	}
	facts = e.marked(facts)
	app := facts.Application
	facts.Novelty = flowd.Fresh // it was when it was decided
	switch {
	case app.ID == "":
		return cancelled(flowd.ReasonForgotten, "the person was erased")
	case l.Event.Type == flowd.InviteOrdered: // a person's: no stage and no condition to fit
		if stop := barred(facts); stop != "" {
			return cancelled(stop, "")
		}
		return nil
	case !app.Stage.IsZero() && !app.Stage.Same(l.Action.Stage):
		return cancelled(flowd.ReasonLeftStage, "moved to "+app.Stage.Name+" before the invite went out")
	}
	set := e.set.Load()
	ev := l.Event
	if ev.Type != flowd.StageEntered { // such as the return of an application
		ev.Type, ev.Stage = flowd.StageEntered, l.Action.Stage
	}
	answer, ok := set.EvaluateRule(l.Action.Rule, ev, facts, time.Now())
	switch stop := barred(facts); {
	case !ok || answer.Reason == flowd.ReasonDisabled:
		return cancelled(flowd.ReasonRuleGone, "its rule was removed or switched off before the invite went out")
	case answer.Verdict == flowd.Failed:
		// Nothing can be out: the decision itself is made again, and held like any
		// other that fails.
		return decidedAgain("the rule can no longer be evaluated: " + answer.Because)
	case answer.Verdict != flowd.Matched:
		return cancelled(flowd.ReasonNoLongerFits, answer.Because)
	case stop != "":
		return cancelled(stop, "")
	case answer.Position.ID != l.Action.Position.ID && set.Bound():
		return decidedAgain("another position fits now")
	}
	return nil
}

// stale tells whether what is known of a person may be out of date: the rule meant
// the invite for a later time, however soon that was, or it is long since the event
// came in. Who is sent on may have stood there before that.
func stale(l state.Lease, now time.Time) bool {
	return l.Event.Type == flowd.StageOrdered || l.Action.NotBefore.After(l.Event.Received) || now.Sub(l.Event.Received) > time.Minute
}

// marked are the facts with what the configuration says of the ATS's marks.
func (e *Engine) marked(facts flowd.Facts) flowd.Facts {
	facts.Application = e.tuning.Load().alternative.mark(facts.Application)
	return facts
}

func decidedAgain(why string) *flowd.Outcome {
	return &flowd.Outcome{State: flowd.Replaced, Reason: flowd.ReasonReplaced, Uncounted: true, Detail: why}
}

func cancelled(reason flowd.Reason, detail string) *flowd.Outcome {
	return &flowd.Outcome{State: flowd.Cancelled, Reason: reason, Detail: detail, Uncounted: true}
}

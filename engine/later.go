package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flowd"
	"flowd/internal/calendar"
	"flowd/rules"
	"flowd/state"
)

// Quiet are hours by the candidate's clock in which no invite goes out, whoever
// asks for it.
type Quiet struct {
	// Open is when invites may go out: the rest of the day. Its zone counts for
	// those whose own is not known; Theirs tells to look for that.
	Open   *calendar.Calendar
	Theirs bool
}

// bar returns until when an application's candidate is not written to, or nil.
func (q *Quiet) bar(app flowd.Application, now time.Time) *flowd.Outcome {
	if q == nil {
		return nil
	}
	open := q.Open
	if q.Theirs {
		open = open.In(rules.ZoneOf(app, open.Zone()))
	}
	if opens, ok := open.Opens(now); ok && opens.After(now) {
		return putOff(flowd.ReasonQuiet, "safety.quiet, by the clock of "+open.Zone().String(), opens)
	}
	return nil
}

// closed puts off what comes when the window of its rule has closed again, such as
// behind a stop or a fault. What a person let go before its time goes at once.
func (e *Engine) closed(l state.Lease, now time.Time) *flowd.Outcome {
	a := l.Action
	rule, ok := e.set.Load().Rule(a.Rule)
	if !ok || l.Event.Type.Ordered() && !l.Event.Type.Enters() || now.Before(a.NotBefore) {
		return nil
	}
	if opens := rule.Opens(l.Facts.Application, now); opens.After(now) {
		return putOff(flowd.ReasonWindow, "until the window "+rule.Window()+" opens", opens)
	}
	return nil
}

func putOff(reason flowd.Reason, detail string, until time.Time) *flowd.Outcome {
	return &flowd.Outcome{State: flowd.Waiting, Reason: reason, Detail: detail, NotBefore: until, Uncounted: true}
}

// replan follows a change of the rules with what waits among the selected rows: an
// unchanged rule keeps it, and so does one that is closing now; a changed one decides
// it again, one that is gone or switched off cancels it.
func (e *Engine) replan(ctx context.Context, old, set *rules.Set, of state.Selection, now time.Time) error {
	var changed, gone []string
	for _, was := range old.Rules() {
		switch is, ok := set.Rule(was.ID); {
		case !ok || is.Mode == rules.Disabled:
			gone = append(gone, was.ID)
		case !is.Keeps(was):
			changed = append(changed, was.ID)
		}
	}
	of.State = flowd.Waiting
	amend := func(a state.Amendment, of state.Selection, rules []string) error {
		if len(rules) == 0 {
			return nil
		}
		of.Rules, a.Select = rules, of
		rows, err := e.opts.Store.Amend(ctx, a, now)
		if err != nil {
			return fmt.Errorf("%s what waits under the old rules: %w", a.Verb, err)
		}
		if len(rows) > 0 {
			e.log.Info().Int("actions", len(rows)).Str("order", string(a.Verb)).Strs("rules", rules).Msg("the rules changed under what waits")
		}
		return nil
	}
	return errors.Join(
		amend(state.Amendment{Verb: state.Redecide, Why: "its rule changed"}, of, changed),
		amend(state.Amendment{Verb: state.Cancel, Reason: flowd.ReasonRuleGone, Why: "its rule was removed or switched off"}, of, gone),
	)
}

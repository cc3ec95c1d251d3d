package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/rules"
	"flowd/state"
)

// ErrCannotLook is what a driver's Find returns where nobody can tell whether an
// attempt took effect.
var ErrCannotLook = errors.New("nobody can tell whether it took effect")

// ErrTwice is ErrCannotLook where the attempt would also stand there twice,
// whatever its kind: a tag that is written as a note.
var ErrTwice = fmt.Errorf("%w, and it must not be done twice", ErrCannotLook)

// react carries out what follows an event: a write to the ATS, a change at
// Hireflix or a message. It goes out with the text that was stored for it, and
// what may have gone out already is looked up; where nobody can look, only what
// may be done twice is.
func (e *Engine) react(ctx context.Context, driver Driver, l state.Lease) flowd.Outcome {
	if driver == nil {
		return flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonCannotWrite, Detail: "nothing is configured for " + string(l.Action.Kind)}
	}
	if stop := e.pertinent(ctx, l); stop != nil {
		return *stop
	}
	a, stop := e.fill(ctx, l)
	if stop != nil {
		return *stop
	}
	if a.After == "" && !l.Doubt {
		if stop := e.closed(l, time.Now()); stop != nil {
			return *stop
		}
	}
	of := l.Facts.Application
	if l.Doubt {
		found, ok, err := e.find(ctx, driver, a, of)
		switch {
		case errors.Is(err, ErrTwice), errors.Is(err, ErrCannotLook) && !a.Kind.Repeatable():
			return flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonUnknownAnswer,
				Detail: "it may have been written, and nobody can be asked: look, then release it to write it (again) or cancel it"}
		case errors.Is(err, ErrCannotLook):
		case err != nil:
			return e.whileUnseen(l, err)
		case ok:
			return flowd.Outcome{State: flowd.Done, Reason: flowd.ReasonAdopted, Interview: found}
		}
	}
	if stop := e.stopped(ctx, l); stop != nil {
		return *stop
	}
	call, cancel := context.WithTimeout(ctx, e.opts.Timeout)
	defer cancel()
	outcome, err := driver.Perform(call, a, of)
	if err != nil {
		return e.afterReaction(ctx, l, err)
	}
	e.unpause(ctx, l)
	return outcome
}

// pertinent tests again, right before a reaction, whether it still is one.
func (e *Engine) pertinent(ctx context.Context, l state.Lease) *flowd.Outcome {
	a, app := l.Action, l.Facts.Application
	switch {
	case a.Kind == flowd.ActionWithdraw:
		if stop := e.ours(ctx, l); stop != nil {
			return stop
		}
		if back(l.Event) && active(app) && !a.NotBefore.IsZero() {
			return cancelled(flowd.ReasonEnded, "the application is open again")
		}
	case app.ID == "":
		return cancelled(flowd.ReasonForgotten, "the person was erased")
	case a.Kind == flowd.ActionMove && standsAt(app.Stage, l):
		return &flowd.Outcome{State: flowd.Done, Reason: flowd.ReasonAdopted, Detail: "stands there"}
	case a.Kind == flowd.ActionMove && !app.Stage.IsZero() && !a.Stage.IsZero() && !app.Stage.Same(a.Stage):
		return cancelled(flowd.ReasonMoved, "moved to "+app.Stage.Name+" meanwhile")
	}
	if a.Rule == "" {
		return nil
	}
	set, facts := e.set.Load(), e.marked(l.Facts)
	if rule, ok := set.Rule(a.Rule); !ok || rule.Mode == rules.Disabled {
		return cancelled(flowd.ReasonRuleGone, "its rule was removed or switched off before it was done")
	}
	if why := set.Overtaken(a.Rule, l.Event, facts); why != "" && a.After == "" {
		return cancelled(why, "what it waited for has come meanwhile")
	}
	fits, because, err := set.StepFits(a, l.Event, facts, time.Now())
	switch {
	case err != nil:
		return &flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonError, Detail: err.Error()}
	case !fits:
		// Nothing is to be done, and the steps behind it are not held up.
		return &flowd.Outcome{State: flowd.Done, Reason: flowd.ReasonCondition, Detail: because, Uncounted: true}
	}
	return nil
}

// standsAt tells whether the stage is the one that a move leads to, by its name
// or id: an earlier attempt may have taken effect, and the ATS told of it first.
func standsAt(s flowd.Stage, l state.Lease) bool {
	to := l.Action.Target
	if l.Rendered != nil {
		to = l.Rendered.Target
	}
	return !s.IsZero() && (s.ID == to || s.Same(flowd.Stage{Name: to}))
}

// back tells whether what the event ended can begin again without an event that
// says so: a merged application cannot.
func back(ev flowd.Event) bool {
	return ev.Type == flowd.ApplicationRejected || ev.Type == flowd.ApplicationWithdrawn || ev.Type == flowd.ApplicationHired
}

// reopenedSince tells whether an application came back after its job was closed:
// the end of a job reaches each of its applications a little later.
func reopenedSince(s state.Story, closed flowd.Event) bool {
	return closed.Type == flowd.WithdrawOrdered && closed.Order.By == "" && slices.ContainsFunc(s.Events, func(t state.Told) bool {
		return t.Event.Type == flowd.ApplicationReopened && t.Event.Time().After(closed.Time())
	})
}

// ours is the one guard of the one deletion: only an interview that flowd made
// for this application, and that no other application shares, is taken back.
func (e *Engine) ours(ctx context.Context, l state.Lease) *flowd.Outcome {
	stories, err := e.opts.Store.Story(ctx, state.Ref{Interview: l.Action.Interview})
	if err != nil {
		return &flowd.Outcome{State: flowd.Due, Reason: flowd.ReasonRetry, Uncounted: true, NotBefore: time.Now().Add(storeRetry),
			Detail: "the ledger could not be asked whose interview this is"}
	}
	mine := false
	for _, s := range stories {
		if s.ATS == l.Action.ATS && s.Application.ID == l.Action.Application && reopenedSince(s, l.Event) {
			return cancelled(flowd.ReasonEnded, "the application is open again")
		}
		for _, r := range s.Rows {
			if r.Interview.ID != l.Action.Interview || r.Action.Kind != flowd.ActionInvite || r.Action.Mode == flowd.Shadow {
				continue
			}
			same := s.ATS == l.Action.ATS && s.Application.ID == l.Action.Application
			switch {
			case r.Interview.Deleted:
				return &flowd.Outcome{State: flowd.Done, Reason: flowd.ReasonAdopted, Detail: "it is not there any more"}
			case r.Interview.Answered:
				return &flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonAnsweredSince, Detail: "what has answers is never deleted"}
			case same && r.State == flowd.Done:
				mine = true
			}
		}
	}
	for _, s := range stories { // whether it was shared, or tied to them by hand
		if id := s.Application.ID; s.ATS != flowd.Untied && active(s.Application) && (s.ATS != l.Action.ATS || id != l.Action.Application) {
			return &flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonSharedWith, Detail: "application " + id + " has the same interview"}
		}
	}
	if !mine {
		return &flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonSomeoneElse, Detail: "flowd did not make this interview"}
	}
	return nil
}

func active(a flowd.Application) bool { return a.Status == "" || a.Status == flowd.StatusActive }

// fill returns the action with its text. The first attempt renders and stores
// it, so that whatever is sent again is the same.
func (e *Engine) fill(ctx context.Context, l state.Lease) (flowd.Action, *flowd.Outcome) {
	a := l.Action
	if l.Rendered != nil {
		a.Target, a.Text = l.Rendered.Target, l.Rendered.Text
		return a, nil
	}
	var links rules.Links
	if e.opts.Links != nil {
		links = e.opts.Links(ctx, l)
	}
	set, facts, now := e.set.Load(), e.marked(l.Facts), time.Now()
	if err := e.measure(ctx, &l); err != nil {
		return a, e.unfilled(ctx, l, err)
	}
	for _, text := range []*string{&a.Target, &a.Text} {
		filled, err := set.Render(*text, l.Event, facts, links, now)
		if err != nil {
			return a, e.unfilled(ctx, l, err)
		}
		*text = filled
	}
	if err := addressee(l.Action.Target, a, facts.Application.Candidate); err != nil {
		return a, e.unfilled(ctx, l, err)
	}
	if a.Kind == flowd.ActionNote {
		a.Text = signed(a, l.Event)
	}
	err := e.opts.Store.Fill(ctx, l, flowd.Rendered{Target: a.Target, Text: a.Text}, now)
	if err != nil {
		return a, &flowd.Outcome{State: flowd.Due, Reason: flowd.ReasonRetry, Uncounted: true, NotBefore: now.Add(storeRetry),
			Detail: "its text could not be stored"}
	}
	return a, nil
}

// addressee refuses a message whose computed address is none, since a name would
// be taken for a channel's, or is the candidate's: flowd writes to colleagues.
func addressee(template string, a flowd.Action, c flowd.Candidate) error {
	switch {
	case a.Kind != flowd.ActionNotify || !strings.Contains(template, "${"):
		return nil
	case !strings.Contains(a.Target, "@"):
		return errors.New("what the message is to go to is no address")
	case state.Address(a.Target) == state.Address(c.Email):
		return errors.New("the message would go to the candidate")
	}
	return nil
}

// measure finds out how long the answers are where the text says it: no webhook
// and no listing tells.
func (e *Engine) measure(ctx context.Context, l *state.Lease) error {
	if e.opts.Long == nil || l.Event.Interview.Duration != 0 || !strings.Contains(l.Action.Target+l.Action.Text, "interview.duration") {
		return nil
	}
	long, err := e.opts.Long(ctx, l.Action.Interview)
	l.Event.Interview.Duration = long
	return err
}

// signed ends a note with its mark, by which it can be found again, and says of
// answers that were recorded anew that they are.
func signed(a flowd.Action, ev flowd.Event) string {
	text := strings.TrimSpace(a.Text)
	if ev.Type == flowd.InterviewFinished && ev.Interview.Again {
		text = "Recorded again, in place of the earlier answers. " + text
	}
	return text + "\n[flowd " + a.Key.Short() + "]"
}

// unfilled says what a text that cannot be filled in means: a value that comes
// later is waited for, one that is missing is for a person.
func (e *Engine) unfilled(ctx context.Context, l state.Lease, err error) *flowd.Outcome {
	if fault.KindOf(err) != fault.Internal {
		o := e.afterReaction(ctx, l, err)
		if o.State == flowd.Uncertain { // nothing was written: only asked
			o.State, o.Reason = flowd.Due, flowd.ReasonRetry
		}
		return &o
	}
	return &flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonTemplate, Detail: err.Error() + "; mend the rule, then release it"}
}

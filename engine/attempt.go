package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// attempt carries a leased action out and says how it ended. Any attempt after
// the first looks before it sends: an earlier one may have taken effect. A panic
// below is an attempt without an answer: looked up, and no end of the daemon.
func (e *Engine) attempt(ctx context.Context, l state.Lease) (o flowd.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			// Its text may be anything, a person's data included.
			e.log.Error().Type("panic", p).Str("stack", string(debug.Stack())).Msg("an attempt failed: a fault of flowd")
			o = flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked, Detail: "a fault of flowd", NotBefore: time.Now().Add(e.opts.Settle)}
		}
	}()
	if l.Action.Kind == flowd.ActionTimer {
		return *decidedAgain("its time has come")
	}
	of := l.Facts.Application
	driver := e.driver(l.Action)
	if l.Action.Kind.Reaction() {
		return e.react(ctx, driver, l)
	}
	if l.Attempt > 1 {
		found, ok, err := e.inPlace(ctx, driver, l, of)
		switch {
		case err != nil:
			return e.whileUnseen(l, err)
		case ok:
			return e.adopt(ctx, l, found)
		}
	}
	if stop := e.gate(ctx, l); stop != nil {
		return *stop
	}
	call, cancel := context.WithTimeout(ctx, e.opts.Timeout)
	defer cancel()
	outcome, err := driver.Perform(call, l.Action, of)
	if err == nil {
		e.unpause(ctx, l)
		return outcome
	}
	if fault.Is(err, fault.Conflict) {
		e.unpause(ctx, l)
		return e.afterConflict(ctx, driver, l, of, err)
	}
	return e.afterFault(ctx, l, err)
}

// driver picks by the action's mode: dry runs and shadow rules are wiring, not
// conditions in the code that acts.
func (e *Engine) driver(a flowd.Action) Driver {
	if a.Mode == flowd.Shadow {
		return Recorder{Reason: flowd.ReasonShadow}
	}
	switch {
	case a.Kind.AtATS():
		return e.opts.Writer
	case a.Kind == flowd.ActionNotify:
		return e.opts.Notifier
	}
	return e.opts.Driver
}

func (e *Engine) find(ctx context.Context, d Driver, a flowd.Action, of flowd.Application) (flowd.Interview, bool, error) {
	call, cancel := context.WithTimeout(ctx, e.opts.Timeout)
	defer cancel()
	return d.Find(call, a, of)
}

// inPlace finds what stands in an invite's place. What was taken back is listed
// for a while longer, and is none: who is invited again must not be taken for
// invited because of it.
func (e *Engine) inPlace(ctx context.Context, d Driver, l state.Lease, of flowd.Application) (flowd.Interview, bool, error) {
	found, ok, err := e.find(ctx, d, l.Action, of)
	gone := slices.ContainsFunc(l.Facts.Invites, func(in flowd.Invite) bool {
		return in.Interview.ID == found.ID && in.Interview.Deleted
	})
	return found, ok && !gone, err
}

// whileUnseen keeps an action uncertain while looking fails: it is never sent
// again blindly.
func (e *Engine) whileUnseen(l state.Lease, err error) flowd.Outcome {
	return flowd.Outcome{
		State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked, RequestID: requestID(err), Uncounted: true,
		Detail:    "the look-up failed (" + string(fault.KindOf(err)) + "); looking again",
		NotBefore: time.Now().Add(max(e.opts.Settle, asking.delay(l.Attempt, fault.RetryAfter(err)))),
	}
}

// afterConflict looks for what stands in the way of an invite. Where Hireflix
// goes on saying that there is something and lists nothing, a person has to look.
func (e *Engine) afterConflict(ctx context.Context, d Driver, l state.Lease, of flowd.Application, cause error) flowd.Outcome {
	found, ok, err := e.inPlace(ctx, d, l, of)
	switch {
	case err != nil:
		return e.whileUnseen(l, err)
	case !ok && l.Counted >= policies[fault.Conflict].attempts:
		return flowd.Outcome{
			State: flowd.NeedsPerson, Reason: flowd.ReasonUnknownAnswer, RequestID: requestID(cause),
			Detail: "Hireflix says that this address is invited already and lists it nowhere; look the candidate up there",
		}
	case !ok:
		return flowd.Outcome{
			State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked, RequestID: requestID(cause),
			Detail:    "Hireflix says that this address is invited already, but does not list it yet; looking again",
			NotBefore: time.Now().Add(max(e.opts.Settle, policies[fault.Conflict].delay(l.Counted, 0))),
		}
	}
	return e.adopt(ctx, l, found)
}

// adopt says what an interview that stands in the invite's place means: ours
// for this application, ours for another one of the person, answered before, or
// somebody else's. Last year's recording is never passed off as this one's.
func (e *Engine) adopt(ctx context.Context, l state.Lease, found flowd.Interview) flowd.Outcome {
	for g := l.Action.Generation; g >= 1 && l.Action.Kind == flowd.ActionInvite; g-- {
		key := flowd.InviteKey(l.Action.ATS, l.Action.Application, l.Action.Position.ID, g)
		if found.ExternalID == key.ExternalID() {
			return flowd.Outcome{State: flowd.Done, Reason: flowd.ReasonAdopted, Interview: found}
		}
	}
	owner, err := e.ownerOf(ctx, found.ExternalID)
	if err != nil {
		return flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked,
			Detail: "the ledger could not be asked whose interview this is", NotBefore: time.Now().Add(e.opts.Settle)}
	}
	what := fmt.Sprintf("interview %s of %s, %s", found.ID, found.CreatedAt.UTC().Format(time.DateOnly), answered(found))
	switch {
	case owner != nil && !found.Answered:
		other := owner.Action.Application
		if owner.Action.ATS != l.Action.ATS {
			other += " of " + owner.Action.ATS // whose ids may be the same
		}
		return flowd.Outcome{State: flowd.Shared, Reason: flowd.ReasonSharedWith, Interview: found, SharedWith: owner.Action.Key,
			Detail: "the other is " + other}
	case found.Answered:
		return flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonAnswered, Interview: found,
			Detail: what + "; decide whether its answers count"}
	default:
		return flowd.Outcome{State: flowd.NeedsPerson, Reason: flowd.ReasonSomeoneElse, Interview: found,
			Detail: what}
	}
}

// ownerOf returns the row whose external id this is, or nil: only a key in the
// ledger is ours, whatever the id looks like.
func (e *Engine) ownerOf(ctx context.Context, externalID string) (*state.Row, error) {
	if externalID == "" {
		return nil, nil
	}
	stories, err := e.opts.Store.Story(ctx, state.Ref{ExternalID: externalID})
	if err != nil {
		return nil, err
	}
	for _, s := range stories {
		for i, r := range s.Rows {
			if r.Action.Key.ExternalID() == externalID {
				return &s.Rows[i], nil
			}
		}
	}
	return nil, nil
}

func answered(i flowd.Interview) string {
	if i.Answered {
		return "answered"
	}
	return "not answered"
}

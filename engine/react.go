package engine

import (
	"crypto/sha256"
	"encoding/hex"

	"flowd"
	"flowd/rules"
)

// reaction is what a matched reaction asks for: a row for each step, each behind
// the one before it. A timer whose time has not come is one row that waits.
func reaction(ev flowd.Event, facts flowd.Facts, a rules.Answer) (actions []flowd.Action, untied bool) {
	if !a.At.IsZero() {
		wait := action(ev, facts, a)
		wait.Kind, wait.Key, wait.NotBefore = flowd.ActionTimer, flowd.TimerKey(ev.Key, a.Rule.ID), a.At
		wait.Interview, wait.Reason, wait.Detail = about(ev, facts), a.Deferral, a.Deferred
		return []flowd.Action{shadowed(wait, a)}, false
	}
	var after flowd.IdempotencyKey
	for _, s := range a.Steps {
		if s.Kind.AtATS() && ev.ATS == flowd.Untied {
			untied = true
			continue
		}
		act := action(ev, facts, a)
		act.Kind, act.Target, act.Text = s.Kind, s.Target, s.Text
		act.Days, act.Personal, act.Step = s.Days, s.Personal, s.Index
		act.Interview = about(ev, facts)
		scope := ev.Key
		if a.Rule.OncePerInterview && act.Interview != "" {
			scope = act.Interview
		}
		act.Key = flowd.ReactionKey(s.Kind, ev.ATS, act.Application, target(s, act.Interview), scope)
		if s.Kind == flowd.ActionWithdraw {
			act.Key = flowd.WithdrawKey(act.Interview)
		}
		if s.Adverse {
			act.HeldFirst, act.Reason = true, flowd.ReasonAdverse
			act.Detail = "it ends somebody's application, and no person has decided that"
		}
		act = shadowed(act, a)
		if act.After, after = after, act.Key; act.After == "" {
			act.NotBefore = a.NotBefore // and what follows comes behind it
			if !act.HeldFirst {
				act.Reason, act.Detail = a.Deferral, a.Deferred
			}
		}
		actions = append(actions, act)
	}
	return actions, untied
}

// target is what a step is about: the tag, the field, the stage or the
// interview; for what is only said, the unrendered words.
func target(s rules.Step, interview string) string {
	switch s.Kind {
	case flowd.ActionTag, flowd.ActionField, flowd.ActionMove:
		return s.Target
	case flowd.ActionShare, flowd.ActionShortlist, flowd.ActionDiscard:
		return interview
	}
	sum := sha256.Sum256([]byte(s.Target + "\x00" + s.Text))
	return hex.EncodeToString(sum[:8])
}

// about is the interview that an event is about: its own, else the one of the
// application's newest invite.
func about(ev flowd.Event, facts flowd.Facts) string {
	if ev.Interview.ID != "" {
		return ev.Interview.ID
	}
	for i := len(facts.Invites) - 1; i >= 0; i-- {
		if id := facts.Invites[i].Interview.ID; id != "" {
			return id
		}
	}
	return ""
}

// shadowed keeps what a shadow rule records apart from what is done.
func shadowed(act flowd.Action, a rules.Answer) flowd.Action {
	if act.Mode != flowd.Shadow {
		return act
	}
	act.Key = flowd.ShadowKey(act.Key, a.Rule.ID)
	for i, c := range act.Claims {
		act.Claims[i] = flowd.ShadowClaim(c, a.Rule.ID)
	}
	return act
}

// settled is why no reaction follows an event, or "": what is no news is not
// answered.
func settled(facts flowd.Facts) flowd.Reason {
	switch facts.Novelty {
	case flowd.SameStage:
		return flowd.ReasonSameStage
	case flowd.Superseded:
		return flowd.ReasonSuperseded
	case flowd.Baseline:
		return flowd.ReasonBaseline
	case flowd.Stale:
		return flowd.ReasonStale
	case flowd.Own:
		return flowd.ReasonOwn
	}
	return ""
}

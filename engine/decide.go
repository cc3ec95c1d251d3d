package engine

import (
	"time"

	"flowd"
	"flowd/rules"
)

// Decide answers an event: every rule that looks at its stage, with a reason
// for each, and the actions that the matched ones ask for. It is pure: no
// clock, no I/O, no log; the same arguments give the same answer for ever, so
// that live runs, dry runs, tests and explanations share it.
func Decide(set *rules.Set, ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Decision {
	return decide(set, ev, facts, set.Evaluate(ev, facts, now))
}

// DecideRule is Decide for one rule alone (and the group it stands in): for a
// held decision that a person released or a reload mended. A conflict with
// another rule is then settled: this is the one that was chosen. It is about what the
// rule promised before, so that a closing one decides as if it were live.
func DecideRule(set *rules.Set, rule string, ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Decision {
	answer, ok := set.EvaluateRule(rule, ev, facts, now)
	if !ok {
		return []flowd.Decision{{Event: ev.Key, Rule: rule, RuleSet: set.Digest(), Verdict: flowd.Unmatched, Reason: flowd.ReasonRuleGone}}
	}
	return decide(set, ev, facts, []rules.Answer{answer})
}

func decide(set *rules.Set, ev flowd.Event, facts flowd.Facts, answers []rules.Answer) []flowd.Decision {
	alone := func(v flowd.Verdict, r flowd.Reason) []flowd.Decision {
		return []flowd.Decision{{Event: ev.Key, RuleSet: set.Digest(), Verdict: v, Reason: r}}
	}
	switch {
	case ev.Type.Ordered() && !ev.Type.Enters():
		return []flowd.Decision{byHand(set, ev, facts)}
	case len(answers) == 0 && !ev.Type.Enters():
		return alone(flowd.Unmatched, flowd.ReasonNotTrigger)
	case len(answers) == 0 && facts.Application.Job.ID == "" && facts.Application.Job.Name == "":
		return alone(flowd.Unmatched, flowd.ReasonNoJob)
	case len(answers) == 0:
		return alone(flowd.Unmatched, flowd.ReasonNoRule)
	}
	conflict, stop := conflicting(answers), barred(facts)
	out := make([]flowd.Decision, 0, len(answers))
	for _, a := range answers {
		d := flowd.Decision{
			Event: ev.Key, Rule: a.Rule.ID, RuleSet: set.Digest(),
			Verdict: a.Verdict, Reason: a.Reason, Because: a.Because,
		}
		switch {
		case a.Rule.Reaction:
			d = follow(d, ev, facts, a)
		case stop != "" && (a.Verdict == flowd.Matched || a.Verdict == flowd.Failed):
			d.Verdict, d.Reason, d.Because = flowd.Skipped, stop, ""
		case a.Verdict == flowd.Failed:
			d.Actions = []flowd.Action{later(ev, facts, a, flowd.ReasonError, a.Because)}
		case a.Verdict == flowd.Unmatched && a.Reason == flowd.ReasonUnmapped && a.Rule.HoldUnmapped && stop == "":
			d.Actions = []flowd.Action{later(ev, facts, a, flowd.ReasonUnmapped, "no row of the map fits this job")}
		case a.Verdict != flowd.Matched:
		case conflict && a.Rule.Mode == flowd.Live:
			d.Actions = []flowd.Action{later(ev, facts, a, flowd.ReasonConflict, "another rule invites to another position for the same move")}
		case a.Position.ID == "":
			d.Actions = []flowd.Action{later(ev, facts, a, flowd.ReasonNoSuchPosition, "Hireflix has no position named "+a.Position.Name)}
		default:
			d.Actions = []flowd.Action{invite(ev, facts, a)}
		}
		out = append(out, d)
	}
	return out
}

// follow is a reaction's answer.
func follow(d flowd.Decision, ev flowd.Event, facts flowd.Facts, a rules.Answer) flowd.Decision {
	stop := settled(facts)
	switch {
	case stop != "" && (a.Verdict == flowd.Matched || a.Verdict == flowd.Failed):
		d.Verdict, d.Reason, d.Because = flowd.Skipped, stop, ""
	case a.Verdict == flowd.Failed:
		d.Actions = []flowd.Action{later(ev, facts, a, flowd.ReasonError, a.Because)}
	case a.Verdict == flowd.Matched:
		var untied bool
		if d.Actions, untied = reaction(ev, facts, a); untied {
			d.Because = "what it writes to the ATS is left out: no one application fits the interview"
			if len(d.Actions) == 0 {
				d.Verdict, d.Reason = flowd.Skipped, flowd.ReasonUntied
			}
		}
	}
	return d
}

// barred is why nobody is invited for this event whatever the rules say, or "".
func barred(facts flowd.Facts) flowd.Reason {
	if stop := settled(facts); stop != "" {
		return stop
	}
	return unwelcome(facts.Application)
}

// unwelcome is why an application is not to be invited, whoever asks, or "".
func unwelcome(app flowd.Application) flowd.Reason {
	switch {
	case app.Alternative:
		return flowd.ReasonAlternative
	case app.Status != "" && app.Status != flowd.StatusActive:
		return flowd.ReasonEnded
	case app.NoContact != "":
		return app.NoContact
	case app.Candidate.CanEmail != nil && !*app.Candidate.CanEmail:
		return flowd.ReasonCannotEmail
	case app.Candidate.Email == "":
		return flowd.ReasonNoEmail
	}
	return ""
}

// conflicting tells whether two live rules would invite to different positions.
func conflicting(answers []rules.Answer) bool {
	var first *flowd.Position
	for i, a := range answers {
		if a.Verdict != flowd.Matched || a.Rule.Mode != flowd.Live || a.Rule.Reaction {
			continue
		}
		if first == nil {
			first = &answers[i].Position
		} else if first.ID != a.Position.ID || first.ID == "" && first.Name != a.Position.Name {
			return true
		}
	}
	return false
}

// invite is the action that a matched answer asks for.
func invite(ev flowd.Event, facts flowd.Facts, a rules.Answer) flowd.Action {
	act := action(ev, facts, a)
	act.Kind = flowd.ActionInvite
	act.Generation = 1
	act.Key = flowd.InviteKey(ev.ATS, act.Application, act.Position.ID, act.Generation)
	act.Claims = []flowd.Claim{flowd.StageClaim(ev.ATS, act.Application, ev.Stage.Key())}
	if a.Rule.OncePerCandidate && act.Candidate != "" {
		act.Claims = append(act.Claims, flowd.PersonClaim(ev.ATS, act.Candidate, act.Position.ID))
	}
	act.Silent = a.Silent
	act.NotBefore, act.Reason, act.Detail = a.NotBefore, a.Deferral, a.Deferred
	return shadowed(act, a)
}

// later is a row for a decision that has to be made again.
func later(ev flowd.Event, facts flowd.Facts, a rules.Answer, why flowd.Reason, detail string) flowd.Action {
	act := action(ev, facts, a)
	act.Kind = flowd.ActionDecide
	act.Key = flowd.DecideKey(ev.Key, a.Rule.ID)
	act.Reason, act.Detail = why, detail
	return act
}

func action(ev flowd.Event, facts flowd.Facts, a rules.Answer) flowd.Action {
	return flowd.Action{
		Mode: a.Rule.ActsAs(), Rule: a.Rule.ID, Event: ev.Key, ATS: ev.ATS, Source: ev.Source,
		Application: facts.Application.ID, Candidate: facts.Application.Candidate.ID,
		Job: facts.Application.Job, Stage: ev.Stage, Position: a.Position, Priority: a.Rule.Before(), Batch: ev.Order.Batch,
	}
}

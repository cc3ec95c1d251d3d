package engine

import (
	"time"

	"flowd"
	"flowd/rules"
)

// byHand answers a person's order. What stands above the rules stands above
// orders, too: who must not be written to is not, and nothing is promised twice.
func byHand(set *rules.Set, ev flowd.Event, facts flowd.Facts) flowd.Decision {
	d := flowd.Decision{Event: ev.Key, RuleSet: set.Digest(), Verdict: flowd.Matched, Reason: flowd.ReasonByHand, Because: ev.Order.Why}
	refuse := func(why flowd.Reason) flowd.Decision {
		d.Verdict, d.Reason, d.Because = flowd.Skipped, why, ""
		return d
	}
	switch ev.Type {
	case flowd.AlternativeOrdered:
		d.Reason = flowd.ReasonAlternative
		return d
	case flowd.WithdrawOrdered:
		if ev.Order.By == "" {
			d.Reason = flowd.ReasonEnded
			return d // see Endings
		}
		for _, in := range facts.Invites {
			if in.Key == ev.Order.Invite && in.Interview.ID != "" {
				d.Actions = []flowd.Action{withdrawal(ev, facts, in)}
				return d
			}
		}
		return refuse(flowd.ReasonGone)
	}
	if why := unwelcome(facts.Application); why != "" {
		return refuse(why)
	}
	act := ordered(ev, facts)
	act.Position, act.Generation = ev.Order.Position, 1
	if last := newest(facts.Invites, act.Position.ID); last != nil {
		act.Generation = last.Generation
		if ev.Order.Again {
			act.Generation++
			switch {
			case last.Interview.Answered:
				return refuse(flowd.ReasonAnswered)
			case last.State.Owing(): // it is out, or goes out still
				return refuse(flowd.ReasonAlreadyAsked)
			}
			if last.Interview.Open() {
				back := withdrawal(ev, facts, *last)
				d.Actions, act.After = append(d.Actions, back), back.Key
			}
		}
	}
	act.Kind = flowd.ActionInvite
	act.Key = flowd.InviteKey(ev.ATS, act.Application, act.Position.ID, act.Generation)
	// What follows the rule's invites follows this one.
	act.Rule, _ = set.RuleFor(facts.Application, ev.Source, act.Position.ID)
	d.Actions = append(d.Actions, act)
	return d
}

// newest is the last invite to the position that was, or may have been, sent.
func newest(invites []flowd.Invite, position string) *flowd.Invite {
	for i := len(invites) - 1; i >= 0; i-- {
		if invites[i].Position.ID == position {
			return &invites[i]
		}
	}
	return nil
}

// ordered is an action of no rule.
func ordered(ev flowd.Event, facts flowd.Facts) flowd.Action {
	app := facts.Application
	return flowd.Action{Mode: flowd.Live, Event: ev.Key, ATS: ev.ATS, Source: ev.Source,
		Application: app.ID, Candidate: app.Candidate.ID, Job: app.Job, Stage: app.Stage, Batch: ev.Order.Batch}
}

func withdrawal(ev flowd.Event, facts flowd.Facts, in flowd.Invite) flowd.Action {
	act := ordered(ev, facts)
	act.Kind, act.Key = flowd.ActionWithdraw, flowd.WithdrawKey(in.Interview.ID)
	act.Interview, act.Position = in.Interview.ID, in.Position
	return act
}

// Endings is what becomes of an unanswered interview when the application ends.
type Endings struct {
	// Withdraw takes it back After; else it is listed for a person.
	Withdraw bool
	After    time.Duration
}

// follow is what an application's end, or its return, asks for beside the rules.
func (o Endings) follow(ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Action {
	switch {
	case ev.Type == flowd.ApplicationReopened:
		return reopened(ev, facts)
	case ev.Type == flowd.WithdrawOrdered && ev.Order.By == "": // the job was closed
		return o.ended(ev, facts, now)
	case ev.Type.Ends() && ev.Type != flowd.JobClosed:
		return o.ended(ev, facts, now)
	}
	return nil
}

// ended is what an application's end asks for: each interview that the candidate
// could still answer is taken back in a while, or listed.
func (o Endings) ended(ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Action {
	var out []flowd.Action
	for _, in := range facts.Invites {
		if in.State != flowd.Done || !in.Interview.Open() || ev.Order.Invite != "" && in.Key != ev.Order.Invite {
			continue
		}
		act := withdrawal(ev, facts, in)
		act.Reason = flowd.ReasonEnded
		if o.Withdraw {
			act.NotBefore = now.Add(o.After)
		} else {
			act.HeldFirst = true
			act.Detail = "the interview is still open: release takes it back, cancel leaves it"
		}
		out = append(out, act)
	}
	return out
}

// reopened is what an application's return asks for: whoever was not invited
// because it had ended is held for a person.
func reopened(ev flowd.Event, facts flowd.Facts) []flowd.Action {
	var out []flowd.Action
	for _, in := range facts.Invites {
		if in.State != flowd.Cancelled || in.Interview.ID != "" {
			continue
		}
		act := ordered(ev, facts)
		act.Kind, act.Key, act.Rule = flowd.ActionInvite, in.Key, in.Rule
		act.Position, act.Generation = in.Position, in.Generation
		act.HeldFirst, act.Reason, act.Detail = true, flowd.ReasonEnded, "the application was opened again: release invites"
		out = append(out, act)
	}
	return out
}

// Alternative says how the ATS marks those who are interviewed in another way.
type Alternative struct{ Tag, Field string }

// mark tells the rules of whom the ATS marks.
func (a Alternative) mark(app flowd.Application) flowd.Application {
	if a.Tag != "" {
		for _, tags := range [][]string{app.Tags, app.Candidate.Tags} {
			for _, t := range tags {
				app.Alternative = app.Alternative || rules.FoldName(t) == rules.FoldName(a.Tag)
			}
		}
	}
	for _, f := range app.Fields {
		if a.Field != "" && (rules.FoldName(f.Name) == rules.FoldName(a.Field) || rules.FoldName(f.Key) == rules.FoldName(a.Field)) {
			app.Alternative = app.Alternative || isSet(f.Value)
		}
	}
	return app
}

// isSet tells whether a field says yes in any of the ways ATSs have.
func isSet(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		switch rules.FoldName(v) {
		case "", "no", "false", "0", "none":
			return false
		}
		return true
	case float64:
		return v != 0
	case []string:
		return len(v) > 0
	}
	return false
}

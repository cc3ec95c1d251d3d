package web

import (
	"slices"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// tell is a story for whoever may read it; stopped is why nothing goes out at
// the moment, or "".
func (a api) tell(s state.Story, show bool, stopped string) Story {
	app := s.Application
	out := Story{
		ATS: s.ATS, Application: app.ID, Candidate: app.Candidate.ID, Job: nameOf(app.Job.Name, app.Job.ID),
		Stage: nameOf(app.Stage.Name, app.Stage.ID), Status: string(app.Status), URL: app.URL,
		Events: []Moment{}, Actions: []Record{}, Interviews: interviewsOf(s),
	}
	out.Name, out.Email = shown(app.Candidate, show)
	invites := promised(s.Rows)
	for _, t := range s.Events {
		t.Facts.Invites = invites
		m := a.moment(t)
		m.MovedBy = movedBy(s.MovedBy(t.Event.Key), show)
		if !show {
			for _, ans := range m.Answers {
				if ans.Tree != nil {
					mask(ans.Tree, app.Candidate)
				}
			}
		}
		out.Events = append(out.Events, m)
	}
	for _, row := range s.Rows {
		rec := Record{Entry: entryOf(row), Steps: []RecordStep{}}
		if row.State == flowd.Due && rec.Why == "" {
			rec.Why = stopped
		}
		if row.Action.After != "" {
			rec.After = row.Action.After.Short()
		}
		for _, st := range row.Steps {
			rec.Steps = append(rec.Steps, RecordStep{At: st.At, Word: stepWord(row.Action.Kind, st.State, st.Reason), State: string(st.State),
				Why: why(st.Reason, st.Detail), By: st.By, Request: st.RequestID})
		}
		out.Actions = append(out.Actions, rec)
	}
	out.Now, out.Until = standing(s, stopped)
	return out
}

// promised are the invites among the rows, as rules see them.
func promised(rows []state.Row) []flowd.Invite {
	var out []flowd.Invite
	for _, r := range rows {
		if act := r.Action; act.Kind == flowd.ActionInvite && act.Mode != flowd.Shadow {
			out = append(out, flowd.Invite{Key: act.Key, Rule: act.Rule, Position: act.Position, Generation: act.Generation, State: r.State, Interview: r.Interview})
		}
	}
	return out
}

func (a api) moment(t state.Told) Moment {
	m := Moment{
		At: t.Event.Time(), Received: t.Event.Received, Event: t.Event.Key, Type: string(t.Event.Type),
		From: nameOf(t.Event.From.Name, t.Event.From.ID), Stage: nameOf(t.Event.Stage.Name, t.Event.Stage.ID),
		Undecided: t.Decided.IsZero(), Answers: []Answer{},
	}
	if t.Event.Type.OfInterview() {
		m.Seen = seenAs(t.Event.Interview)
	}
	if o := t.Event.Order; o.By != "" {
		m.By, m.Why, m.Batch, m.Order = o.By, o.Why, o.Batch, ordered(t.Event)
	}
	for _, d := range t.Decisions {
		ans := Answer{Rule: d.Rule, Verdict: d.Verdict, Why: why(d.Reason, d.Because), RuleSet: d.RuleSet}
		if set := a.ruleSet(d.RuleSet); set != nil && d.Rule != "" {
			// Judged as of the day it was decided, so that ages and dates read as
			// they did then.
			explain := set.ExplainRule
			if d.Reason == flowd.ReasonClosing { // nothing had been promised
				explain = set.Explain
			}
			if tree, ok := explain(d.Rule, t.Event, t.Facts, t.Decided); ok {
				ans.Tree = &tree
			}
		}
		for _, act := range d.Actions {
			ans.Position = nameOf(act.Position.Name, act.Position.ID)
		}
		ans.Since = a.since(d)
		m.Answers = append(m.Answers, ans)
	}
	return m
}

// since is what became of the rule of a decision after its day.
func (a api) since(d flowd.Decision) string {
	now, then := a.Rules(), a.ruleSet(d.RuleSet)
	if d.Rule == "" || now == nil || now.Digest() == d.RuleSet {
		return ""
	}
	rule, there := now.Rule(d.Rule)
	switch {
	case !there:
		return "the rule is gone since"
	case then == nil:
		return "the rules of that day are not kept any more, so how the rule came to it cannot be shown"
	}
	if was, ok := then.Rule(d.Rule); ok && was.Digest != rule.Digest {
		return "the rule has changed since"
	}
	return ""
}

// ruleSet is the set of a digest: the serving one, or the one of that day.
func (a api) ruleSet(digest string) *rules.Set {
	if set := a.Rules(); set != nil && set.Digest() == digest {
		return set
	}
	if a.RulesOf == nil {
		return nil
	}
	return a.RulesOf(digest)
}

// ordered is a person's order in words.
func ordered(ev flowd.Event) string {
	position := nameOf(ev.Order.Position.Name, ev.Order.Position.ID)
	switch {
	case ev.Type == flowd.InviteOrdered && ev.Order.Again:
		return "invite again to " + position
	case ev.Type == flowd.InviteOrdered:
		return "invite to " + position
	case ev.Type == flowd.WithdrawOrdered:
		return "take back the invite to " + position
	case ev.Type == flowd.StageOrdered:
		return "decide who stands in " + nameOf(ev.Stage.Name, ev.Stage.ID) + " as if they came now"
	case ev.Type == flowd.AlternativeOrdered:
		return "interviewed in another way"
	case ev.Type.Erases():
		return "forget the person"
	}
	return ""
}

// standing is where the person stands now, in one line, and until when: at the
// newest invite, or what stands for one.
func standing(s state.Story, stopped string) (line string, until time.Time) {
	rows := slices.DeleteFunc(slices.Clone(s.Rows), func(r state.Row) bool {
		k := r.Action.Kind
		return r.State == flowd.Replaced || k != flowd.ActionInvite && k != flowd.ActionDecide && k != flowd.ActionTie
	})
	if n := len(rows); n > 0 {
		last := entryOf(rows[n-1])
		if last.Why == "" && last.State == flowd.Due {
			last.Why = stopped
		}
		line = string(last.Word)
		if last.Why != "" {
			line += " (" + last.Why + ")"
		}
		if last.State == flowd.Waiting || last.State == flowd.Uncertain {
			until = last.Due
		}
		return line, until
	}
	if n := len(s.Events); n > 0 {
		e := leftEntry(s.Events[n-1])
		return string(e.Word) + " (" + e.Why + ")", until
	}
	return string(flowd.WordNotInvited) + " (no event yet)", until
}

package foresight

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// inTime is what a reaction asks for: of one that waits for a time, what it asks
// for then, as far as that is known by now.
func (c *comparison) inTime(set *rules.Set, s state.Story, t state.Told, a flowd.Action) []flowd.Action {
	if a.Kind != flowd.ActionTimer {
		return []flowd.Action{a}
	}
	at := a.NotBefore
	out := asked(engine.DecideRule(set, a.Rule, t.Event, c.asOf(s, t.Facts, at), at))
	for i := range out {
		if out[i].NotBefore.Before(at) {
			out[i].NotBefore = at
		}
	}
	return out
}

// asOf are the facts of an application as they were at a time: what happened after
// it is taken back.
func (c *comparison) asOf(s state.Story, facts flowd.Facts, at time.Time) flowd.Facts {
	facts.Application, facts.Invites = s.Application, slices.Clone(facts.Invites)
	seen := map[string]flowd.Interview{}
	for _, t := range s.Events {
		if t.Event.Received.After(at) {
			facts.Application = t.Event.Application
			break
		}
		if !t.Event.Interview.IsZero() {
			seen[t.Event.Interview.ID] = t.Event.Interview
		}
	}
	for i := range facts.Invites {
		in := &facts.Invites[i].Interview
		if at.After(c.Now) || in.IsZero() {
			continue
		}
		then, known := seen[in.ID]
		switch {
		case known:
			then.ExternalID, then.Position = in.ExternalID, cmp.Or(then.Position, in.Position)
			*in = then
		case in.CompletedAt.After(at):
			in.Answered, in.Status, in.CompletedAt, in.Score = false, flowd.InterviewPending, time.Time{}, 0
		}
	}
	return c.Marked(facts)
}

// does is what an action does beside inviting, as it is written.
func does(a flowd.Action) string {
	if !a.Kind.Reaction() {
		return ""
	}
	return fmt.Sprintf("%s %q %q %d %v", a.Kind, a.Target, a.Text, a.Days, a.Personal)
}

// inWords is what an action does, for people.
func inWords(a flowd.Action) string {
	switch {
	case a.Kind == flowd.ActionDecide:
		return "wait for a person"
	case a.Target != "":
		return fmt.Sprintf("%s %q", a.Kind, a.Target)
	}
	return string(a.Kind)
}

// followed is what is otherwise of what follows the events of an application.
func (c *comparison) followed(p web.Planned, before, after replayed) (out []web.Planned) {
	for i, b := range before.follows {
		if i >= len(after.follows) {
			break
		}
		out = append(out, reacted(p, b, after.follows[i])...)
	}
	return out
}

// reacted compares what follows one event. The same thing done in another way is
// one change, and not two.
func reacted(p web.Planned, before, after following) (out []web.Planned) {
	left, come := slices.Clone(before.actions), slices.Clone(after.actions)
	pair := func(same func(a, b flowd.Action) bool, tell func(was, is flowd.Action)) {
		come = slices.DeleteFunc(come, func(a flowd.Action) bool {
			i := slices.IndexFunc(left, func(b flowd.Action) bool { return same(a, b) })
			if i >= 0 {
				tell(left[i], a)
				left = slices.Delete(left, i, i+1)
			}
			return i >= 0
		})
	}
	add := func(change web.Change, a flowd.Action, was, why string) {
		p.Change, p.Rule, p.Does, p.Was, p.At, p.Why = change, a.Rule, inWords(a), was, a.NotBefore, why
		p.Adverse = a.HeldFirst && a.Reason == flowd.ReasonAdverse
		out = append(out, p)
	}
	pair(func(a, b flowd.Action) bool { return a.Kind == b.Kind && does(a) == does(b) }, func(was, is flowd.Action) {
		switch {
		case was.HeldFirst != is.HeldFirst && is.HeldFirst:
			add(web.WouldHold, is, "", web.Reasoned(is.Reason, is.Detail))
		case was.HeldFirst != is.HeldFirst:
			add(web.WouldNotHold, is, "", "")
		case !was.NotBefore.Equal(is.NotBefore):
			add(sooner(was, is), is, timeOf(was.NotBefore), goesOut(is))
		}
	})
	pair(func(a, b flowd.Action) bool { return a.Kind == b.Kind && (a.Target == b.Target || a.Text == b.Text) }, func(was, is flowd.Action) {
		way := ""
		if was.Target != is.Target {
			way = inWords(was)
		}
		add(web.OtherWay, is, way, "")
	})
	for _, a := range come {
		words := ""
		if _, there := before.set.Rule(a.Rule); there {
			words = "before: " + before.why(a.Rule)
		}
		add(web.WouldDo, a, "", words)
	}
	for _, a := range left {
		add(web.WouldNotDo, a, "", after.why(a.Rule))
	}
	return out
}

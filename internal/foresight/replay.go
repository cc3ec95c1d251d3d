package foresight

import (
	"cmp"
	"slices"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// replayed is what one set would have done for an application.
type replayed struct {
	asking
	invites []flowd.Action
	held    *flowd.Action
	rule    string     // of the first invite, or of what is held
	first   state.Told // what the first invite is asked for on
	left    state.Told // the move that it asks for nothing on
	follows []following
}

// following is what follows one event.
type following struct {
	asking
	told    state.Told
	actions []flowd.Action
}

// asking is who is asked: a set, or one rule of it.
type asking struct {
	set  *rules.Set
	only string
}

// notAsked is why nothing more is asked for at an event, as a rule says it itself
// where it looked.
func (a asking) notAsked(t state.Told, rule string) string {
	switch {
	case t.Event.Key == "":
		return ""
	case a.only != "":
		return leftOut(engine.DecideRule(a.set, a.only, t.Event, t.Facts, decidedAt(t)), rule)
	}
	return leftOut(engine.Decide(a.set, t.Event, t.Facts, decidedAt(t)), rule)
}

func (f following) why(rule string) string { return f.notAsked(f.told, rule) }

// why is why somebody is held, or not invited.
func (r replayed) why(rule string) string {
	if r.held != nil {
		return web.Reasoned(r.held.Reason, r.held.Detail)
	}
	return r.notAsked(r.left, rule)
}

// row is the row of the first invite.
func (r replayed) row() string { return r.set.RowInWords(r.rule, r.first.Event, r.first.Facts) }

// leftOut is why decisions ask for nothing: the rule's own reason, else that of
// the first that left the person out, which says more than one that never looked.
func leftOut(decisions []flowd.Decision, rule string) string {
	why, rank := "", 0
	for _, d := range decisions {
		is := 1
		switch {
		case len(d.Actions) > 0:
			continue
		case rule != "" && d.Rule == rule:
			is = 3
		case d.Verdict == flowd.Skipped:
			is = 2
		}
		if is > rank {
			why, rank = web.Reasoned(d.Reason, d.Because), is
		}
	}
	return why
}

// replay decides the events of a person's applications in their order, and keeps
// what the ledger would: one action for each key and claim, and no invite that was
// left before its time. What was promised before the events counts as promised.
func (c *comparison) replay(set *rules.Set, stories []state.Story) []replayed {
	taken := map[string]bool{}
	type happening struct {
		state.Told
		of int
	}
	var events []happening
	for i, s := range stories {
		for _, row := range s.Rows {
			a := row.Action
			if row.Created.Before(c.Since) && a.Kind == flowd.ActionInvite && a.Mode == flowd.Live && row.State != flowd.Replaced && !row.Reason.Reopens() {
				take(taken, a)
			}
		}
		for _, t := range s.Events {
			events = append(events, happening{t, i})
		}
	}
	if len(stories) > 1 {
		slices.SortStableFunc(events, func(a, b happening) int { return a.Event.Received.Compare(b.Event.Received) })
	}
	out := make([]replayed, len(stories))
	for i := range out {
		out[i].set = set
	}
	for _, t := range events {
		out[t.of].event(c, stories[t.of], t.Told, taken)
	}
	return out
}

func (r *replayed) event(c *comparison, s state.Story, t state.Told, taken map[string]bool) {
	at := decidedAt(t)
	if t.Event.Type.Ends() || t.Event.Type == flowd.StageEntered && t.Facts.Novelty == flowd.Fresh {
		r.leave(t.Event, at, taken)
	}
	t.Facts.Invites = r.named(c, s, t.Facts.Invites)
	after := following{asking: r.asking, told: t}
	acts := false
	for _, a := range asked(engine.DecideActing(r.set, t.Event, t.Facts, at)) {
		rule, _ := r.set.Rule(a.Rule)
		switch {
		case rule != nil && rule.Reaction:
			for _, a := range c.inTime(r.set, s, t, a) {
				if free(taken, a) {
					take(taken, a)
					after.actions = append(after.actions, a)
				}
			}
		case a.Kind == flowd.ActionDecide:
			acts, r.held, r.rule = true, &a, cmp.Or(r.rule, a.Rule)
		case free(taken, a):
			acts = true
			take(taken, a)
			if len(r.invites) == 0 {
				r.rule, r.first = a.Rule, t
			}
			r.invites = append(r.invites, a)
		}
	}
	if !acts && t.Event.Type.Enters() && r.held == nil {
		r.left = t
	}
	r.follows = append(r.follows, after)
}

// leave takes back what is not due yet when the application moves on or ends.
func (r *replayed) leave(ev flowd.Event, at time.Time, taken map[string]bool) {
	r.held = nil
	r.invites = slices.DeleteFunc(r.invites, func(a flowd.Action) bool {
		if !a.NotBefore.After(at) || !ev.Type.Ends() && a.Stage.Same(ev.Stage) {
			return false
		}
		delete(taken, string(a.Key))
		for _, claim := range a.Claims {
			delete(taken, string(claim))
		}
		return true
	})
}

// named gives the invites of the time that is gone through the rule that asks for
// them here: what follows them follows that one.
func (r *replayed) named(c *comparison, s state.Story, invites []flowd.Invite) []flowd.Invite {
	out := slices.Clone(invites)
	for i := range out {
		for _, a := range r.invites {
			if a.Key == out[i].Key && slices.ContainsFunc(s.Rows, func(row state.Row) bool { return row.Action.Key == a.Key && !row.Created.Before(c.Since) }) {
				out[i].Rule = a.Rule
			}
		}
	}
	return out
}

func take(taken map[string]bool, a flowd.Action) {
	taken[string(a.Key)] = true
	for _, claim := range a.Claims {
		taken[string(claim)] = true
	}
}

func free(taken map[string]bool, a flowd.Action) bool {
	return !taken[string(a.Key)] && !slices.ContainsFunc(a.Claims, func(claim flowd.Claim) bool { return taken[string(claim)] })
}

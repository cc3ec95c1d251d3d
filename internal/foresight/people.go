package foresight

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// people looks closer at everybody for whom something may change.
func (c *comparison) people(ctx context.Context) error {
	if c.more {
		c.note("more than %d applications may be concerned: the others were not looked at one by one", mostPeople)
	}
	all := make([]application, 0, len(c.differ))
	for a := range c.differ {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b application) int { return cmp.Or(cmp.Compare(a.ats, b.ats), cmp.Compare(a.id, b.id)) })
	for i, a := range all {
		stories, err := c.Store.Story(ctx, state.Ref{Application: a.id})
		if err != nil {
			return err
		}
		for _, s := range stories {
			if s.ATS == a.ats {
				if err := c.person(ctx, s); err != nil {
					return err
				}
			}
		}
		if i%100 == 99 {
			c.Step(0.9+0.1*float64(i)/float64(len(all)), c.plan.Events)
		}
	}
	return nil
}

// person compares what both sets would have done for one application.
func (c *comparison) person(ctx context.Context, s state.Story) error {
	s.Events = slices.DeleteFunc(slices.Clone(s.Events), func(t state.Told) bool { return t.Event.Received.Before(c.Since) })
	lacks, lost := "", time.Time{}
	for i, t := range s.Events {
		at := decidedAt(t)
		name := c.hangs(t, engine.Decide(c.Edited, t.Event, t.Facts, at), at)
		if name == "" {
			continue
		}
		again, err := c.decoded(ctx, t)
		if err != nil {
			return err
		}
		if again == nil {
			lacks, lost = name, t.Event.Received
			continue
		}
		s.Events[i].Event.Application.Fields, s.Events[i].Facts.Application.Fields = again, again
	}
	before, after := c.replay(c.Served, s), c.replay(c.Edited, s)
	p := web.Planned{ATS: s.ATS, Application: s.Application.ID, Job: nameOf(s.Application.Job.Name, s.Application.Job.ID),
		Stage: nameOf(s.Application.Stage.Name, s.Application.Stage.ID), Rule: cmp.Or(after.rule, before.rule)}
	if lacks != "" {
		p.Change = web.CannotTell
		p.Why = "the rule reads the field " + lacks + ", which was not kept when the event came in on " + lost.UTC().Format(time.DateOnly)
		c.count(p, s.Application.Candidate)
		return nil
	}
	if p, differs := compared(p, before, after); differs {
		c.count(p, s.Application.Candidate)
	}
	return nil
}

func (c *comparison) count(p web.Planned, who flowd.Candidate) {
	c.plan.Changes[p.Change]++
	if len(c.plan.People) < web.MaxPlanned {
		c.plan.People = append(c.plan.People, web.NamePlanned(p, who, c.Show))
	}
}

// decoded are the custom fields of an event as its delivery holds them; nil
// where the delivery is not kept any more, or does not tell of the event.
func (c *comparison) decoded(ctx context.Context, t state.Told) ([]flowd.Field, error) {
	inspector, ok := c.Store.(state.Inspector)
	if !ok || c.Decode == nil {
		return nil, nil
	}
	body, err := inspector.Raw(ctx, t.Event.Key)
	if errors.Is(err, state.ErrNotFound) || err == nil && len(body) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := c.Decode(t.Event.Source, body, t.Event.Received)
	if err != nil {
		return nil, nil //nolint:nilerr // a body that cannot be read any more tells nothing
	}
	// A key that the sender gave in a header is not in the body: then the event is
	// the only one of its kind about the application.
	var alike []flowd.Event
	for _, ev := range events {
		id, _ := flowd.SafeID(ev.Application.ID)
		switch {
		case ev.Key == t.Event.Key:
			return append([]flowd.Field{}, ev.Application.Fields...), nil
		case ev.Type == t.Event.Type && id == t.Event.Application.ID:
			alike = append(alike, ev)
		}
	}
	if len(alike) != 1 {
		return nil, nil
	}
	return append([]flowd.Field{}, alike[0].Application.Fields...), nil
}

// replayed is what one set would have done for an application.
type replayed struct {
	invites []flowd.Action
	held    *flowd.Action
	rule    string
	row     string // of the first invite
	why     string // nobody is invited
}

// replay decides the events of an application in their order, and keeps what the
// ledger would: one invite for each key and claim, and none that was left before
// its time. What was promised before the events counts as promised.
func (c *comparison) replay(set *rules.Set, s state.Story) (out replayed) {
	taken := map[string]bool{}
	for _, row := range s.Rows {
		if row.Created.Before(c.Since) && row.Action.Kind == flowd.ActionInvite && row.Action.Mode == flowd.Live && row.State != flowd.Replaced && !row.Reason.Reopens() {
			take(taken, row.Action)
		}
	}
	for _, t := range s.Events {
		at := decidedAt(t)
		if t.Event.Type.Ends() || t.Event.Type == flowd.StageEntered && t.Facts.Novelty == flowd.Fresh {
			out.leave(t.Event, at, taken)
		}
		decisions := engine.Decide(set, t.Event, t.Facts, at)
		acts := false
		for _, d := range decisions {
			for _, a := range d.Actions {
				switch {
				case !asks(a) || t.Event.Type.Ordered():
				case a.Kind == flowd.ActionDecide:
					acts, out.held, out.rule, out.why = true, &a, cmp.Or(out.rule, a.Rule), web.Reasoned(a.Reason, a.Detail)
				case free(taken, a):
					acts = true
					take(taken, a)
					if len(out.invites) == 0 {
						out.rule = a.Rule
						if e, ok := set.Explain(a.Rule, t.Event, t.Facts, at); ok {
							out.row = e.Row
						}
					}
					out.invites = append(out.invites, a)
				}
			}
		}
		if !acts && t.Event.Type == flowd.StageEntered && out.held == nil {
			out.why = leftOut(decisions)
		}
	}
	return out
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

func take(taken map[string]bool, a flowd.Action) {
	taken[string(a.Key)] = true
	for _, claim := range a.Claims {
		taken[string(claim)] = true
	}
}

func free(taken map[string]bool, a flowd.Action) bool {
	return !taken[string(a.Key)] && !slices.ContainsFunc(a.Claims, func(claim flowd.Claim) bool { return taken[string(claim)] })
}

// leftOut is why an event invites nobody: the first rule that left the person out
// says more than one that never looked.
func leftOut(decisions []flowd.Decision) string {
	why, skipped := "", false
	for _, d := range decisions {
		if why == "" || d.Verdict == flowd.Skipped && !skipped {
			why, skipped = web.Reasoned(d.Reason, d.Because), d.Verdict == flowd.Skipped
		}
	}
	return why
}

// compared is what is otherwise after than before, with what made it so.
func compared(p web.Planned, before, after replayed) (web.Planned, bool) {
	gone := without(before.invites, after.invites)
	come := without(after.invites, before.invites)
	switch {
	case len(come) > 0 && len(gone) > 0:
		p.Change, p.Was, p.Why = web.OtherPosition, positionOf(gone[0]), after.row
	case len(come) > 0:
		p.Change, p.Why = web.WouldInvite, after.row
		if before.why != "" {
			p.Why += "; before: " + before.why
		}
	case len(gone) > 0 && after.held != nil:
		p.Change, p.Was, p.Why = web.WouldHold, positionOf(gone[0]), after.why
	case len(gone) > 0:
		p.Change, p.Was, p.Why = web.WouldNotInvite, positionOf(gone[0]), after.why
	case len(after.invites) == 0 && before.held == nil && after.held != nil:
		p.Change, p.Why = web.WouldHold, after.why
	case len(after.invites) == 0 && before.held != nil && after.held == nil:
		p.Change, p.Why = web.WouldNotHold, after.why
	default:
		return moved(p, before, after)
	}
	if len(come) > 0 {
		p.Position, p.At = positionOf(come[0]), come[0].NotBefore
	}
	return p, true
}

// moved is the same invite at another time.
func moved(p web.Planned, before, after replayed) (web.Planned, bool) {
	for _, a := range after.invites {
		i := slices.IndexFunc(before.invites, func(b flowd.Action) bool { return b.Position.ID == a.Position.ID })
		if i < 0 || before.invites[i].NotBefore.Equal(a.NotBefore) {
			continue
		}
		was := before.invites[i].NotBefore
		p.Change, p.Position, p.At = web.WouldBeLater, positionOf(a), a.NotBefore
		if a.NotBefore.Before(was) {
			p.Change = web.WouldBeEarlier
		}
		p.Was, p.Why = timeOf(was), after.row
		return p, true
	}
	return p, false
}

func timeOf(t time.Time) string {
	if t.IsZero() {
		return "at once"
	}
	return t.UTC().Format(time.RFC3339)
}

func without(all, other []flowd.Action) []flowd.Action {
	return slices.DeleteFunc(slices.Clone(all), func(a flowd.Action) bool {
		return slices.ContainsFunc(other, func(b flowd.Action) bool { return a.Position.ID == b.Position.ID })
	})
}

func positionOf(a flowd.Action) string { return nameOf(a.Position.Name, a.Position.ID) }

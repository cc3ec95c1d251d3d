package foresight

import (
	"context"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// owed compares what becomes of the work that waits or is held.
func (c *comparison) owed(ctx context.Context) error {
	f := state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Blocked, flowd.Waiting, flowd.Held, flowd.Due}}
	seen := 0
	for page := (state.Page{Limit: pageSize}); ; {
		found, err := c.Store.Find(ctx, f, page)
		if err != nil {
			return err
		}
		for i, row := range found.Rows {
			if !asks(row.Action) || row.Action.Rule == "" {
				continue
			}
			if row.Action.Kind == flowd.ActionInvite {
				c.plan.Owing++
			}
			if err := c.owes(ctx, row, found.People[i]); err != nil {
				return err
			}
			seen++
		}
		switch {
		case found.Next == "":
			return nil
		case seen >= mostOwed:
			c.note("more than %d people are owed something: the older ones were not compared", mostOwed)
			return nil
		}
		page.After = found.Next
	}
}

// owes compares one row, as it would be asked about right before it is done: as
// its event, with what is known of the application now.
func (c *comparison) owes(ctx context.Context, row state.Row, who flowd.Candidate) error {
	stories, err := c.Store.Story(ctx, state.Ref{Action: row.Action.Key})
	if err != nil {
		return err
	}
	for _, s := range stories {
		for _, t := range s.Events {
			if t.Event.Key != row.Action.Event || t.Event.Type.Ordered() {
				continue
			}
			stage := t.Facts.Application.Stage
			t.Facts.Application = s.Application
			t.Facts.Application.Stage = stage
			one := func(set *rules.Set) replayed { return c.alone(set, row.Action.Rule, t) }
			p := web.Planned{ATS: s.ATS, Application: s.Application.ID, Job: nameOf(row.Action.Job.Name, row.Action.Job.ID),
				Stage: nameOf(row.Action.Stage.Name, row.Action.Stage.ID), Rule: row.Action.Rule, Key: row.Action.Key.Short()}
			if p, differs := compared(p, one(c.Served), one(c.Edited)); differs {
				c.plan.Waiting[p.Change]++
				if len(c.plan.Owed) < web.MaxPlanned {
					c.plan.Owed = append(c.plan.Owed, web.NamePlanned(p, who, c.Show))
				}
			}
		}
	}
	return nil
}

// alone is what one rule asks for of one event.
func (c *comparison) alone(set *rules.Set, rule string, t state.Told) (out replayed) {
	at := decidedAt(t)
	decisions := engine.DecideRule(set, rule, t.Event, t.Facts, at)
	for _, d := range decisions {
		for _, a := range d.Actions {
			switch {
			case !asks(a):
			case a.Kind == flowd.ActionDecide:
				out.held, out.why = &a, web.Reasoned(a.Reason, a.Detail)
			default:
				out.invites = append(out.invites, a)
			}
		}
	}
	if len(out.invites) == 0 && out.held == nil {
		out.why = leftOut(decisions)
	}
	out.rule = rule
	if e, ok := set.Explain(rule, t.Event, t.Facts, at); ok {
		out.row = e.Row
	}
	return out
}

// standing finds those who were never invited and whom the edited rules would
// invite if they came to their stage now.
func (c *comparison) standing(ctx context.Context) error {
	seen := 0
	for page := (state.Page{Limit: pageSize}); ; {
		found, err := c.Store.Find(ctx, state.Filter{Subject: state.Left}, page)
		if err != nil {
			return err
		}
		for i, t := range found.Told {
			if t.Event.Type != flowd.StageEntered {
				continue
			}
			why := leftOut(t.Decisions)
			t.Facts.Novelty = flowd.Fresh
			for _, d := range engine.Decide(c.Edited, t.Event, t.Facts, c.Now) {
				for _, a := range d.Actions {
					if !asks(a) || a.Kind != flowd.ActionInvite {
						continue
					}
					c.plan.Standing++
					if len(c.plan.Stand) < web.MaxPlanned {
						c.plan.Stand = append(c.plan.Stand, web.NamePlanned(web.Planned{ATS: t.Event.ATS, Application: a.Application,
							Job: nameOf(a.Job.Name, a.Job.ID), Stage: nameOf(a.Stage.Name, a.Stage.ID), Rule: a.Rule, Position: positionOf(a), Why: why}, found.People[i], c.Show))
					}
				}
			}
		}
		seen += len(found.Told)
		switch {
		case found.Next == "":
			return nil
		case seen >= mostLeft:
			c.note("more than %d applications were never invited: the older ones were not looked at", mostLeft)
			return nil
		}
		page.After = found.Next
	}
}

package foresight

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// owed compares what becomes of the work that waits or is held. What an unchanged
// rule asked for stays as it is.
func (c *comparison) owed(ctx context.Context) error {
	counts, err := c.Store.Counts(ctx, c.Now)
	if err != nil {
		return err
	}
	c.plan.Owing = counts.Words[flowd.WordWaiting] + counts.Words[flowd.WordHeld]
	f := state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Blocked, flowd.Waiting, flowd.Held, flowd.Due},
		Rules: slices.Concat(c.served.IDs(), c.edited.IDs())}
	slices.Sort(f.Rules)
	if f.Rules = slices.Compact(f.Rules); len(f.Rules) == 0 {
		return nil
	}
	of := 0
	for _, rule := range f.Rules {
		for _, s := range f.States {
			of += counts.Pending[rule][s]
		}
	}
	seen, known := 0, map[owedFor]bool{}
	for page := (state.Page{Limit: pageSize}); ; {
		found, err := c.Store.Find(ctx, f, page)
		if err != nil {
			return err
		}
		rows := slices.DeleteFunc(found.Rows, func(row state.Row) bool {
			of := owedFor{row.Action.Event, row.Action.Rule}
			twice := known[of]
			known[of] = true
			return twice || row.Action.Mode != flowd.Live
		})
		if err := c.owing(ctx, rows); err != nil {
			return err
		}
		seen += len(found.People)
		c.step("work that is owed", seen, max(of, seen))
		switch {
		case found.Next == "":
			return nil
		case seen >= mostOwed:
			c.note("the changed rules owe more than %d actions: the older ones were not compared", mostOwed)
			return nil
		}
		page.After = found.Next
	}
}

// owedFor is what is compared once, however many steps of it wait.
type owedFor struct{ event, rule string }

// owing compares rows side by side, and tells of them in their order.
func (c *comparison) owing(ctx context.Context, rows []state.Row) error {
	found := make([][]web.Planned, len(rows))
	people := make([]flowd.Candidate, len(rows))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(workers())
	for i, row := range rows {
		work.Go(func() (err error) {
			found[i], people[i], err = c.owes(ctx, row)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i := range rows {
		for _, p := range found[i] {
			c.plan.Waiting[p.Change]++
			c.plan.Owed = c.named(c.plan.Owed, p, people[i])
		}
	}
	return nil
}

// owes compares one row, as it would be asked about right before it is done: as
// its event, with what is known of the application now.
func (c *comparison) owes(ctx context.Context, row state.Row) (changed []web.Planned, who flowd.Candidate, err error) {
	a := row.Action
	stories, err := c.Store.Story(ctx, state.Ref{Action: a.Key})
	for _, s := range stories {
		i := slices.IndexFunc(s.Events, func(t state.Told) bool { return t.Event.Key == a.Event })
		if s.ATS != a.ATS || i < 0 || s.Events[i].Event.Type.Ordered() && !s.Events[i].Event.Type.Enters() {
			continue
		}
		t := s.Events[i]
		stage := t.Facts.Application.Stage
		t.Facts.Application = s.Application
		t.Facts.Application.Stage = stage
		t.Facts.Invites = promised(s)
		t.Facts = c.Marked(t.Facts)
		before, after := c.alone(c.Served, a.Rule, s, t), c.alone(c.Edited, a.Rule, s, t)
		p := web.Planned{ATS: s.ATS, Application: s.Application.ID, Job: nameOf(a.Job.Name, a.Job.ID),
			Stage: nameOf(a.Stage.Name, a.Stage.ID), Rule: a.Rule, Key: a.Key.Short()}
		who = s.Application.Candidate
		// It is decided by what was kept, whatever the delivery holds.
		if l := c.hangs(t, decidedAt(t), engine.DecideRule(c.Edited, a.Rule, t.Event, t.Facts, decidedAt(t))); l != (lack{}) {
			p.Change, p.Rule, p.Why = web.CannotTell, l.rule, l.field
			changed = append(changed, p)
			continue
		}
		changed = append(changed, c.followed(p, before, after)...)
		if p, differs := compared(p, before, after); differs {
			changed = append(changed, p)
		}
	}
	return changed, who, err
}

// alone is what one rule asks for of one event.
func (c *comparison) alone(set *rules.Set, rule string, s state.Story, t state.Told) replayed {
	by := asking{set, rule}
	out := replayed{asking: by, rule: rule, first: t, left: t}
	after := following{asking: by, told: t}
	r, _ := set.Rule(rule)
	for _, a := range asked(engine.DecideRule(set, rule, t.Event, t.Facts, decidedAt(t))) {
		switch {
		case r != nil && r.Reaction:
			after.actions = append(after.actions, c.inTime(set, s, t, a)...)
		case a.Kind == flowd.ActionDecide:
			out.held = &a
		default:
			out.invites = append(out.invites, a)
		}
	}
	out.follows = []following{after}
	return out
}

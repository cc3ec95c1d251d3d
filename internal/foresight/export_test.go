package foresight

import (
	"context"

	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// Naive is Compare without any short way: everybody is looked at one by one, and
// every rule counts as one that differs for what is owed.
func Naive(ctx context.Context, q Question) (web.Plan, error) {
	c := newComparison(q)
	s := newSifter(c)
	for page := (state.Page{Limit: pageSize}); ; {
		found, err := c.Store.Find(ctx, state.Filter{Subject: state.Events, Since: c.Since}, page)
		if err != nil {
			return web.Plan{}, err
		}
		for _, t := range found.Told {
			s.events++
			s.count(t)
			c.differ[application{t.Event.ATS, t.Facts.Application.ID}] = true
		}
		if page.After = found.Next; page.After == "" {
			break
		}
	}
	s.finish()
	if err := c.everybody(ctx); err != nil {
		return web.Plan{}, err
	}
	if err := c.people(ctx); err != nil {
		return web.Plan{}, err
	}
	all := func(*rules.Rule) bool { return true }
	c.served, c.edited = q.Served.Part(all), q.Edited.Part(all)
	if err := c.owed(ctx); err != nil {
		return web.Plan{}, err
	}
	return c.told(), nil
}

// everybody asks the edited rules about each application that is known.
func (c *comparison) everybody(ctx context.Context) error {
	l := c.lookout()
	for page := (state.Page{Limit: 7}); ; {
		found, err := c.Store.Find(ctx, state.Filter{Subject: state.Standing}, page)
		if err != nil {
			return err
		}
		for i, t := range found.Told {
			if err := l.look(ctx, t, found.People[i], engine.Decide, web.MaxPlanned); err != nil {
				return err
			}
		}
		if page.After = found.Next; page.After == "" {
			return nil
		}
	}
}

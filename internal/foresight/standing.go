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

// standing finds those who stand in a stage, were not promised an invite for it,
// and whom the edited rules would invite if they came to it now.
func (c *comparison) standing(ctx context.Context) error {
	most := web.MaxPlanned
	if c.Everybody {
		most = mostStanding
	}
	whole := c.Edited.Part(func(*rules.Rule) bool { return true })
	places := map[place]bool{}
	f := state.Filter{Subject: state.Standing, Pick: func(t state.Told) bool {
		app := t.Facts.Application
		at := place{stageID: app.Stage.ID, stage: app.Stage.Name, jobID: app.Job.ID, job: app.Job.Name,
			department: app.Job.Department, location: app.Job.Location, country: app.Job.Country}
		acts, known := places[at]
		if !known {
			acts = whole.MayAct(flowd.Event{Type: flowd.StageEntered, ATS: t.Event.ATS, Stage: app.Stage}, app)
			if len(places) >= mostPlaces {
				clear(places)
			}
			places[at] = acts
		}
		return acts
	}}
	pages := make(chan state.Found, 1)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		defer close(pages)
		for page := (state.Page{Limit: pageSize}); ; {
			found, err := c.Store.Find(ctx, f, page)
			if err != nil {
				return err
			}
			select {
			case pages <- found:
			case <-ctx.Done():
				return ctx.Err()
			}
			if page.After = found.Next; page.After == "" {
				return nil
			}
		}
	})
	for found := range pages {
		for i, t := range found.Told {
			p, stands := c.standsBy(t, engine.DecideActing)
			if !stands {
				continue
			}
			c.plan.Standing++
			if len(c.plan.Stand) < most {
				c.plan.Stand = append(c.plan.Stand, web.NamePlanned(p, found.People[i], c.Show))
			}
		}
	}
	return work.Wait()
}

// standsBy tells what becomes of somebody who is decided as if they came now.
func (c *comparison) standsBy(t state.Told, decide rules.Decide) (p web.Planned, stands bool) {
	app := t.Facts.Application
	source := t.Event.Source
	if source == "" {
		source = c.Edited.SourceOf(t.Event.ATS)
	}
	ev := flowd.Event{Key: "standing", Source: source, ATS: t.Event.ATS, Type: flowd.StageEntered, Via: flowd.ViaUnknown,
		At: c.Now, Received: c.Now, Application: app, From: t.Facts.Previous, Stage: app.Stage}
	facts := c.Marked(flowd.Facts{Application: app, Invites: t.Facts.Invites})
	for _, a := range asked(decide(c.Edited, ev, facts, c.Now)) {
		promised := slices.ContainsFunc(t.Facts.Invites, func(in flowd.Invite) bool {
			return in.Key == a.Key && in.State != flowd.Cancelled && in.State != flowd.Replaced
		})
		if a.Kind != flowd.ActionInvite || promised {
			continue
		}
		return web.Planned{ATS: t.Event.ATS, Application: app.ID, Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(app.Stage.Name, app.Stage.ID),
			StageID: app.Stage.ID, Rule: a.Rule, Position: positionOf(a), At: a.NotBefore, Why: leftOut(t.Decisions, "")}, true
	}
	return p, false
}

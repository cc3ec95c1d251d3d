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
	ctx, stop := context.WithCancel(ctx)
	defer stop()
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
	claimed := map[flowd.Claim]bool{}
	for found := range pages {
		for i, t := range found.Told {
			p, stands, err := c.standsBy(ctx, t, engine.DecideActing, claimed)
			if err != nil {
				return err
			}
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
// Claimed is what those before them would claim of a person.
func (c *comparison) standsBy(ctx context.Context, t state.Told, decide rules.Decide, claimed map[flowd.Claim]bool) (p web.Planned, stands bool, err error) {
	app := t.Facts.Application
	source := t.Event.Source
	if source == "" {
		source = c.Edited.SourceOf(t.Event.ATS)
	}
	from, via := t.Came(app.Stage)
	ev := flowd.Event{Key: "standing", Source: source, ATS: t.Event.ATS, Type: flowd.StageEntered, Via: via,
		At: c.Now, Received: c.Now, Application: app, From: from, Stage: app.Stage}
	facts := c.Marked(flowd.Facts{Application: app, Previous: from, Invites: t.Facts.Invites})
	for _, a := range asked(decide(c.Edited, ev, facts, c.Now)) {
		if a.Kind != flowd.ActionInvite {
			continue
		}
		taken, err := c.taken(ctx, t, a, claimed)
		if err != nil {
			return p, false, err
		}
		if taken {
			continue
		}
		return web.Planned{ATS: t.Event.ATS, Application: app.ID, Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(app.Stage.Name, app.Stage.ID),
			StageID: app.Stage.ID, Rule: a.Rule, Position: positionOf(a), At: a.NotBefore, Why: leftOut(t.Decisions, "")}, true, nil
	}
	return p, false, nil
}

// taken tells whether an invite was promised before, at another stage or for
// another application of the person, so that nothing comes of it.
func (c *comparison) taken(ctx context.Context, t state.Told, a flowd.Action, claimed map[flowd.Claim]bool) (bool, error) {
	ref, person := state.Ref{Application: a.Application}, a.Claims[1:] // the first is the stage's
	switch {
	case slices.ContainsFunc(person, func(of flowd.Claim) bool { return claimed[of] }):
		return true, nil
	case len(person) > 0:
		ref = state.Ref{Candidate: a.Candidate}
	case !slices.ContainsFunc(t.Facts.Invites, func(in flowd.Invite) bool { return in.Key == a.Key }):
		return false, nil
	}
	stories, err := c.Store.Story(ctx, ref)
	if err != nil {
		return false, err
	}
	for _, s := range stories {
		for _, row := range s.Rows {
			same := row.Action.Key == a.Key || slices.ContainsFunc(person, func(of flowd.Claim) bool { return slices.Contains(row.Action.Claims, of) })
			if s.ATS == a.ATS && same && (&state.Entry{Row: row}).Holds() {
				return true, nil
			}
		}
	}
	for _, of := range person {
		claimed[of] = true
	}
	return false, nil
}

package foresight

import (
	"context"
	"maps"
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
	l := c.lookout()
	places := map[place]bool{}
	f := state.Filter{Subject: state.Standing, Pick: func(t state.Told) bool {
		app := t.Facts.Application
		at := place{stageID: app.Stage.ID, stage: app.Stage.Name, jobID: app.Job.ID, job: app.Job.Name,
			department: app.Job.Department, location: app.Job.Location, country: app.Job.Country}
		acts, known := places[at]
		if !known {
			acts = l.whole.MayAct(flowd.Event{Type: flowd.StageEntered, ATS: t.Event.ATS, Stage: app.Stage}, app)
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
	for found := range pages {
		for i, t := range found.Told {
			if err := l.look(ctx, t, found.People[i], engine.DecideActing, most); err != nil {
				return err
			}
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(l.barred)) {
		c.note("%d more who stand in a mapped stage are not written to, and so are not sent on: %s", l.barred[reason], reason.InWords())
	}
	return work.Wait()
}

// lookout looks at those who stand somewhere, one after the other.
type lookout struct {
	*comparison
	whole   *rules.Part          // of the edited rules: whether they differ is not asked here
	claimed map[flowd.Claim]bool // of a person, by those before
	barred  map[flowd.Reason]int
}

func (c *comparison) lookout() *lookout {
	return &lookout{c, c.Edited.Part(func(*rules.Rule) bool { return true }), map[flowd.Claim]bool{}, map[flowd.Reason]int{}}
}

// look notes somebody who would be invited, or of whom nobody can tell; it names
// the first ones.
func (l *lookout) look(ctx context.Context, t state.Told, who flowd.Candidate, decide rules.Decide, most int) error {
	p, stands, err := l.stands(ctx, t, decide)
	switch {
	case err != nil || !stands:
		return err
	case p.Change == web.CannotTell:
		l.plan.Unclear++
	case l.Bars(who.Email) != flowd.ReasonNone:
		l.barred[l.Bars(who.Email)]++
		return nil
	default:
		l.plan.Standing++
	}
	if len(l.plan.Stand) < most {
		l.plan.Stand = append(l.plan.Stand, web.NamePlanned(p, who, l.Show))
	}
	return nil
}

// stands tells what becomes of somebody who is decided as if they came now, by the
// move that brought them.
func (l *lookout) stands(ctx context.Context, t state.Told, decide rules.Decide) (p web.Planned, stands bool, err error) {
	app := t.Facts.Application
	source := t.Event.Source
	if source == "" {
		source = l.Edited.SourceOf(t.Event.ATS)
	}
	from, via := t.Came(app.Stage)
	now := state.Told{
		Event: flowd.Event{Key: "standing", Source: source, ATS: t.Event.ATS, Type: flowd.StageEntered, Via: via,
			At: l.Now, Received: l.Now, Application: app, From: from, Stage: app.Stage},
		Facts: l.Marked(flowd.Facts{Application: app, Previous: from, Invites: t.Facts.Invites}),
	}
	p = web.Planned{ATS: t.Event.ATS, Application: app.ID, Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(app.Stage.Name, app.Stage.ID), StageID: app.Stage.ID}
	decisions := decide(l.Edited, now.Event, now.Facts, l.Now)
	lacks, again, err := l.unkept(ctx, t, now, decisions)
	if err != nil {
		return p, false, err
	}
	if again != nil {
		now.Facts = l.Marked(flowd.Facts{Application: state.Merge(app, flowd.Application{Fields: again}), Previous: from, Invites: t.Facts.Invites})
		decisions = decide(l.Edited, now.Event, now.Facts, l.Now)
	}
	for _, a := range asked(decisions) {
		if a.Kind != flowd.ActionInvite {
			continue
		}
		taken, err := l.taken(ctx, t, a)
		if err != nil {
			return p, false, err
		}
		if taken {
			return p, false, nil
		}
		if lacks != (lack{}) && (l.Asks == nil || !l.Asks(source)) {
			break
		}
		p.Rule, p.Position, p.At, p.Why = a.Rule, positionOf(a), a.NotBefore, leftOut(t.Decisions, "")
		l.claim(a)
		return p, true, nil
	}
	if lacks != (lack{}) {
		p.Change, p.Rule, p.Why = web.CannotTell, lacks.rule, lacks.field
		return p, true, nil
	}
	return p, false, nil
}

// unkept is what nobody kept of somebody who stands there and the answer hangs on;
// else the fields of the last delivery, where that is needed and tells them.
func (l *lookout) unkept(ctx context.Context, t, now state.Told, decisions []flowd.Decision) (lacks lack, again []flowd.Field, err error) {
	if lacks = l.lacks(l.whole, l.unknown.read, now, l.Now, decisions); lacks == (lack{}) {
		return lacks, nil, nil
	}
	if !t.Event.Type.OfSource() { // an order tells no fields
		if t, err = l.toldLast(ctx, t); err != nil {
			return lack{}, nil, err
		}
	}
	if lacks = l.lacks(l.whole, l.unknown.at(t), now, l.Now, decisions); lacks == (lack{}) {
		return lacks, nil, nil
	}
	if again, err = l.decoded(ctx, t); again != nil || err != nil {
		return lack{}, again, err
	}
	return lacks, nil, nil
}

// toldLast is the last event of an application that a source told of.
func (l *lookout) toldLast(ctx context.Context, t state.Told) (state.Told, error) {
	stories, err := l.Store.Story(ctx, state.Ref{Application: t.Facts.Application.ID})
	for _, s := range stories {
		if last, ok := s.ToldLast(); ok && s.ATS == t.Event.ATS {
			return last, err
		}
	}
	return t, err
}

// taken tells whether an invite was promised before, at another stage or for
// another application of the person, so that nothing comes of it.
func (l *lookout) taken(ctx context.Context, t state.Told, a flowd.Action) (bool, error) {
	ref, person := state.Ref{Application: a.Application}, ofPerson(a)
	switch {
	case slices.ContainsFunc(person, func(of flowd.Claim) bool { return l.claimed[of] }):
		return true, nil
	case len(person) > 0:
		ref = state.Ref{Candidate: a.Candidate}
	case !slices.ContainsFunc(t.Facts.Invites, func(in flowd.Invite) bool { return in.Key == a.Key }):
		return false, nil
	}
	stories, err := l.Store.Story(ctx, ref)
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
	return false, nil
}

func (l *lookout) claim(a flowd.Action) {
	for _, of := range ofPerson(a) {
		l.claimed[of] = true
	}
}

// ofPerson are the claims of an invite beside that of its stage, which is the first.
func ofPerson(a flowd.Action) []flowd.Claim { return a.Claims[1:] }

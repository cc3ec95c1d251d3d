package ashby

import (
	"context"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// details are what a listing does not tell of an application: its candidate, when
// it entered its stage, and by whose hand. They cost two calls.
type details struct {
	who     person
	entered time.Time
	by      string
}

// told is how a page shows an application. The details are asked for where it
// could be acted on: not of those who stood there before flowd came, nor of what
// is too long ago, whenever within that it was.
func (p *poller) told(ctx context.Context, op string, app *application, news bool) (flowd.Snapshot, error) {
	s := flowd.Snapshot{Application: app.normal(p.door)}
	if news && s.Status == flowd.StatusActive && time.Since(connectors.Moment(app.UpdatedAt)) <= p.maxAge {
		d, err := p.known.Find(app.ID+" "+app.UpdatedAt, func(details) bool { return true }, func() (details, error) { return p.details(ctx, op, app) })
		if err != nil {
			return s, err
		}
		if d.who.ID != "" {
			s.Application = d.who.add(p.door, s.Application, app.Candidate.Email)
		}
		s.Entered, s.MovedBy = d.entered, d.by
	}
	var err error
	if s.Application, err = p.placed(ctx, op, *app, s.Application); err != nil {
		return s, err
	}
	if err := connectors.Sound(s, time.Now()); err != nil {
		return s, fault.New(fault.Unavailable, op, "the answer is not of the expected form: %v", err)
	}
	return s, nil
}

// details asks for them. Who or what is gone meanwhile has none.
func (p *poller) details(ctx context.Context, op string, app *application) (d details, err error) {
	if d.who, err = p.person(ctx, op, app.Candidate.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return d, err
	}
	history, err := ask[[]entry](ctx, p.api, op, "application.listHistory", map[string]any{"applicationId": app.ID, "limit": perPage})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return d, err
	}
	for _, e := range history {
		if at := connectors.Moment(e.Entered); app.Stage != nil && e.StageID == app.Stage.ID && !at.Before(d.entered) {
			d.entered, d.by = at, e.ActorID
		}
	}
	return d, nil
}

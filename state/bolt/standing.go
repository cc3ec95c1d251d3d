package bolt

import (
	"bytes"
	"context"

	"flowd"
	"flowd/state"
)

// standing finds the applications that nobody was promised an invite for.
func (s *Store) standing(ctx context.Context, f state.Filter, p state.Page) (found state.Found, err error) {
	limit, names := p.Size(), names{}
	var at []string
	next := []byte(p.After)
	for done := false; !done && len(at) <= limit; {
		err = s.view(ctx, func(t *tx) error {
			t.names = names
			c := t.bucket(apps).Cursor()
			k, v := c.Seek(next)
			if k != nil && bytes.Equal(k, next) {
				k, v = c.Next()
			}
			for n := 0; k != nil && n < perView && len(at) <= limit; n++ {
				told, stands, err := t.stands(f, k, v)
				if err != nil {
					return err
				}
				if stands {
					at = append(at, string(k))
					found.Told = append(found.Told, told)
					found.People = append(found.People, told.Facts.Application.Candidate)
				}
				next = append(next[:0], k...)
				k, v = c.Next()
			}
			done = k == nil
			return nil
		})
		if err != nil {
			return state.Found{}, err
		}
	}
	if len(at) > limit {
		found.Next, found.Told, found.People = at[limit-1], found.Told[:limit], found.People[:limit]
	}
	return found, nil
}

// stands tells how an application stands, and whether it is looked for.
func (t *tx) stands(f state.Filter, k, v []byte) (told state.Told, stands bool, err error) {
	a, err := readKnown(&reader{b: v, names: t.names})
	if err != nil {
		return told, false, err
	}
	name, _, _ := bytes.Cut(k, []byte{0})
	app := a.known.Application
	told = state.Told{Event: flowd.Event{ATS: string(name)}, Facts: flowd.Facts{Application: app}}
	if told.Event.ATS == flowd.Untied || !f.Stands(app) || f.Pick != nil && !f.Pick(told) {
		return told, false, nil
	}
	for n := a.lastRow; n > 0; {
		r, err := t.row(n)
		if err != nil || r == nil || r.Covers(app.Stage) {
			return told, false, err
		}
		n = r.before
	}
	for n := a.lastEvent; n > 0 && told.Event.Type != flowd.StageEntered; {
		e, err := t.event(n)
		if err != nil {
			return told, false, err
		}
		if e == nil {
			break // pruned, and so is all before it
		}
		if e.Type == flowd.StageEntered || e.Type.OfSource() && told.Event.Type == "" {
			bare := e.bare()
			told.Event, told.Decided, told.Decisions = bare.Event, bare.Decided, bare.Decisions
		}
		n = e.before
	}
	p, err := t.person(a.person)
	if err == nil && a.lastRow > 0 {
		told.Facts.Invites, err = t.invites(told.Event.ATS, app.ID)
	}
	told.Facts.Application = p.fill(app, a.private)
	return told, true, err
}

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
				told, row, stands, err := t.stands(f, k, v)
				if err != nil {
					return err
				}
				if stands {
					at = append(at, string(k))
					found.Told = append(found.Told, told)
					found.People = append(found.People, told.Facts.Application.Candidate)
					if f.Covered {
						found.Rows = append(found.Rows, row)
					}
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
		found.Rows = found.Rows[:min(limit, len(found.Rows))]
	}
	return found, nil
}

// stands tells how an application stands, by which row, and whether it is looked
// for.
func (t *tx) stands(f state.Filter, k, v []byte) (told state.Told, covered state.Row, stands bool, err error) {
	a, err := readKnown(&reader{b: v, names: t.names})
	if err != nil {
		return told, covered, false, err
	}
	name, _, _ := bytes.Cut(k, []byte{0})
	app := a.known.Application
	told = state.Told{Event: flowd.Event{ATS: string(name)}, Facts: flowd.Facts{Application: app}}
	if told.Event.ATS == flowd.Untied || !f.Stands(app) || f.Pick != nil && !f.Pick(told) {
		return told, covered, false, nil
	}
	var covers *row
	for n := a.lastRow; n > 0; {
		r, err := t.row(n)
		if err != nil {
			return told, covered, false, err
		}
		if r == nil {
			break
		}
		if r.Covers(app.Stage) && (covers == nil || r.Closer(&covers.Entry)) {
			if covers = r; !f.Covered {
				return told, covered, false, nil
			}
		}
		n = r.before
	}
	if covers != nil {
		covered = covers.Row
	}
	if err := t.newest(&told, a.lastEvent); err != nil {
		return told, covered, false, err
	}
	p, err := t.person(a.person)
	if err == nil && a.lastRow > 0 {
		told.Facts.Invites, err = t.invites(told.Event.ATS, app.ID)
	}
	told.Facts.Application = p.fill(app, a.private)
	return told, covered, true, err
}

// newest finds the newest move among the events of an application, of which n is
// the last; else the newest one that repeats a move, else any.
func (t *tx) newest(told *state.Told, n uint64) error {
	for n > 0 {
		e, err := t.event(n)
		if err != nil {
			return err
		}
		if e == nil {
			return nil // pruned, and so is all before it
		}
		bare := e.bare()
		moves := bare.Moves()
		if moves || e.Type == flowd.StageEntered && told.Event.Type != flowd.StageEntered || e.Type.OfSource() && told.Event.Type == "" {
			told.Event, told.Facts.Novelty, told.Decided, told.Decisions = bare.Event, bare.Facts.Novelty, bare.Decided, bare.Decisions
		}
		if moves {
			return nil
		}
		n = e.before
	}
	return nil
}

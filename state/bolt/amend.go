package bolt

import (
	"context"
	"errors"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// Amend implements state.Outbox.
func (s *Store) Amend(ctx context.Context, a state.Amendment, now time.Time) (changed []state.Row, err error) {
	now = state.Instant(now)
	if err := a.Check(); err != nil {
		return nil, err
	}
	err = s.update(ctx, func(t *tx) error {
		changed = nil
		if a.Once != "" && t.get(documents, idKey(state.Once, a.Once)) != nil {
			return state.ErrOnce
		}
		stops, err := t.inForce()
		if err != nil {
			return err
		}
		candidates, err := t.selected(a.Select)
		if err != nil {
			return err
		}
		for _, n := range candidates {
			e, err := t.row(n)
			if err != nil || e == nil {
				return errors.Join(err, missing(e == nil, "a row of an index"))
			}
			if !a.Select.Fits(e.Row) {
				continue
			}
			if e.Redecides(a) {
				if !t.has(events, numberKey(e.event)) {
					continue // the event is no longer kept
				}
				if err := t.wantAgain(e); err != nil {
					return err
				}
			}
			if !e.Amend(a, stops, now) {
				continue
			}
			if a.Verb == state.Release {
				err = t.resume(e, now)
			}
			if err := errors.Join(err, t.turned(e, now)); err != nil {
				return err
			}
			changed = append(changed, e.Row)
		}
		if a.Once == "" || len(changed) == 0 {
			return nil
		}
		return t.keep(state.Document{Kind: state.Once, ID: a.Once, At: now, Body: []byte(a.By)})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// selected narrows a selection to rows that an order can be about, oldest first.
func (t *tx) selected(sel state.Selection) (found []uint64, err error) {
	switch {
	case sel.Empty():
		return nil, nil
	case len(sel.Keys) > 0:
		for _, k := range sel.Keys {
			if n := varOf(t.get(keys, digestOf(string(k)))); n > 0 {
				found = append(found, n)
			}
		}
	case sel.Batch != "":
		found = t.batched(sel.Batch)
	case sel.Application != "":
		for _, ats := range t.systems() {
			own, err := t.rowsOf(ats, sel.Application)
			if err != nil {
				return nil, err
			}
			found = append(found, own...)
		}
	default:
		found = t.unsettledRows()
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// unsettledRows returns the rows that owe work or wait for a person, oldest
// first.
func (t *tx) unsettledRows() (found []uint64) {
	_ = t.scan(unsettled, "", func(k, _ []byte) (bool, error) {
		found = append(found, number(k[1:]))
		return true, nil
	})
	slices.Sort(found)
	return found
}

// Pause implements state.Outbox.
func (s *Store) Pause(ctx context.Context, c state.PauseChange, now time.Time) (all []state.Pause, err error) {
	now = state.Instant(now)
	if c.Scope == "" {
		err = s.view(ctx, func(t *tx) error {
			all, err = t.inForce()
			return err
		})
		return all, err
	}
	err = s.update(ctx, func(t *tx) error {
		stops, err := t.pause(c, now)
		all = slices.Clone(stops)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// pause changes one pause and the rows that it is about, and returns those in
// force.
func (t *tx) pause(c state.PauseChange, now time.Time) (after state.Pauses, err error) {
	stops, err := t.inForce()
	if err != nil {
		return nil, err
	}
	after, before := stops.Change(c, now)
	if err := t.savePauses(after); err != nil {
		return nil, err
	}
	kind, id := c.Scope.Split()
	if kind != "position" && kind != "rule" {
		return after, nil
	}
	if kind == "rule" && c.Lift {
		if err := t.dropPromises(id, t.prefixed(promises, promisesOf(id))); err != nil {
			return nil, err
		}
	}
	for _, n := range t.unsettledRows() {
		if err := t.change(n, func(e *row) bool { return e.Repark(c.Scope, before, after, now) }); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// inForce reads the pauses, once a transaction.
func (t *tx) inForce() (state.Pauses, error) {
	if t.stopped {
		return t.stops, nil
	}
	var stops state.Pauses
	err := t.scan(pauses, "", func(k, v []byte) (bool, error) {
		r := &reader{b: v}
		stops = append(stops, state.Pause{
			Scope: state.Scope(k), Reason: flowd.Reason(r.string()), Detail: r.string(),
			Since: r.time(), By: r.string(), ProbeAt: r.time(),
		})
		return true, r.end("pause")
	})
	t.stops, t.stopped = stops, err == nil
	return stops, err
}

// savePauses replaces them: they are few.
func (t *tx) savePauses(stops state.Pauses) error {
	for _, k := range t.prefixed(pauses, "") {
		if err := t.del(pauses, k); err != nil {
			return err
		}
	}
	for _, p := range stops {
		w := &writer{}
		w.string(string(p.Reason))
		w.string(p.Detail)
		w.time(p.Since)
		w.string(p.By)
		w.time(p.ProbeAt)
		if err := t.put(pauses, string(p.Scope), w.b); err != nil {
			return err
		}
	}
	t.stops, t.stopped = stops, true
	return nil
}

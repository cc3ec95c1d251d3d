package bolt

import (
	"context"
	"errors"
	"time"

	"flowd/state"
)

// perPrune bounds what one transaction drops, so that nobody waits for it.
const perPrune = 500

// Prune implements state.Pruner.
func (s *Store) Prune(ctx context.Context, r state.Retention, now time.Time) (done state.Pruned, err error) {
	if r.Raw > 0 {
		done.Raw, err = s.pruneWith(ctx, func(t *tx, _ string) (int, string, error) {
			return t.pruneRaw(now.Add(-r.Raw))
		})
	}
	if err == nil && r.Undecodable > 0 {
		done.Quarantined, err = s.pruneWith(ctx, func(t *tx, _ string) (int, string, error) {
			return t.pruneQuarantine(now.Add(-r.Undecodable))
		})
	}
	if err == nil && r.Decisions > 0 {
		done.Events, err = s.pruneWith(ctx, func(t *tx, from string) (int, string, error) {
			return t.pruneEvents(from, now.Add(-r.Decisions))
		})
	}
	return done, err
}

// pruneWith runs a step until it has no place to go on from, and adds up what
// the steps dropped.
func (s *Store) pruneWith(ctx context.Context, step func(t *tx, from string) (int, string, error)) (dropped int, err error) {
	from := ""
	for {
		var n int
		var next string
		err := s.update(ctx, func(t *tx) (err error) {
			n, next, err = step(t, from)
			return err
		})
		if err != nil {
			return dropped, err
		}
		if dropped += n; next == "" {
			return dropped, nil
		}
		from = next
	}
}

func (t *tx) pruneRaw(before time.Time) (n int, next string, err error) {
	var old []string
	_ = t.scan(raw, "", func(k, _ []byte) (bool, error) {
		if !timeOf(k).Before(before) || len(old) == perPrune {
			return false, nil
		}
		old = append(old, string(k))
		return true, nil
	})
	for _, k := range old {
		if err := t.dropRaw(k); err != nil {
			return 0, "", err
		}
	}
	if len(old) == perPrune {
		next = old[len(old)-1]
	}
	return len(old), next, nil
}

func (t *tx) pruneQuarantine(before time.Time) (n int, next string, err error) {
	var old []string
	err = t.scan(quarantine, "", func(k, v []byte) (bool, error) {
		q, err := decodeQuarantined(v)
		if err != nil || !q.At.Before(before) || len(old) == perPrune {
			return false, err
		}
		old = append(old, string(k))
		return true, nil
	})
	for _, k := range old {
		err = errors.Join(err, t.dropQuarantined(k))
	}
	if len(old) == perPrune {
		next = old[len(old)-1]
	}
	return len(old), next, err
}

// pruneEvents drops events before a time that nothing refers to any longer. Their
// keys stay, so that a repetition of one is still known as such.
func (t *tx) pruneEvents(from string, before time.Time) (n int, next string, err error) {
	var old []uint64
	visited := 0
	err = t.scan(events, from, func(k, v []byte) (bool, error) {
		if visited == perPrune {
			next = string(k)
			return false, nil
		}
		visited++
		e, err := decodeEvent(number(k), v)
		if err != nil || !e.Received.Before(before) {
			return false, err
		}
		needed, err := t.needed(e)
		if err == nil && !needed {
			old = append(old, e.number)
		}
		return err == nil, err
	})
	if err != nil {
		return 0, "", err
	}
	for _, n := range old {
		if err := t.dropEvent(n); err != nil {
			return 0, "", err
		}
	}
	return len(old), next, nil
}

// needed tells whether an event is still to be decided, or was for a row that
// may yet be leased.
func (t *tx) needed(e *event) (bool, error) {
	if len(t.prefixed(undecided, numberKey(e.number))) > 0 {
		return true, nil
	}
	own, err := t.rowsOf(e.ATS, e.Application.ID)
	if err != nil {
		return true, err
	}
	for _, n := range own {
		r, err := t.row(n)
		if err != nil || r == nil {
			return true, errors.Join(err, missing(r == nil, "a row of an application"))
		}
		if r.event == e.number && r.Unsettled() {
			return true, nil
		}
	}
	return false, nil
}

// dropEvent takes an event out of its application's chain. It is the chain's
// end, unless an older one is kept for what it still owes.
func (t *tx) dropEvent(n uint64) error {
	e, err := t.event(n) // as it is now: dropping the one before may have changed it
	if err != nil || e == nil {
		return errors.Join(err, missing(e == nil, "an event"))
	}
	if e.before > 0 && t.has(events, numberKey(e.before)) {
		if err := t.bridge(e); err != nil {
			return err
		}
	}
	own, err := t.rowsOf(e.ATS, e.Application.ID)
	if err != nil {
		return err
	}
	for _, n := range own {
		r, err := t.row(n)
		if err != nil || r == nil {
			return errors.Join(err, missing(r == nil, "a row of an application"))
		}
		if r.event == e.number {
			if err := t.del(texts, numberKey(n)); err != nil {
				return err
			}
		}
	}
	return t.del(events, numberKey(e.number))
}

// bridge links what comes after an event to what comes before it.
func (t *tx) bridge(e *event) error {
	a, err := t.application(e.ATS, e.Application.ID)
	if err != nil {
		return err
	}
	if a.lastEvent == e.number {
		a.lastEvent = e.before
		return t.put(apps, idKey(e.ATS, e.Application.ID), a.encode())
	}
	chain, err := t.eventsOf(e.ATS, e.Application.ID)
	if err != nil {
		return err
	}
	for _, later := range chain {
		if later.before == e.number {
			later.before = e.before
			return t.put(events, numberKey(later.number), later.encode())
		}
	}
	return nil
}

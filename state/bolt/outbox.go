package bolt

import (
	"context"
	"errors"
	"time"

	"flowd"
	"flowd/state"
)

// Lease implements state.Outbox.
func (s *Store) Lease(ctx context.Context, r state.LeaseRequest) (leases []state.Lease, err error) {
	r.Now = state.Instant(r.Now)
	idle := false
	// Most of the time there is nothing to do, and a look is enough to know.
	if err := s.view(ctx, func(t *tx) (err error) {
		idle, err = t.idle(r.Now)
		return err
	}); err != nil || idle {
		return nil, err
	}
	err = s.update(ctx, func(t *tx) (err error) {
		leases, err = t.lease(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return leases, nil
}

// idle tells whether nothing can be leased and no lease has run out.
func (t *tx) idle(now time.Time) (bool, error) {
	lost, _, err := t.underWay(now)
	if err != nil || len(lost) > 0 {
		return false, err
	}
	stops, err := t.inForce()
	if err != nil {
		return false, err
	}
	if allowed, _ := stops.Allowed(now); !allowed {
		return true, nil
	}
	k, _ := t.bucket(queue).Cursor().First()
	return k == nil || timeOf(k).After(now), nil
}

// underWay returns the rows whose lease ran out and the applications that have
// one in force. There are never more leases than calls under way.
func (t *tx) underWay(now time.Time) (lost []uint64, under map[string]bool, err error) {
	under = map[string]bool{}
	err = t.scan(leased, "", func(k, v []byte) (bool, error) {
		if len(v) < timeKeySize {
			return false, missing(true, "the end of a lease")
		}
		if timeOf(v).After(now) {
			under[string(v[timeKeySize:])] = true
		} else {
			lost = append(lost, number(k))
		}
		return true, nil
	})
	return lost, under, err
}

func (t *tx) lease(r state.LeaseRequest) (leases []state.Lease, err error) {
	lost, under, err := t.underWay(r.Now)
	if err != nil {
		return nil, err
	}
	for _, n := range lost {
		if err := t.change(n, func(e *row) bool { e.Lose(e.Until, r.Now); return true }); err != nil {
			return nil, err
		}
	}
	stops, err := t.inForce()
	if err != nil {
		return nil, err
	}
	allowed, probe := stops.Allowed(r.Now)
	if !allowed {
		return nil, nil
	}
	if probe {
		r.Max = min(r.Max, 1)
	}
	g := newGate(t, r.Caps, stops, probe, r.Now)
	from := ""
	for len(leases) < r.Max && g.put < maxPut {
		var due []uint64
		if due, from = t.dueRows(from, r.Now); len(due) == 0 {
			break
		}
		for _, n := range due {
			if len(leases) == r.Max {
				break
			}
			l, err := t.leaseRow(n, g, under, r)
			if err != nil {
				return nil, err
			}
			if l != nil {
				leases = append(leases, *l)
			}
		}
	}
	if len(leases) == 0 {
		return nil, nil
	}
	if probe {
		if err := t.savePauses(stops.Probed(leases[0].Deadline)); err != nil {
			return nil, err
		}
	}
	return leases, t.trimSent(r.Now)
}

const (
	// maxPut bounds how many rows one call puts off for a cap: the next goes on.
	maxPut = 1000
	// perLook is how many due rows are read ahead.
	perLook = 256
)

// dueRows returns the next rows that are due, oldest first, and where to go on.
func (t *tx) dueRows(from string, now time.Time) (due []uint64, next string) {
	_ = t.scan(queue, from, func(k, _ []byte) (bool, error) {
		if timeOf(k).After(now) || len(due) == perLook {
			return false, nil
		}
		due = append(due, number(k[timeKeySize:]))
		next = string(k) + "\x00"
		return true, nil
	})
	return due, next
}

// leaseRow leases a due row if nothing stands against it.
func (t *tx) leaseRow(n uint64, g *gate, under map[string]bool, r state.LeaseRequest) (*state.Lease, error) {
	e, err := t.row(n)
	if err != nil || e == nil {
		return nil, errors.Join(err, missing(e == nil, "a due row"))
	}
	of := idKey(e.Action.ATS, e.Action.Application)
	if under[of] {
		return nil, nil
	}
	if goes, err := g.lets(e); err != nil || !goes {
		return nil, err
	}
	fence, err := t.next(leased)
	if err != nil {
		return nil, err
	}
	under[of] = true
	before := e.Sent
	e.Lease(fence, r.For, r.Now)
	g.went(before, e.Sent)
	if err := t.saveRow(e); err != nil {
		return nil, err
	}
	l, err := t.leaseOf(e, g.probe, r.Now)
	return &l, err
}

func (t *tx) leaseOf(e *row, probe bool, now time.Time) (state.Lease, error) {
	l := e.Leased(probe, now)
	event, err := t.event(e.event)
	if err != nil {
		return l, err
	}
	if event != nil {
		told, err := t.told(event)
		if err != nil {
			return l, err
		}
		l.Event, l.Facts = told.Event, told.Facts
	}
	a, err := t.application(e.Action.ATS, e.Action.Application)
	if err != nil {
		return l, err
	}
	l.Facts.Application, err = t.filled(e.Action.ATS, a.known.Application, a.private)
	return l, err
}

// change reads a row, changes it and writes it back if change says so.
func (t *tx) change(n uint64, change func(*row) bool) error {
	e, err := t.row(n)
	if err != nil || e == nil {
		return errors.Join(err, missing(e == nil, "a row of an index"))
	}
	if !change(e) {
		return nil
	}
	return t.saveRow(e)
}

// Settle implements state.Outbox.
func (s *Store) Settle(ctx context.Context, l state.Lease, o flowd.Outcome, now time.Time) error {
	var fenced error
	err := s.update(ctx, func(t *tx) error {
		fenced = nil
		e, err := t.rowOf(keys, string(l.Action.Key))
		if err != nil {
			return err
		}
		if e == nil {
			return state.ErrNotFound
		}
		stops, err := t.inForce()
		if err != nil {
			return err
		}
		switch err := e.Settle(l, o, stops, now); {
		case errors.Is(err, state.ErrFenced):
			fenced = err // and the note is kept
		case err != nil:
			return err
		case e.State == flowd.Replaced:
			if err := t.wantAgain(e); err != nil {
				return err
			}
		}
		return t.saveRow(e)
	})
	return errors.Join(err, fenced)
}

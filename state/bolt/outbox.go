package bolt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"

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
	open, tries := stops.Open(now)
	for lane, in := range lanes {
		if !open[lane] && !tries[lane] {
			continue
		}
		c := t.bucket(in).Cursor()
		k, _ := c.First()
		if nextDue(c, k, now) != nil {
			return false, nil
		}
	}
	return true, nil
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
	g := newGate(t, r, stops)
	from := ""
	for len(leases) < r.Max && g.put < maxPut {
		var due []dueRow
		if due, from = t.dueRows(g, from, r.Now); len(due) == 0 {
			break
		}
		for _, d := range due {
			if len(leases) == r.Max {
				break
			}
			if g.closed(d.lane) {
				continue
			}
			l, err := t.leaseRow(d, g, under, r)
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
	return leases, t.trimSent(r.Now)
}

const (
	// maxPut bounds how many rows one call puts off for a cap: the next goes on.
	maxPut = 1000
	// perLook is how many due rows are read ahead.
	perLook = 256
)

// dueRow is one that is due, and its queue.
type dueRow struct {
	number uint64
	lane   state.Lane
}

// dueRows returns the next rows that are due in the queues that are not closed,
// in the order in which they go, and where to go on.
func (t *tx) dueRows(g *gate, from string, now time.Time) (due []dueRow, next string) {
	var cursors [state.Lanes]*bbolt.Cursor
	var heads [state.Lanes][]byte
	for lane, in := range lanes {
		if !g.closed(state.Lane(lane)) {
			cursors[lane] = t.bucket(in).Cursor()
			k, _ := cursors[lane].Seek([]byte(from))
			heads[lane] = nextDue(cursors[lane], k, now)
		}
	}
	for len(due) < perLook {
		var head []byte
		var first state.Lane
		for lane, k := range heads {
			if k != nil && (head == nil || bytes.Compare(k, head) < 0) {
				head, first = k, state.Lane(lane)
			}
		}
		if head == nil {
			break
		}
		due = append(due, dueRow{number(head[queueKeySize:]), first})
		next = string(head) + "\x00"
		k, _ := cursors[first].Next()
		heads[first] = nextDue(cursors[first], k, now)
	}
	return due, next
}

// leaseRow leases a due row if nothing stands against it.
func (t *tx) leaseRow(d dueRow, g *gate, under map[string]bool, r state.LeaseRequest) (*state.Lease, error) {
	e, err := t.row(d.number)
	if err != nil || e == nil {
		return nil, errors.Join(err, missing(e == nil, "a due row"))
	}
	probe := g.probes(e)
	if !g.open[d.lane] && !probe {
		return nil, nil
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
	g.went(e, before)
	if err := t.saveRow(e); err != nil {
		return nil, err
	}
	if probe {
		if err := g.probed(e.Until); err != nil {
			return nil, err
		}
	}
	l, err := t.leaseOf(e, probe)
	return &l, err
}

func (t *tx) leaseOf(e *row, probe bool) (state.Lease, error) {
	l := e.Leased(probe)
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
	if l.Facts.Application, err = t.filled(e.Action.ATS, a.known.Application, a.private); err != nil {
		return l, err
	}
	if l.Facts.Invites, err = t.invites(e.Action.ATS, e.Action.Application); err != nil {
		return l, err
	}
	l.Rendered, err = t.text(e.number)
	return l, err
}

// Fill implements state.Outbox.
func (s *Store) Fill(ctx context.Context, l state.Lease, r flowd.Rendered, _ time.Time) error {
	return s.update(ctx, func(t *tx) error {
		e, err := t.rowOf(keys, string(l.Action.Key))
		if err != nil {
			return err
		}
		if e == nil || e.State != flowd.Leased || e.Fence != l.Fence {
			return state.ErrFenced
		}
		w := &writer{}
		w.string(r.Target)
		w.string(r.Text)
		return t.put(texts, numberKey(e.number), w.b)
	})
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
	now = state.Instant(now)
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
		if o.Interview.ID != "" && o.Interview.ID != e.Interview.ID {
			if err := t.keepTie(e); err != nil {
				return err
			}
		}
		switch err := e.Settle(l, o, stops, now); {
		case errors.Is(err, state.ErrFenced):
			fenced = err // and the note is kept
			return t.saveRow(e)
		case err != nil:
			return err
		case e.State == flowd.Replaced:
			if err := t.wantAgain(e); err != nil {
				return err
			}
		}
		if err := t.learnFrom(e, o, now); err != nil {
			return err
		}
		return t.turned(e, now)
	})
	return errors.Join(err, fenced)
}

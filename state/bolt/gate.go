package bolt

import (
	"time"

	"flowd"
	"flowd/state"
)

// gate is what stands between a due row and its lease: pauses and caps.
type gate struct {
	tx    *tx
	caps  state.Caps
	stops state.Pauses
	open  [state.Lanes]bool // queues that may be leased from
	tries [state.Lanes]bool // and those of which one row may try whether a stop is over
	now   time.Time
	uses  state.Uses // of everybody
	paces state.Paces
	put   int // rows put off
}

func newGate(t *tx, r state.LeaseRequest, stops state.Pauses) *gate {
	g := &gate{tx: t, caps: r.Caps, stops: stops, now: r.Now, paces: state.Paces{Rates: r.Limits, Sent: map[string][]time.Time{}}}
	g.open, g.tries = stops.Open(r.Now)
	if r.Caps.Any() || len(r.Limits) > 0 {
		g.uses = t.uses(r.Now, g.paces.Went)
	}
	return g
}

// closed tells whether nothing of a queue may go.
func (g *gate) closed(lane state.Lane) bool { return !g.open[lane] && !g.tries[lane] }

// probes tells whether a row would try whether a stop is over.
func (g *gate) probes(e *row) bool {
	lane := state.LaneOf(e.Action.Kind)
	return !g.open[lane] && g.tries[lane] && e.Action.Mode != flowd.Shadow
}

// probed lets no other row try before this one's lease has run out.
func (g *gate) probed(until time.Time) error {
	g.tries = [state.Lanes]bool{}
	g.stops = g.stops.Probed(until)
	return g.tx.savePauses(g.stops)
}

// lets tells whether a row may be leased. One that the caps do not let go is
// held or waits.
func (g *gate) lets(e *row) (bool, error) {
	if _, parked := g.stops.Parks(e.Action); parked {
		return false, nil
	}
	if g.paces.Put(&e.Entry, g.now) {
		return false, g.putOff(e)
	}
	if !e.Counts() || !g.caps.Any() {
		return true, nil
	}
	uses := g.uses
	uses.Drop(e.Sent, g.now)
	if g.caps.PerPerson != nil {
		var err error
		if uses.Person, err = g.tx.sentTo(e); err != nil {
			return false, err
		}
	}
	if e.Bar(g.caps.Bar(uses, g.now), g.now) {
		return true, nil
	}
	return false, g.putOff(e)
}

// putOff saves a row that does not go now. One that may be out is left as it is.
func (g *gate) putOff(e *row) error {
	if e.places() == e.was {
		return nil
	}
	g.put++
	return g.tx.saveRow(e)
}

// went counts a row that was leased.
func (g *gate) went(e *row, before time.Time) {
	g.uses.Drop(before, g.now)
	g.uses.Add(e.Sent, false, g.now)
	if !e.Sent.IsZero() {
		g.paces.Went(e.Action.Rule, e.Sent)
	}
}

// uses counts what went out, or may have, in the last hour and day, and tells of
// each whose it was.
func (t *tx) uses(now time.Time, of func(rule string, at time.Time)) (u state.Uses) {
	_ = t.scan(sent, timeKey(now.Add(-24*time.Hour)), func(k, rule []byte) (bool, error) {
		u.Add(timeOf(k), false, now)
		of(string(rule), timeOf(k))
		return true, nil
	})
	return u
}

// sentTo returns when something went to a row's person, beside the row itself.
func (t *tx) sentTo(e *row) (times []time.Time, err error) {
	a, err := t.application(e.Action.ATS, e.Action.Application)
	if err != nil {
		return nil, err
	}
	p, err := t.person(a.person)
	if err != nil || p == nil {
		return nil, err
	}
	for _, id := range p.Applications {
		own, err := t.rowsOf(e.Action.ATS, id)
		if err != nil {
			return nil, err
		}
		for _, n := range own {
			r, err := t.row(n)
			if err != nil {
				return nil, err
			}
			if n != e.number && !r.Sent.IsZero() {
				times = append(times, r.Sent)
			}
		}
	}
	return times, nil
}

// trimSent drops what no cap counts any longer.
func (t *tx) trimSent(now time.Time) error {
	const most = 100 // more than come in, so that it keeps up
	var old []string
	_ = t.scan(sent, "", func(k, _ []byte) (bool, error) {
		if !timeOf(k).Before(now.Add(-25*time.Hour)) || len(old) == most {
			return false, nil
		}
		old = append(old, string(k))
		return true, nil
	})
	for _, k := range old {
		if err := t.del(sent, k); err != nil {
			return err
		}
	}
	return nil
}

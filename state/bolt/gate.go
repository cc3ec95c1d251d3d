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
	put   int        // rows put off
}

func newGate(t *tx, caps state.Caps, stops state.Pauses, now time.Time) *gate {
	g := &gate{tx: t, caps: caps, stops: stops, now: now}
	g.open, g.tries = stops.Open(now)
	if caps.Any() {
		g.uses = t.uses(now)
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
	if e.places() == e.was {
		return false, nil // it may be out: left as it is
	}
	g.put++
	return false, g.tx.saveRow(e)
}

// went counts a row that was leased.
func (g *gate) went(before, now time.Time) {
	g.uses.Drop(before, g.now)
	g.uses.Add(now, false, g.now)
}

// uses counts what went out, or may have, in the last hour and day.
func (t *tx) uses(now time.Time) (u state.Uses) {
	_ = t.scan(sent, timeKey(now.Add(-24*time.Hour)), func(k, _ []byte) (bool, error) {
		u.Add(timeOf(k), false, now)
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

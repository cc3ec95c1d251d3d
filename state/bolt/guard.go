package bolt

import (
	"time"

	"flowd"
	"flowd/state"
)

// guard counts an action of a rule, and pauses the rule where it is one too many.
// There are never more to count than the guard allows.
func (t *tx) guard(a flowd.Action, g state.Guard, now time.Time, done *state.Committed) error {
	if !g.Concerns(a) {
		return nil
	}
	stops, err := t.inForce()
	if err != nil {
		return err
	}
	if _, paused := stops.In(state.ScopeRule(a.Rule)); paused {
		return nil
	}
	recent := t.prefixed(promises, promisesOf(a.Rule))
	old := 0
	for old < len(recent) && !timeOf([]byte(recent[old])).After(g.Since(now)) {
		old++
	}
	if err := t.dropPromises(a.Rule, recent[:old]); err != nil {
		return err
	}
	if trip, too := g.Trip(a.Rule, len(recent)-old); too {
		done.Flooded = append(done.Flooded, a.Rule)
		_, err := t.pause(trip, now)
		return err
	}
	n, err := t.next(promises)
	if err != nil {
		return err
	}
	return t.put(promises, promisesOf(a.Rule)+timeKey(now)+numberKey(n), nil)
}

// promisesOf is what the keys of a rule's promises begin with.
func promisesOf(rule string) string { return idKey(rule) + "\x00" }

func (t *tx) dropPromises(rule string, ends []string) error {
	for _, end := range ends {
		if err := t.del(promises, promisesOf(rule)+end); err != nil {
			return err
		}
	}
	return nil
}

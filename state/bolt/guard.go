package bolt

import (
	"errors"
	"time"

	"flowd"
	"flowd/state"
)

// guard counts an action of a rule, and pauses the rule where it is one too many.
// There are never more to count than the guard allows. What is promised anew is
// not one more.
func (t *tx) guard(own *row, a flowd.Action, g state.Guard, now time.Time, done *state.Committed) error {
	if !g.Counts(a) || own != nil {
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

// approve holds a row, and all of its span, where the rule promised too many.
func (t *tx) approve(n uint64, a flowd.Action, g state.Guard, now time.Time) error {
	if !g.Asks(a) {
		return nil
	}
	of := spanOf(a.Rule)
	held, batch := heldOf(t.get(promises, of))
	var span []uint64
	for _, end := range t.prefixed(promises, promisesOf(of)) {
		if at := number(end[timeKeySize:]); g.Joins(timeOf([]byte(end)), now) && at != n {
			span = append(span, at)
			continue
		}
		if err := t.dropPromises(of, []string{end}); err != nil {
			return err
		}
	}
	if !g.Joins(held, now) && len(span) < g.Above {
		return t.put(promises, promisesOf(of)+timeKey(now)+numberKey(n), nil)
	}
	asks, err := t.asks(batch)
	if err != nil {
		return err
	}
	if !asks || !g.Joins(held, now) {
		batch = state.BatchOf(a.Rule, flowd.ReasonApproval, now)
	}
	for _, of := range append(span, n) {
		if err := t.change(of, func(e *row) bool { return e.Approve(g, batch, now) }); err != nil {
			return err
		}
	}
	return errors.Join(t.dropPromises(of, t.prefixed(promises, promisesOf(of))), t.put(promises, of, []byte(timeKey(now)+batch)))
}

// heldOf is when something of a span was held last, and the batch it went into.
func heldOf(b []byte) (at time.Time, batch string) {
	if len(b) < timeKeySize {
		return time.Time{}, ""
	}
	return timeOf(b), string(b[timeKeySize:])
}

// asks tells whether anybody of a batch waits for a yes still.
func (t *tx) asks(batch string) (bool, error) {
	for _, n := range t.batched(batch) {
		if e, err := t.row(n); err != nil || e != nil && e.Asks(batch) {
			return true, err
		}
	}
	return false, nil
}

// batched returns the rows of a batch.
func (t *tx) batched(batch string) (found []uint64) {
	if batch == "" {
		return nil
	}
	for _, end := range t.prefixed(batches, batchKey(batch)) {
		found = append(found, number(end))
	}
	return found
}

// batchKey is what the keys of a batch's rows begin with.
func batchKey(batch string) string { return idKey("", batch) + "\x00" }

// spanOf is where a rule's promises stand that an approval counts: no rule's id
// begins so.
func spanOf(rule string) string { return "~" + idKey(rule) }

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

package bolt

import (
	"context"
	"errors"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// Commit implements state.Ledger.
func (s *Store) Commit(ctx context.Context, c state.Commitment, now time.Time) (state.Committed, error) {
	var done state.Committed
	now = state.Instant(now)
	err := s.update(ctx, func(t *tx) (err error) {
		done, err = t.decide(c, now)
		return err
	})
	if err != nil {
		return state.Committed{}, err
	}
	return done, nil
}

func (t *tx) decide(c state.Commitment, now time.Time) (done state.Committed, err error) {
	n := varOf(t.get(eventKeys, eventKey(c.Event)))
	place := numberKey(n) + c.Only
	if n == 0 || !t.has(undecided, place) {
		return done, state.ErrDecided
	}
	e, err := t.event(n)
	if err != nil || e == nil {
		return done, errors.Join(err, missing(e == nil, "an undecided event"))
	}
	if err := t.del(undecided, place); err != nil {
		return done, err
	}
	t.count("undecided", -1)
	if c.Forget { // first: what was forgotten is not promised again
		if done.Cancelled, err = t.end(e, now); err != nil {
			return done, err
		}
	}
	if c.Cancel != nil {
		ended, err := t.cancel(e, *c.Cancel, now)
		if done.Cancelled = append(done.Cancelled, ended...); err != nil {
			return done, err
		}
	}
	if c.Reconsider {
		if done.Reconsidered, err = t.reconsider(e, now); err != nil {
			return done, err
		}
	}
	made := make([]decision, len(c.Decisions))
	for i, d := range c.Decisions {
		if made[i], err = t.promiseAll(d, e, c.Guards[d.Rule], now, &done); err != nil {
			return done, err
		}
	}
	if c.Only != "" {
		old := slices.DeleteFunc(e.made, func(d decision) bool { return d.Rule == c.Only })
		made = append(old, made...)
	}
	e.decided, e.made = now, made
	if err := t.put(events, numberKey(n), e.encode()); err != nil {
		return done, err
	}
	if c.Forget {
		err = t.forget(e)
	}
	return done, err
}

// promiseAll makes the rows that a decision asks for.
func (t *tx) promiseAll(d flowd.Decision, e *event, g state.Guard, now time.Time, done *state.Committed) (decision, error) {
	made := decision{Decision: d}
	for _, a := range d.Actions {
		own, by, err := t.holder(a)
		if err != nil {
			return made, err
		}
		if by != "" {
			done.Taken = append(done.Taken, state.Taken{Action: a, By: by})
			made.Decision = state.Refuse(made.Decision, by)
			continue
		}
		if err := t.guard(own, a, g, now, done); err != nil {
			return made, err
		}
		n, err := t.promise(own, a, e, now)
		if err == nil {
			err = t.approve(n, a, g, now)
		}
		if err != nil {
			return made, err
		}
		made.rows = append(made.rows, n)
		done.Promised = append(done.Promised, a.Key)
	}
	made.Actions = nil
	return made, nil
}

// holder returns the row that has an action's key, and the key of the row that
// stands in the action's way.
func (t *tx) holder(a flowd.Action) (own *row, by flowd.IdempotencyKey, err error) {
	if own, err = t.rowOf(keys, string(a.Key)); err != nil {
		return nil, "", err
	}
	if a.Kind == flowd.ActionDecide {
		return own, "", nil
	}
	if own != nil && own.Holds() {
		return own, a.Key, nil
	}
	for _, c := range a.Claims {
		other, err := t.rowOf(claims, string(c))
		if err != nil {
			return nil, "", err
		}
		if other != nil && (own == nil || other.number != own.number) && other.Holds() {
			return own, other.Action.Key, nil
		}
	}
	return own, "", nil
}

// rowOf reads the row that a key or claim leads to; nil when none does.
func (t *tx) rowOf(in bucket, name string) (*row, error) {
	n := varOf(t.get(in, digestOf(name)))
	if n == 0 {
		return nil, nil
	}
	return t.row(n)
}

// promise makes a row, or promises the one that has the key anew.
func (t *tx) promise(own *row, a flowd.Action, e *event, now time.Time) (uint64, error) {
	stops, err := t.inForce()
	if err != nil {
		return 0, err
	}
	if own == nil {
		if own, err = t.newRow(a); err != nil {
			return 0, err
		}
	}
	for _, c := range own.Action.Claims {
		k := digestOf(string(c))
		if varOf(t.get(claims, k)) == own.number && !slices.Contains(a.Claims, c) {
			if err := t.del(claims, k); err != nil {
				return 0, err
			}
		}
	}
	before, err := t.stepBefore(own, a)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(t.del(texts, numberKey(own.number)), t.keepTie(own)); err != nil {
		return 0, err
	}
	own.Promise(a, before, stops, now)
	own.event = e.number
	for _, c := range a.Claims {
		if err := t.put(claims, digestOf(string(c)), varKey(own.number)); err != nil {
			return 0, err
		}
	}
	return own.number, t.saveRow(own)
}

// newRow begins a row and puts it at the head of its application's chain.
func (t *tx) newRow(a flowd.Action) (*row, error) {
	n, err := t.next(rows)
	if err != nil {
		return nil, err
	}
	app, err := t.application(a.ATS, a.Application)
	if err != nil {
		return nil, err
	}
	e := &row{number: n, before: app.lastRow}
	app.lastRow = n
	app.moves = app.moves || a.Kind == flowd.ActionMove
	if err := t.put(apps, idKey(a.ATS, a.Application), app.encode()); err != nil {
		return nil, err
	}
	return e, t.put(keys, digestOf(string(a.Key)), varKey(n))
}

// cancel ends what the application, or every one of a job, is owed.
func (t *tx) cancel(e *event, c state.Cancellation, now time.Time) (ended []flowd.IdempotencyKey, err error) {
	var concerned []uint64
	if c.Job == "" {
		concerned, err = t.rowsOf(e.ATS, e.Application.ID)
		slices.Reverse(concerned)
	} else {
		concerned = t.unsettledRows()
	}
	if err != nil || c.Job == "" && e.Application.ID == "" {
		return nil, err
	}
	for _, n := range concerned {
		r, err := t.row(n)
		if err != nil || r == nil {
			return nil, errors.Join(err, missing(r == nil, "a row of an application"))
		}
		if r.Action.ATS != e.ATS || c.Job != "" && r.Action.Job.ID != c.Job || !r.Cancel(c, now) {
			continue
		}
		if err := t.turned(r, now); err != nil {
			return nil, err
		}
		ended = append(ended, r.Action.Key)
	}
	return ended, nil
}

// reconsider lets what earlier events of the application hold for a failed
// evaluation be decided again.
func (t *tx) reconsider(e *event, now time.Time) (again int, err error) {
	own, err := t.rowsOf(e.ATS, e.Application.ID)
	if err != nil {
		return 0, err
	}
	for _, n := range own {
		r, err := t.row(n)
		if err != nil || r == nil {
			return 0, errors.Join(err, missing(r == nil, "a row of an application"))
		}
		if r.event == e.number || !r.Reconsiderable() || !t.has(events, numberKey(r.event)) {
			continue
		}
		r.Again(now)
		if err := errors.Join(t.wantAgain(r), t.turned(r, now)); err != nil {
			return 0, err
		}
		again++
	}
	return again, nil
}

// wantAgain makes a row's event undecided for the row's rule, if the event is
// still kept.
func (t *tx) wantAgain(r *row) error {
	place := numberKey(r.event) + r.Action.Rule
	if !t.has(events, numberKey(r.event)) || t.has(undecided, place) {
		return nil
	}
	if r.Action.Rule == "" { // no rule's: it is as if it had not been decided at all
		e, err := t.event(r.event)
		if err != nil {
			return err
		}
		e.decided = time.Time{}
		if err := t.put(events, numberKey(r.event), e.encode()); err != nil {
			return err
		}
	}
	t.count("undecided", 1)
	return t.put(undecided, place, nil)
}

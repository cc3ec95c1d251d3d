package mem

import (
	"context"
	"maps"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// Commit implements state.Ledger.
func (s *Store) Commit(ctx context.Context, c state.Commitment, now time.Time) (state.Committed, error) {
	var done state.Committed
	now = state.Instant(now)
	err := s.locked(ctx, func() error {
		number, known := s.byKey[c.Event]
		if !known || !s.unwant(wanted{number, c.Only}) {
			return state.ErrDecided
		}
		e := s.events[number]
		if c.Forget { // first: what was forgotten is not promised again
			done.Cancelled = s.end(s.erased(e), now)
		}
		if c.Cancel != nil {
			done.Cancelled = append(done.Cancelled, s.cancel(e, *c.Cancel, now)...)
		}
		if c.Reconsider {
			done.Reconsidered = s.reconsider(e, now)
		}
		decided := make([]decision, len(c.Decisions))
		for i, d := range c.Decisions {
			decided[i] = s.promiseAll(d, c.Guards[d.Rule], now, &done)
		}
		e.decided = now
		e.decisions = renewed(e.decisions, decided, c.Only)
		if c.Forget {
			s.forget(e, s.erased(e))
		}
		return nil
	})
	return done, err
}

// renewed returns the decisions of an event after some more were made.
func renewed(old, made []decision, only string) []decision {
	if only == "" {
		return made
	}
	old = slices.DeleteFunc(slices.Clone(old), func(d decision) bool { return d.Rule == only })
	return append(old, made...)
}

// promiseAll makes the rows that a decision asks for.
func (s *Store) promiseAll(d flowd.Decision, g state.Guard, now time.Time, done *state.Committed) decision {
	made := decision{Decision: d}
	for _, a := range d.Actions {
		if by, taken := s.holder(a); taken {
			done.Taken = append(done.Taken, state.Taken{Action: a, By: by})
			made.Decision = state.Refuse(made.Decision, by)
			continue
		}
		s.guard(a, g, now, done)
		number := s.promise(a, now)
		s.approve(number, g, now)
		made.rows = append(made.rows, number)
		done.Promised = append(done.Promised, a.Key)
	}
	made.Actions = nil
	return made
}

// holder returns the row that stands in an action's way.
func (s *Store) holder(a flowd.Action) (flowd.IdempotencyKey, bool) {
	if a.Kind == flowd.ActionDecide {
		return "", false
	}
	own := s.promised[a.Key]
	if own > 0 && s.rows[own].Holds() {
		return a.Key, true
	}
	for _, c := range a.Claims {
		if by := s.claims[c]; by > 0 && by != own && s.rows[by].Holds() {
			return s.rows[by].Action.Key, true
		}
	}
	return "", false
}

// guard counts an action of a rule, and pauses the rule where it is one too many.
func (s *Store) guard(a flowd.Action, g state.Guard, now time.Time, done *state.Committed) {
	if _, paused := s.pauses.In(state.ScopeRule(a.Rule)); paused || !g.Counts(a) || s.promised[a.Key] > 0 {
		return
	}
	recent := slices.DeleteFunc(s.promises[a.Rule], func(t time.Time) bool { return !t.After(g.Since(now)) })
	if trip, too := g.Trip(a.Rule, len(recent)); too {
		s.pause(trip, now)
		done.Flooded = append(done.Flooded, a.Rule)
	} else {
		recent = append(recent, now)
	}
	s.promises[a.Rule] = recent
}

// approve holds a row, and all of its span, where the rule promised too many.
func (s *Store) approve(number int, g state.Guard, now time.Time) {
	rule := s.rows[number].Action.Rule
	if !g.Asks(s.rows[number].Action) {
		return
	}
	of := s.spans[rule]
	if of == nil {
		of = &span{rows: map[int]time.Time{}}
		s.spans[rule] = of
	}
	of.rows[number] = now
	maps.DeleteFunc(of.rows, func(_ int, at time.Time) bool { return !g.Joins(at, now) })
	if !g.Joins(of.held, now) && len(of.rows) <= g.Above {
		return
	}
	if !g.Joins(of.held, now) || !slices.ContainsFunc(s.rows[1:], func(r *state.Entry) bool { return r.Asks(of.batch) }) {
		of.batch = state.BatchOf(rule, flowd.ReasonApproval, now)
	}
	of.held = now
	for _, n := range slices.Sorted(maps.Keys(of.rows)) {
		s.rows[n].Approve(g, of.batch, now)
	}
	clear(of.rows)
}

func (s *Store) promise(a flowd.Action, now time.Time) int {
	number := s.promised[a.Key]
	if number == 0 {
		number = len(s.rows)
		s.rows = append(s.rows, &state.Entry{})
		s.promised[a.Key] = number
		s.external[a.Key.ExternalID()] = number
	}
	r := s.rows[number]
	for _, c := range r.Action.Claims {
		if s.claims[c] == number {
			delete(s.claims, c)
		}
	}
	a.Claims = slices.Clone(a.Claims)
	var step flowd.ActionState
	if before := s.promised[a.After]; before > 0 && before != number {
		if b := s.rows[before]; b.Action.ATS == a.ATS && b.Action.Application == a.Application {
			step, b.Followed = b.State, true
		}
	}
	delete(s.texts, number)
	r.Promise(a, step, s.pauses, now)
	for _, c := range a.Claims {
		s.claims[c] = number
	}
	return number
}

// cancel ends what the application, or every one of a job, is owed.
func (s *Store) cancel(e *event, c state.Cancellation, now time.Time) (keys []flowd.IdempotencyKey) {
	for number, r := range s.rows {
		if r == nil {
			continue
		}
		a := r.Action
		concerned := e.Application.ID != "" && a.Application == e.Application.ID
		if c.Job != "" {
			concerned = a.Job.ID == c.Job
		}
		if a.ATS == e.ATS && concerned && r.Cancel(c, now) {
			keys = append(keys, a.Key)
			s.follow(number, now)
		}
	}
	return keys
}

// reconsider lets what earlier events of the application hold for a failed
// evaluation be decided again.
func (s *Store) reconsider(e *event, now time.Time) (n int) {
	for row, r := range s.rows {
		if r == nil {
			continue
		}
		a := r.Action
		if a.ATS != e.ATS || a.Application != e.Application.ID || a.Event == e.Key || !r.Reconsiderable() {
			continue
		}
		if s.wantAgain(a) {
			r.Again(now)
			s.follow(row, now)
			n++
		}
	}
	return n
}

// wantAgain makes an action's event undecided for the action's rule, if the
// event is still kept.
func (s *Store) wantAgain(a flowd.Action) bool {
	number := s.byKey[a.Event]
	if number == 0 || s.events[number] == nil {
		return false
	}
	if a.Rule == "" { // no rule's: it is as if it had not been decided at all
		s.events[number].decided = time.Time{}
	}
	s.want(wanted{number, a.Rule})
	return true
}

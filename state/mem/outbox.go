package mem

import (
	"cmp"
	"context"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// Lease implements state.Outbox.
func (s *Store) Lease(ctx context.Context, r state.LeaseRequest) (leases []state.Lease, err error) {
	now := state.Instant(r.Now)
	err = s.locked(ctx, func() error {
		under := s.underWay(now)
		allowed, probe := s.pauses.Allowed(now)
		if !allowed {
			return nil
		}
		if probe {
			r.Max = min(r.Max, 1)
		}
		for _, number := range s.queue(now) {
			if len(leases) >= r.Max {
				break
			}
			e := s.rows[number]
			of := appID{e.Action.ATS, e.Action.Application}
			if under[of] || !s.mayGo(number, r.Caps, probe, now) {
				continue
			}
			under[of] = true
			s.fence++
			e.Lease(s.fence, r.For, now)
			leases = append(leases, s.lease(e, probe, now))
		}
		if probe && len(leases) > 0 {
			s.pauses = s.pauses.Probed(leases[0].Deadline)
		}
		return nil
	})
	return leases, err
}

// underWay ends the leases that ran out and returns the applications that have
// one in force.
func (s *Store) underWay(now time.Time) map[appID]bool {
	under := map[appID]bool{}
	for _, r := range s.rows[1:] {
		switch {
		case r.State != flowd.Leased:
		case !r.Until.After(now):
			r.Lose(r.Until, now)
		default:
			under[appID{r.Action.ATS, r.Action.Application}] = true
		}
	}
	return under
}

// queue returns the rows that are due, oldest first.
func (s *Store) queue(now time.Time) (due []int) {
	for number, r := range s.rows {
		if r != nil && r.Queued() && !r.Due.After(now) {
			due = append(due, number)
		}
	}
	slices.SortFunc(due, func(a, b int) int {
		return cmp.Or(s.rows[a].Due.Compare(s.rows[b].Due), cmp.Compare(a, b))
	})
	return due
}

// mayGo tells whether pauses and caps let a row be leased; if the caps do not,
// it is held or waits.
func (s *Store) mayGo(number int, caps state.Caps, probe bool, now time.Time) bool {
	e := s.rows[number]
	if _, parked := s.pauses.Parks(e.Action); parked || probe && !e.Counts() {
		return false
	}
	if !e.Counts() || !caps.Any() {
		return true
	}
	return e.Bar(caps.Bar(s.uses(number, now), now), now)
}

// uses returns what counts against the caps, without the row itself.
func (s *Store) uses(number int, now time.Time) (u state.Uses) {
	self := s.rows[number].Action
	var own []string // the person's applications
	if a := s.apps[appID{self.ATS, self.Application}]; a != nil {
		own = s.people[a.person].Applications
	}
	for other, r := range s.rows {
		if r == nil || other == number {
			continue
		}
		u.Add(r.Sent, r.Action.ATS == self.ATS && slices.Contains(own, r.Action.Application), now)
	}
	return u
}

func (s *Store) lease(e *state.Entry, probe bool, now time.Time) state.Lease {
	l := e.Leased(probe, now)
	if number := s.byKey[e.Action.Event]; number > 0 && s.events[number] != nil {
		t := s.told(number)
		l.Event, l.Facts = t.Event, t.Facts
	}
	if a := s.apps[appID{e.Action.ATS, e.Action.Application}]; a != nil {
		l.Facts.Application = s.filled(e.Action.ATS, a.known.Application, a.private)
	}
	return l
}

// Settle implements state.Outbox.
func (s *Store) Settle(ctx context.Context, l state.Lease, o flowd.Outcome, now time.Time) error {
	return s.locked(ctx, func() error {
		number := s.promised[l.Action.Key]
		if number == 0 {
			return state.ErrNotFound
		}
		e := s.rows[number]
		if err := e.Settle(l, o, s.pauses, now); err != nil {
			return err
		}
		if e.State == flowd.Replaced {
			s.wantAgain(e.Action)
		}
		return nil
	})
}

// Amend implements state.Outbox.
func (s *Store) Amend(ctx context.Context, a state.Amendment, now time.Time) (changed []state.Row, err error) {
	now = state.Instant(now)
	err = s.locked(ctx, func() error {
		if err := a.Check(); err != nil {
			return err
		}
		for number, r := range s.rows {
			if r == nil || !a.Select.Fits(r.Row) {
				continue
			}
			if r.Redecides(a) && !s.wantAgain(r.Action) {
				continue // the event is no longer kept
			}
			if r.Amend(a, s.pauses, now) {
				changed = append(changed, s.row(number))
			}
		}
		return nil
	})
	return changed, err
}

// Pause implements state.Outbox.
func (s *Store) Pause(ctx context.Context, c state.PauseChange, now time.Time) (all []state.Pause, err error) {
	now = state.Instant(now)
	err = s.locked(ctx, func() error {
		if c.Scope != "" {
			s.pause(c, now)
		}
		all = slices.Clone(s.pauses)
		return nil
	})
	return all, err
}

func (s *Store) pause(c state.PauseChange, now time.Time) {
	after, before := s.pauses.Change(c, now)
	s.pauses = after
	for _, r := range s.rows[1:] {
		r.Repark(c.Scope, before, after, now)
	}
}

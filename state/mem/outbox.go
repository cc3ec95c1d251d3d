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
		open, tries := s.pauses.Open(now)
		paces := s.paces(r.Limits)
		for _, number := range s.queue(now) {
			if len(leases) >= r.Max {
				break
			}
			e := s.rows[number]
			of := appID{e.Action.ATS, e.Action.Application}
			lane := state.LaneOf(e.Action.Kind)
			probe := !open[lane] && tries[lane] && e.Action.Mode != flowd.Shadow
			if under[of] || !open[lane] && !probe || !s.mayGo(number, r.Caps, paces, now) {
				continue
			}
			under[of] = true
			s.fence++
			e.Lease(s.fence, r.For, now)
			paces.Went(e.Action.Rule, e.Sent)
			leases = append(leases, s.lease(e, probe))
			if probe {
				tries = [state.Lanes]bool{}
				s.pauses = s.pauses.Probed(e.Until)
			}
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

// queue returns the rows that are due, in the order in which they go.
func (s *Store) queue(now time.Time) (due []int) {
	for number, r := range s.rows {
		if r != nil && r.Queued() && !r.Due.After(now) {
			due = append(due, number)
		}
	}
	slices.SortFunc(due, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.rows[b].Action.Priority, s.rows[a].Action.Priority), s.rows[a].Due.Compare(s.rows[b].Due), cmp.Compare(a, b))
	})
	return due
}

// mayGo tells whether pauses and caps let a row be leased; if the caps do not,
// it is held or waits.
func (s *Store) mayGo(number int, caps state.Caps, paces *state.Paces, now time.Time) bool {
	e := s.rows[number]
	if _, parked := s.pauses.Parks(e.Action); parked {
		return false
	}
	if paces.Put(e, now) {
		return false
	}
	if !e.Counts() || !caps.Any() {
		return true
	}
	return e.Bar(caps.Bar(s.uses(number, now), now), now)
}

// paces are the invites of the rules that have a limit.
func (s *Store) paces(limits map[string]state.Rate) *state.Paces {
	p := &state.Paces{Rates: limits, Sent: map[string][]time.Time{}}
	for _, r := range s.rows[1:] {
		if !r.Sent.IsZero() {
			p.Went(r.Action.Rule, r.Sent)
		}
	}
	for _, sent := range p.Sent {
		slices.SortFunc(sent, time.Time.Compare)
	}
	return p
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

func (s *Store) lease(e *state.Entry, probe bool) state.Lease {
	l := e.Leased(probe)
	if number := s.byKey[e.Action.Event]; number > 0 && s.events[number] != nil {
		t := s.told(number)
		l.Event, l.Facts = t.Event, t.Facts
	}
	if a := s.apps[appID{e.Action.ATS, e.Action.Application}]; a != nil {
		l.Facts.Application = s.filled(e.Action.ATS, a.known.Application, a.private)
	}
	l.Facts.Invites = s.invites(e.Action.ATS, e.Action.Application)
	if text, there := s.texts[s.promised[e.Action.Key]]; there {
		l.Rendered = &text
	}
	return l
}

// Settle implements state.Outbox.
func (s *Store) Settle(ctx context.Context, l state.Lease, o flowd.Outcome, now time.Time) error {
	now = state.Instant(now)
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
		s.learnFrom(e, o, now)
		s.follow(number, now)
		return nil
	})
}

// Fill implements state.Outbox.
func (s *Store) Fill(ctx context.Context, l state.Lease, r flowd.Rendered, _ time.Time) error {
	return s.locked(ctx, func() error {
		number := s.promised[l.Action.Key]
		if number == 0 || s.rows[number].State != flowd.Leased || s.rows[number].Fence != l.Fence {
			return state.ErrFenced
		}
		s.texts[number] = r
		return nil
	})
}

// follow brings the rows that wait for one in line with where it stands.
func (s *Store) follow(number int, now time.Time) {
	of := s.rows[number]
	if !of.Followed {
		return
	}
	for n, r := range s.rows {
		if r == nil || !r.After(of) || !r.Follow(of.State, s.pauses, now) {
			continue
		}
		if r.State == flowd.Replaced && r.Action.Event != of.Action.Event {
			s.wantAgain(r.Action)
		}
		s.follow(n, now)
	}
}

// resume blocks the rows again that had ended with one that was released.
func (s *Store) resume(number int, now time.Time) {
	for n, r := range s.rows {
		if r != nil && r.After(s.rows[number]) && r.Resume(now) {
			s.resume(n, now)
		}
	}
}

// Amend implements state.Outbox.
func (s *Store) Amend(ctx context.Context, a state.Amendment, now time.Time) (changed []state.Row, err error) {
	now = state.Instant(now)
	err = s.locked(ctx, func() error {
		if err := a.Check(); err != nil {
			return err
		}
		once := [2]string{state.Once, a.Once}
		if _, before := s.documents[once]; before && a.Once != "" {
			return state.ErrOnce
		}
		for number, r := range s.rows {
			if r == nil || !a.Select.Fits(r.Row) {
				continue
			}
			if r.Redecides(a) && !s.wantAgain(r.Action) {
				continue // the event is no longer kept
			}
			if r.Amend(a, s.pauses, now) {
				if a.Verb == state.Release {
					s.resume(number, now)
				}
				s.follow(number, now)
				changed = append(changed, s.row(number))
			}
		}
		if a.Once != "" && len(changed) > 0 {
			s.documents[once] = state.Document{Kind: state.Once, ID: a.Once, At: now, Body: []byte(a.By)}
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
	if kind, rule := c.Scope.Split(); kind == "rule" && c.Lift {
		delete(s.promises, rule)
	}
	for _, r := range s.rows[1:] {
		r.Repark(c.Scope, before, after, now)
	}
}

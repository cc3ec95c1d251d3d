package mem

import (
	"context"
	"time"

	"flowd"
	"flowd/state"
)

// Find implements state.Ledger.
func (s *Store) Find(ctx context.Context, f state.Filter, p state.Page) (found state.Found, err error) {
	if f.Subject == state.Standing {
		return s.standing(ctx, f, p)
	}
	from, below, limit, err := p.Bounds()
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		return found, err
	}
	err = s.locked(ctx, func() error {
		top := len(s.events)
		if f.Subject == state.Actions {
			top = len(s.rows)
		}
		from = max(from, 1)
		for number := min(uint64(top), below) - 1; number >= from; number-- {
			if !s.find(&found, f, int(number)) || len(found.People) < limit {
				continue
			}
			if s.more(f, int(number), int(from)) {
				found.Next = state.After(number)
			}
			break
		}
		return nil
	})
	return found, err
}

// find adds a row or event if it is looked for.
func (s *Store) find(found *state.Found, f state.Filter, number int) bool {
	if f.Subject == state.Actions {
		r := s.row(number)
		if !f.FitsRow(r) {
			return false
		}
		found.Rows = append(found.Rows, r)
		found.People = append(found.People, s.person(r.Action.ATS, r.Action.Application))
		return true
	}
	if s.events[number] == nil {
		return false
	}
	t, fits := f.Narrow(s.told(number))
	if !fits || f.Subject == state.Left && s.overtaken(number) {
		return false
	}
	if f.Pick != nil && f.Subject == state.Events {
		if !f.Pick(s.bare(number, true)) {
			return false
		}
		t.Facts.Invites = s.invites(t.Event.ATS, t.Event.Application.ID)
	}
	who := t.Event.Application.Candidate
	if f.Subject == state.Left { // it may be of another candidate by now
		who = s.person(t.Event.ATS, t.Event.Application.ID)
	}
	found.Told = append(found.Told, t)
	found.People = append(found.People, who)
	return true
}

// overtaken tells whether an application stands somewhere else than where an
// event left it: in a row, or in a later move.
func (s *Store) overtaken(number int) bool {
	of := s.events[number]
	for _, r := range s.rows[1:] {
		if r.Action.ATS == of.ATS && r.Action.Application == of.Application.ID && r.State != flowd.Replaced && state.Places(r.Action) {
			return true
		}
	}
	for later := number + 1; later < len(s.events); later++ {
		e := s.events[later]
		if e != nil && e.ATS == of.ATS && e.Application.ID == of.Application.ID && s.told(later).Left() {
			return true
		}
	}
	return false
}

// more tells whether anything below a number, down to another, is looked for.
func (s *Store) more(f state.Filter, number, from int) bool {
	var rest state.Found
	for number--; number >= from; number-- {
		if s.find(&rest, f, number) {
			return true
		}
	}
	return false
}

func (s *Store) person(ats, application string) flowd.Candidate {
	a := s.apps[appID{ats, application}]
	if a == nil {
		return flowd.Candidate{}
	}
	return s.filled(ats, a.known.Application, a.private).Candidate
}

// Counts implements state.Ledger.
func (s *Store) Counts(ctx context.Context, now time.Time) (c state.Counts, err error) {
	err = s.locked(ctx, func() error {
		c = state.Counts{
			Undecided:    len(s.undecided),
			States:       map[flowd.ActionState]int{},
			Reasons:      map[flowd.ActionState]map[flowd.Reason]int{},
			Pending:      map[string]map[flowd.ActionState]int{},
			Applications: map[string]int{},
			LastEvent:    map[string]time.Time{},
			Quarantined:  len(s.quarantine),
			Fields:       state.SortedFields(s.fields),
			Words:        map[flowd.Word]int{},
		}
		for _, r := range s.rows[1:] {
			c.States[r.State]++
			if i, is := r.Invite(); is {
				c.Words[flowd.WordOf(i.State, i.Interview)]++
			}
			if r.Explained() {
				count(c.Reasons, r.State, r.Reason)
			}
			if r.State.Owing() {
				count(c.Pending, r.Action.Rule, r.State)
			}
			if r.Queued() && !r.Due.After(now) && (c.OldestDue.IsZero() || r.Due.Before(c.OldestDue)) {
				c.OldestDue = r.Due
			}
		}
		var uses state.Uses
		for _, r := range s.rows[1:] {
			uses.Add(r.Sent, false, now)
		}
		c.SentHour, c.SentDay = uses.Hour, uses.Day
		for id := range s.apps {
			if id.ats != flowd.Untied {
				c.Applications[id.ats]++
			}
		}
		for name, src := range s.sources {
			if !src.last.IsZero() {
				c.LastEvent[name] = src.last
			}
		}
		return nil
	})
	return c, err
}

func count[K, L comparable](m map[K]map[L]int, k K, l L) {
	if m[k] == nil {
		m[k] = map[L]int{}
	}
	m[k][l]++
}

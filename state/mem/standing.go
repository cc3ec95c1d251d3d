package mem

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"flowd"
	"flowd/state"
)

// standing finds the applications that nobody was promised an invite for.
func (s *Store) standing(ctx context.Context, f state.Filter, p state.Page) (found state.Found, err error) {
	err = s.locked(ctx, func() error {
		ids := slices.SortedFunc(maps.Keys(s.apps), func(a, b appID) int { return cmp.Compare(a.key(), b.key()) })
		last := ""
		for _, id := range ids {
			t, row, stands := s.stands(f, id)
			switch {
			case !stands || id.key() <= p.After:
				continue
			case len(found.Told) == p.Size():
				found.Next = last
				return nil
			}
			last = id.key()
			found.Told = append(found.Told, t)
			if f.Covered {
				found.Rows = append(found.Rows, row)
			}
			found.People = append(found.People, t.Facts.Application.Candidate)
		}
		return nil
	})
	return found, err
}

func (a appID) key() string { return a.ats + "\x00" + a.id }

// stands tells how an application stands, by which row, and whether it is looked
// for.
func (s *Store) stands(f state.Filter, id appID) (t state.Told, row state.Row, stands bool) {
	a := s.apps[id]
	t = state.Told{Event: flowd.Event{ATS: id.ats}, Facts: flowd.Facts{Application: a.known.Application}}
	if id.ats == flowd.Untied || !f.Stands(a.known.Application) || f.Pick != nil && !f.Pick(t) {
		return t, row, false
	}
	covers := 0
	for number, r := range s.rows {
		if r == nil || (appID{r.Action.ATS, r.Action.Application}) != id || !r.Covers(a.known.Application.Stage) {
			continue
		}
		if covers == 0 || r.Closer(s.rows[covers]) {
			covers = number
		}
	}
	switch {
	case covers > 0 && !f.Covered:
		return t, row, false
	case covers > 0:
		row = s.row(covers)
	}
	moved := false
	for number, e := range s.events {
		if e == nil || (appID{e.ATS, e.Application.ID}) != id {
			continue
		}
		bare := s.bare(number, false)
		if moves := bare.Moves(); moves || !moved && e.Type.OfSource() && (e.Type == flowd.StageEntered || t.Event.Type != flowd.StageEntered) {
			t.Event, t.Facts.Novelty, t.Decided, t.Decisions, moved = e.Event, e.facts.Novelty, e.decided, bare.Decisions, moves
		}
	}
	t.Facts.Application = s.filled(id.ats, a.known.Application, a.private)
	t.Facts.Invites = s.invites(id.ats, id.id)
	return t, row, true
}

// bare is an event without anything personal, with its decisions, a brief one with
// the first and those that asked for something, without their actions.
func (s *Store) bare(number int, brief bool) state.Told {
	e := s.events[number]
	t := state.Told{Event: e.Event, Facts: e.facts, Decided: e.decided}
	for i, d := range e.decisions {
		if !brief || i == 0 || len(d.rows) > 0 {
			t.Decisions = append(t.Decisions, d.Decision)
		}
	}
	return t
}

package mem

import (
	"context"
	"slices"
	"strings"

	"flowd"
	"flowd/state"
)

// Story implements state.Ledger.
func (s *Store) Story(ctx context.Context, ref state.Ref) (stories []state.Story, err error) {
	err = s.locked(ctx, func() error {
		ids := s.referred(ref)
		slices.SortFunc(ids, func(a, b appID) int { return strings.Compare(a.ats+"\x00"+a.id, b.ats+"\x00"+b.id) })
		for _, id := range slices.Compact(ids) {
			stories = append(stories, s.story(id))
		}
		return nil
	})
	return stories, err
}

// referred returns the applications that a reference names.
func (s *Store) referred(ref state.Ref) (ids []appID) {
	for id, a := range s.apps {
		c := s.people[a.person].Candidate
		if ref.Application != "" && ref.Application == id.id ||
			ref.Candidate != "" && ref.Candidate == a.known.Application.Candidate.ID ||
			ref.Email != "" && state.Address(ref.Email) == state.Address(c.Email) {
			ids = append(ids, id)
		}
	}
	if number := s.byKey[ref.Event]; number > 0 && s.events[number] != nil {
		e := s.events[number]
		ids = append(ids, appID{e.ATS, e.Application.ID})
	}
	for _, r := range s.rows[1:] {
		a := r.Action
		if ref.Action != "" && ref.Action == a.Key ||
			ref.Interview != "" && (ref.Interview == r.Interview.ID || ref.Interview == a.Interview) ||
			ref.ExternalID != "" && ref.ExternalID == a.Key.ExternalID() ||
			ref.Short != "" && ref.Short == a.Key.Short() {
			ids = append(ids, appID{a.ATS, a.Application})
		}
	}
	if known := s.seen[ref.Interview]; known != nil {
		for _, t := range s.ties(known) {
			ids = append(ids, appID{t.ATS, t.Application})
		}
		if untied := (appID{flowd.Untied, ref.Interview}); s.apps[untied] != nil {
			ids = append(ids, untied)
		}
	}
	return ids
}

// story is everything known of one application. Events about a job alone are a
// story of their own, under no application.
func (s *Store) story(id appID) state.Story {
	story := state.Story{ATS: id.ats, Application: flowd.Application{ID: id.id}}
	if a := s.apps[id]; a != nil {
		story.Application = s.filled(id.ats, a.known.Application, a.private)
	}
	for number, e := range s.events {
		if e != nil && (appID{e.ATS, e.Application.ID}) == id {
			story.Events = append(story.Events, s.told(number))
		}
	}
	for number, r := range s.rows {
		if r != nil && (appID{r.Action.ATS, r.Action.Application}) == id {
			story.Rows = append(story.Rows, s.row(number))
		}
	}
	return story
}

// told returns an event with what was decided, and with the person's values.
func (s *Store) told(number int) state.Told {
	e := s.events[number]
	t := state.Told{Event: e.Event, Facts: e.facts, Decided: e.decided}
	t.Event.Application = s.filled(e.ATS, e.Application, e.private)
	t.Facts.Application = t.Event.Application
	for _, d := range e.decisions {
		for _, row := range d.rows {
			d.Actions = append(d.Actions, s.rows[row].Action)
		}
		t.Decisions = append(t.Decisions, d.Decision)
	}
	return t
}

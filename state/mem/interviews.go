package mem

import (
	"context"
	"maps"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// sight takes in a sighting: what is new about the interview becomes events of
// each application that it is tied to.
func (s *Store) sight(seen flowd.Sighting, b flowd.Batch, raw *delivery, now time.Time, done *state.Admitted) {
	known := s.heard(seen.Interview.ID)
	first, since := known.Interview.ID == "", known.StatusAt
	news := known.See(seen)
	s.show(known.Interview)
	tied := s.ties(known)
	if len(news) == 0 || first && b.Baseline && len(tied) == 0 {
		done.Unchanged++
		return
	}
	for _, ev := range news {
		said := flowd.Fresh
		if slices.ContainsFunc(s.rows[1:], func(r *state.Entry) bool { return r.Asked(ev, since) }) {
			said = flowd.Own
		}
		for _, ev := range known.Events(ev, tied, seen.Candidate) {
			ev.Source = b.Source
			s.take(ev, said, raw, now, done)
		}
	}
}

// heard returns what is remembered of an interview, from now on at least that it
// was heard of.
func (s *Store) heard(interview string) *state.Sighted {
	known := s.seen[interview]
	if known == nil {
		known = &state.Sighted{}
		s.seen[interview] = known
	}
	return known
}

// show brings the rows of an interview up to how it was seen last.
func (s *Store) show(i flowd.Interview) {
	for number, r := range s.rows {
		if r != nil && (r.Interview.ID == i.ID || s.external[i.ExternalID] == number && r.Names()) {
			r.Shows(i)
		}
	}
}

// ties returns the applications that an interview is tied to.
func (s *Store) ties(known *state.Sighted) []state.Tie {
	var rows []*state.Entry
	if number := s.external[known.Interview.ExternalID]; number > 0 && s.rows[number].Names() {
		rows = append(rows, s.rows[number])
	}
	for _, r := range s.rows[1:] {
		if r.MadeFor(known.Interview.ID) {
			rows = append(rows, r)
		}
	}
	return known.Tied(rows)
}

// learnFrom takes over what a settled attempt told or did. A new invite is an event.
func (s *Store) learnFrom(e *state.Entry, o flowd.Outcome, now time.Time) {
	about := e.About(o)
	if about == "" {
		return
	}
	known := s.heard(about)
	known.Told(e, o, now)
	s.show(known.Interview)
	ev, is := known.Invited(e)
	if _, there := s.byKey[ev.Key]; is && !there {
		s.take(ev, flowd.Fresh, &delivery{at: now}, now, &state.Admitted{})
	}
}

// invites returns what was promised to an application, oldest first.
func (s *Store) invites(ats, application string) (all []flowd.Invite) {
	for _, r := range s.rows[1:] {
		if i, is := r.Invite(); is && r.Action.ATS == ats && r.Action.Application == application {
			all = append(all, i)
		}
	}
	return all
}

// Tie implements state.Interviews.
func (s *Store) Tie(ctx context.Context, t state.Tie, now time.Time) error {
	now = state.Instant(now)
	return s.locked(ctx, func() error {
		known := s.seen[t.Interview]
		if known == nil || s.apps[appID{t.ATS, t.Application}] == nil || t.ATS == flowd.Untied {
			return state.ErrNotFound
		}
		if number := s.promised[flowd.TieKey(t.Interview)]; number > 0 && s.rows[number].Tied(t, now) {
			s.follow(number, now)
		}
		if !known.TieTo(t, s.ties(known)) {
			return nil
		}
		for _, e := range slices.Clone(s.events[1:]) {
			if e != nil && e.ATS == flowd.Untied && e.Application.ID == t.Interview && e.Type.OfInterview() {
				ev := known.For(e.Event, t)
				if _, there := s.byKey[ev.Key]; !there {
					s.take(ev, e.facts.Novelty, e.raw, now, &state.Admitted{})
				}
			}
		}
		return nil
	})
}

// Interviews implements state.Interviews.
func (s *Store) Interviews(ctx context.Context, f state.InterviewFilter, p state.Page) (page []state.Seen, next string, err error) {
	err = s.locked(ctx, func() error {
		for _, id := range slices.Sorted(maps.Keys(s.seen)) {
			known := s.seen[id]
			if id <= p.After || !f.Fits(known.Interview) {
				continue
			}
			if len(page) == p.Size() {
				next = page[len(page)-1].Interview.ID
				break
			}
			one := known.Seen
			one.Ties = s.ties(known)
			page = append(page, one)
		}
		return nil
	})
	return page, next, err
}

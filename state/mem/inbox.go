package mem

import (
	"bytes"
	"context"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// Admit implements state.Inbox.
func (s *Store) Admit(ctx context.Context, b flowd.Batch, now time.Time) (state.Admitted, error) {
	var done state.Admitted
	now = state.Instant(now)
	err := s.locked(ctx, func() error {
		if err := state.StorableBatch(b); err != nil {
			return err
		}
		src := s.sources[b.Source]
		if src == nil {
			src = &source{}
			s.sources[b.Source] = src
		}
		from := state.Sights(b, src.baseline, src.complete, now)
		raw := &delivery{at: now, body: bytes.Clone(b.Raw)}
		for _, ev := range state.Order(state.Attributed(b)) {
			behind := s.people[personID{ev.ATS, state.PersonKey(ev.Application)}]
			for _, ev := range behind.Spread(ev) {
				s.take(ev, from.Told(ev), raw, now, &done)
			}
		}
		for _, seen := range b.Seen {
			s.look(seen, from, raw, now, &done)
		}
		for _, seen := range b.Sightings {
			s.sight(seen, b, raw, now, &done)
		}
		if src.baseline.IsZero() && (b.Seen != nil || b.Cursor != nil) {
			src.baseline = now
		}
		if b.Polled.Complete {
			src.complete = from.Asked
		}
		if b.Cursor != nil {
			src.cursor = bytes.Clone(b.Cursor)
		}
		if len(done.New) > 0 || done.Duplicate == 0 && len(b.Sightings) == 0 {
			s.keepRaw(raw)
		}
		if len(done.New) > 0 {
			src.last = now
		}
		for _, f := range b.Fields {
			if id := [2]string{f.ATS, f.Name}; s.fields[id].Day <= f.Day {
				s.fields[id] = f
			}
		}
		return nil
	})
	return done, err
}

// take stores one event, unless its key is known. Said is what it is where
// nothing that is known speaks against its being news.
func (s *Store) take(ev flowd.Event, said flowd.Novelty, raw *delivery, now time.Time, done *state.Admitted) {
	if _, known := s.byKey[ev.Key]; known {
		done.Duplicate++
		return
	}
	number := len(s.events)
	e := &event{raw: raw}
	if ev.Application.ID == "" { // about a job: there is no application to merge it with
		var nobody state.Known
		e.Event, e.facts = nobody.Admit(ev, now)
	} else {
		a, known := s.known(ev.ATS, ev.Application)
		if s.moved(ev, known.Entered) {
			said = flowd.Own
		}
		if ev.Type == flowd.ApplicationMerged && ev.MergedInto != "" && known.Application.Status != flowd.StatusDeleted {
			into := s.people[personID{ev.ATS, state.PersonKey(flowd.Application{Candidate: flowd.Candidate{ID: ev.MergedInto}})}]
			ev.Application.Candidate = into.Surviving(ev.MergedInto, known.Application.Candidate)
		}
		e.Event, e.facts = known.Admit(ev, now)
		s.learn(a, ev.ATS, known, uint64(number))
		e.private = a.private
	}
	e.facts.Novelty = state.As(e.facts.Novelty, said)
	e.Application = state.Public(e.Application)
	e.facts.Application = e.Application
	s.events = append(s.events, e)
	s.byKey[ev.Key] = number
	s.want(wanted{event: number})
	done.New = append(done.New, ev.Key)
}

// moved tells whether flowd moved an application to the stage that it entered.
func (s *Store) moved(ev flowd.Event, since time.Time) bool {
	return ev.Type == flowd.StageEntered && slices.ContainsFunc(s.rows[1:], func(r *state.Entry) bool {
		target := r.Action.Target
		if text, ok := s.texts[s.promised[r.Action.Key]]; ok {
			target = text.Target
		}
		return r.Action.ATS == ev.ATS && r.Action.Application == ev.Application.ID && r.Moved(ev.Stage, target, since)
	})
}

// look takes in a snapshot.
func (s *Store) look(seen flowd.Snapshot, from state.Sight, raw *delivery, now time.Time, done *state.Admitted) {
	a, known := s.known(from.ATS, seen.Application)
	moves := known.Moves(seen, from)
	if len(moves) == 0 {
		done.Unchanged++
		known.Record(seen, from)
		s.learn(a, from.ATS, known, uint64(len(s.events)))
	}
	for _, change := range moves {
		s.take(change.Event, change.Novelty, raw, now, done)
	}
}

// known returns an application and what is known of it, with its person.
func (s *Store) known(ats string, named flowd.Application) (*app, state.Known) {
	a := s.apps[appID{ats, named.ID}]
	if a == nil {
		a = &app{}
	}
	known := a.known
	known.Application = s.people[a.person].Fill(known.Application, a.private)
	return a, known
}

// learn stores what is known, the personal part with the person.
func (s *Store) learn(a *app, ats string, known state.Known, version uint64) {
	full := known.Application
	s.apps[appID{ats, full.ID}] = a
	owner := personID{ats, state.PersonKey(full)}
	if former := s.people[a.person]; former != nil && a.person != owner && !former.Part(full.ID) {
		delete(s.people, a.person)
	}
	p := s.people[owner]
	if p != nil && a.person != owner {
		full.Candidate = p.Joined(full.Candidate)
	}
	if p == nil {
		p = &state.Person{}
		s.people[owner] = p
	}
	if a.person != owner && a.person != (personID{}) && full.Candidate.ID != "" {
		s.belong(ats, full)
	}
	a.person = owner
	a.private, _ = p.Learn(full, version)
	known.Application = state.Public(full)
	a.known = known
}

// belong puts an application's rows under the candidate that it is of now.
func (s *Store) belong(ats string, app flowd.Application) {
	for number, r := range s.rows {
		if r == nil || r.Action.ATS != ats || r.Action.Application != app.ID || r.Action.Candidate == app.Candidate.ID {
			continue
		}
		for _, c := range r.Belongs(app.Candidate.ID) {
			if by := s.claims[c]; by == 0 || !s.rows[by].Holds() {
				r.Action.Claims = append(r.Action.Claims, c)
				s.claims[c] = number
			}
		}
	}
}

// Cursor implements state.Inbox.
func (s *Store) Cursor(ctx context.Context, name string) (cursor []byte, err error) {
	err = s.locked(ctx, func() error {
		if src := s.sources[name]; src != nil {
			cursor = bytes.Clone(src.cursor)
		}
		return nil
	})
	return cursor, err
}

// Undecided implements state.Inbox.
func (s *Store) Undecided(ctx context.Context, n int) (out []state.Pending, err error) {
	err = s.locked(ctx, func() error {
		for _, w := range s.undecided[:min(max(n, 0), len(s.undecided))] {
			t := s.told(w.event)
			if a := s.apps[appID{t.Event.ATS, t.Event.Application.ID}]; a != nil && w.only != "" {
				t.Facts.Application = s.filled(t.Event.ATS, a.known.Application, a.private)
			}
			t.Facts.Invites = s.invites(t.Event.ATS, t.Event.Application.ID)
			out = append(out, state.Pending{Event: t.Event, Facts: t.Facts, Only: w.only})
		}
		return nil
	})
	return out, err
}

// Quarantine implements state.Inbox.
func (s *Store) Quarantine(ctx context.Context, q state.Quarantined) error {
	return s.locked(ctx, func() error {
		q.At = state.Instant(q.At)
		q.Body = bytes.Clone(state.Cut(q.Body, state.MaxQuarantinedBody))
		s.quarantine = append(s.quarantine, q)
		s.quarantineBytes += len(q.Body)
		for len(s.quarantine) > state.MaxQuarantined || s.quarantineBytes > state.MaxQuarantinedBytes {
			s.dropQuarantined()
		}
		return nil
	})
}

func (s *Store) dropQuarantined() {
	s.quarantineBytes -= len(s.quarantine[0].Body)
	s.quarantine[0].Body = nil
	s.quarantine = s.quarantine[1:]
}

func (s *Store) keepRaw(d *delivery) {
	if len(d.body) == 0 {
		return
	}
	s.raw = append(s.raw, d)
	s.rawBytes += len(d.body)
	for s.rawBytes > state.MaxRawBytes {
		s.dropRaw(0)
	}
}

func (s *Store) dropRaw(i int) {
	s.rawBytes -= len(s.raw[i].body)
	s.raw[i].body = nil
	s.raw = append(s.raw[:i:i], s.raw[i+1:]...)
}

package bolt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"flowd"
	"flowd/state"
)

// source is what is remembered of one.
type source struct {
	cursor   []byte // nil: none
	baseline time.Time
	last     time.Time
	complete time.Time // when a poll last came to its end
}

func (s source) encode() []byte {
	w := &writer{}
	w.bool(s.cursor != nil)
	w.bytes(s.cursor)
	w.time(s.baseline)
	w.time(s.last)
	w.time(s.complete)
	return w.b
}

func decodeSource(b []byte) (s source, err error) {
	r := &reader{b: b}
	if has, cursor := r.bool(), r.bytes(); has {
		s.cursor = cursor
	}
	s.baseline, s.last = r.time(), r.time()
	if len(r.b) > 0 { // files of before there were polls of applications end here
		s.complete = r.time()
	}
	return s, r.end("source")
}

// Admit implements state.Inbox.
func (s *Store) Admit(ctx context.Context, b flowd.Batch, now time.Time) (state.Admitted, error) {
	if err := state.StorableBatch(b); err != nil {
		return state.Admitted{}, err
	}
	now = state.Instant(now)
	in := admission{batch: b, events: state.Order(state.Attributed(b)), now: now}
	in.keys = make([]string, len(in.events))
	for i, ev := range in.events {
		in.keys[i] = eventKey(ev.Key)
	}
	var done state.Admitted
	err := s.update(ctx, func(t *tx) (err error) {
		done, err = t.admit(in)
		return err
	})
	if err != nil {
		return state.Admitted{}, err
	}
	return done, nil
}

// admission is what a batch brings, with whatever can be worked out before the
// transaction.
type admission struct {
	batch  flowd.Batch
	events []flowd.Event
	keys   []string // of the events in their index
	now    time.Time
}

func (t *tx) admit(in admission) (done state.Admitted, err error) {
	b, now := in.batch, in.now
	stored := t.get(sources, idKey(b.Source))
	src, err := decodeSource(stored)
	if err != nil {
		return done, err
	}
	body := uint64(0)
	if len(b.Raw) > 0 {
		if body, err = t.next(raw); err != nil {
			return done, err
		}
	}
	from := state.Sights(b, src.baseline, src.complete, now)
	for i, ev := range in.events {
		if err := t.spread(ev, in.keys[i], from.Told(ev), body, now, &done); err != nil {
			return done, err
		}
	}
	for _, seen := range b.Seen {
		if err := t.look(seen, from, body, now, &done); err != nil {
			return done, err
		}
	}
	for _, seen := range b.Sightings {
		if err := t.sight(seen, b, body, now, &done); err != nil {
			return done, err
		}
	}
	if body > 0 && (len(done.New) > 0 || done.Duplicate == 0 && len(b.Sightings) == 0) {
		if err := t.keepRaw(body, b.Raw, now); err != nil {
			return done, err
		}
	}
	if src.baseline.IsZero() && (b.Seen != nil || b.Cursor != nil) {
		src.baseline = now
	}
	if b.Polled.Complete {
		src.complete = from.Asked
	}
	if b.Cursor != nil {
		src.cursor = b.Cursor
	}
	if len(done.New) > 0 {
		src.last = now
	}
	if is := src.encode(); !bytes.Equal(is, stored) {
		if err := t.put(sources, idKey(b.Source), is); err != nil {
			return done, err
		}
	}
	return done, t.seeFields(b.Fields)
}

// spread takes an event, or where it is about a candidate alone, one for each of
// the candidate's applications.
func (t *tx) spread(ev flowd.Event, key string, said flowd.Novelty, body uint64, now time.Time, done *state.Admitted) error {
	if ev.Application.ID != "" || ev.Application.Candidate.ID == "" {
		return t.take(ev, key, said, body, now, done)
	}
	p, err := t.person(idKey(ev.ATS, state.PersonKey(ev.Application)))
	if err != nil || p == nil {
		return errors.Join(err, t.take(ev, key, said, body, now, done))
	}
	for _, one := range p.Spread(ev) {
		if err := t.take(one, eventKey(one.Key), said, body, now, done); err != nil {
			return err
		}
	}
	return nil
}

// take stores one event, unless its key is known. Said is what it is where
// nothing that is known speaks against its being news.
func (t *tx) take(ev flowd.Event, key string, said flowd.Novelty, body uint64, now time.Time, done *state.Admitted) error {
	if t.get(eventKeys, key) != nil {
		done.Duplicate++
		return nil
	}
	n, err := t.next(events)
	if err != nil {
		return err
	}
	e := &event{number: n, raw: body}
	a, known, p, err := t.known(ev.ATS, ev.Application.ID)
	if err != nil {
		return err
	}
	if a.moves && ev.Type == flowd.StageEntered && said != flowd.Own {
		own, err := t.moved(ev, known.Entered)
		if err != nil {
			return err
		}
		if own {
			said = flowd.Own
		}
	}
	if ev.Type == flowd.ApplicationMerged && ev.MergedInto != "" && ev.Application.ID != "" && known.Application.Status != flowd.StatusDeleted {
		into, err := t.person(idKey(ev.ATS, state.PersonKey(flowd.Application{Candidate: flowd.Candidate{ID: ev.MergedInto}})))
		if err != nil {
			return err
		}
		ev.Application.Candidate = into.surviving(ev.MergedInto, known.Application.Candidate)
	}
	e.Event, e.facts = known.Admit(ev, now)
	e.facts.Novelty = state.As(e.facts.Novelty, said)
	if ev.Application.ID != "" { // else it is about a job
		if err := t.learn(a, ev.ATS, known, p, n); err != nil {
			return err
		}
	}
	e.private, e.before, a.lastEvent = a.private, a.lastEvent, n
	e.Application = state.Public(e.Application)
	done.New = append(done.New, ev.Key)
	for _, w := range []struct {
		in    bucket
		key   string
		value []byte
	}{
		{apps, idKey(ev.ATS, ev.Application.ID), a.encode()}, {events, numberKey(n), e.encode()},
		{eventKeys, key, varKey(n)}, {undecided, numberKey(n), nil},
	} {
		if err := t.put(w.in, w.key, w.value); err != nil {
			return err
		}
	}
	t.count("undecided", 1)
	return nil
}

// look takes in a snapshot.
func (t *tx) look(seen flowd.Snapshot, from state.Sight, body uint64, now time.Time, done *state.Admitted) error {
	a, known, p, err := t.known(from.ATS, seen.ID)
	if err != nil {
		return err
	}
	moves := known.Moves(seen, from)
	if len(moves) == 0 {
		done.Unchanged++
		before := a.encode()
		known.Record(seen, from)
		if err := t.learn(a, from.ATS, known, p, t.bucket(events).Sequence()+1); err != nil {
			return err
		}
		if is := a.encode(); !bytes.Equal(is, before) {
			return t.put(apps, idKey(from.ATS, seen.ID), is)
		}
		return nil
	}
	for _, change := range moves {
		if err := t.take(change.Event, eventKey(change.Key), change.Novelty, body, now, done); err != nil {
			return err
		}
	}
	return nil
}

// known reads an application and its person: what is known of it, whole.
func (t *tx) known(ats, id string) (a *application, known state.Known, p *person, err error) {
	a, err = t.application(ats, id)
	if err != nil || id == "" {
		return a, known, nil, err
	}
	if p, err = t.person(a.person); err != nil {
		return a, known, nil, err
	}
	known = a.known
	known.Application = p.fill(known.Application, a.private)
	return a, known, p, nil
}

// application reads one; an empty one when there is none.
func (t *tx) application(ats, id string) (*application, error) {
	b := t.get(apps, idKey(ats, id))
	if b == nil {
		return &application{}, nil
	}
	return decodeApplication(b)
}

// Cursor implements state.Inbox.
func (s *Store) Cursor(ctx context.Context, name string) (cursor []byte, err error) {
	err = s.view(ctx, func(t *tx) error {
		src, err := decodeSource(t.get(sources, idKey(name)))
		cursor = src.cursor
		return err
	})
	return cursor, err
}

// Undecided implements state.Inbox.
func (s *Store) Undecided(ctx context.Context, n int) (out []state.Pending, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.scan(undecided, "", func(k, _ []byte) (bool, error) {
			if len(out) >= n {
				return false, nil
			}
			told, err := t.toldBy(number(k))
			p := state.Pending{Event: told.Event, Facts: told.Facts, Only: string(k[8:])}
			if p.Only != "" && err == nil && p.Event.Application.ID != "" {
				var known state.Known
				_, known, _, err = t.known(p.Event.ATS, p.Event.Application.ID)
				p.Facts.Application = known.Application
			}
			if err == nil && p.Event.Application.ID != "" {
				p.Facts.Invites, err = t.invites(p.Event.ATS, p.Event.Application.ID)
			}
			out = append(out, p)
			return true, err
		})
	})
	return out, err
}

// seeFields notes custom fields by the last day they were seen.
func (t *tx) seeFields(seen []flowd.FieldSeen) error {
	for _, f := range seen {
		k := idKey(f.ATS, f.Name)
		old, err := decodeField(t.get(fields, k))
		if err != nil {
			return err
		}
		if f.Day < old.Day || f == old {
			continue
		}
		w := &writer{}
		for _, s := range []string{f.ATS, f.Name, f.Type, f.Day} {
			w.string(s)
		}
		if err := t.put(fields, k, w.b); err != nil {
			return err
		}
	}
	return nil
}

func decodeField(b []byte) (flowd.FieldSeen, error) {
	r := &reader{b: b}
	return flowd.FieldSeen{ATS: r.string(), Name: r.string(), Type: r.string(), Day: r.string()}, r.end("field")
}

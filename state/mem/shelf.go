package mem

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"flowd/state"
)

// Keep implements state.Shelf.
func (s *Store) Keep(ctx context.Context, d state.Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	return s.locked(ctx, func() error {
		d.At, d.Body = state.Instant(d.At), bytes.Clone(d.Body)
		s.documents[[2]string{d.Kind, d.ID}] = d
		return nil
	})
}

// Document implements state.Shelf.
func (s *Store) Document(ctx context.Context, kind, id string) (d state.Document, err error) {
	err = s.locked(ctx, func() error {
		var there bool
		if d, there = s.documents[[2]string{kind, id}]; !there {
			return state.ErrNotFound
		}
		d.Body = bytes.Clone(d.Body)
		return nil
	})
	return d, err
}

// Documents implements state.Shelf.
func (s *Store) Documents(ctx context.Context, kind string) (all []state.Document, err error) {
	err = s.locked(ctx, func() error {
		for _, d := range s.documents {
			if d.Kind == kind {
				d.Body = bytes.Clone(d.Body)
				all = append(all, d)
			}
		}
		slices.SortFunc(all, func(a, b state.Document) int { return strings.Compare(a.ID, b.ID) })
		return nil
	})
	return all, err
}

// Drop implements state.Shelf.
func (s *Store) Drop(ctx context.Context, kind, id string) error {
	return s.locked(ctx, func() error {
		delete(s.documents, [2]string{kind, id})
		return nil
	})
}

// Raw implements state.Inspector.
func (s *Store) Raw(ctx context.Context, key string) (body []byte, err error) {
	err = s.locked(ctx, func() error {
		number := s.byKey[key]
		if number == 0 || s.events[number] == nil || len(s.events[number].raw.body) == 0 {
			return state.ErrNotFound
		}
		body = bytes.Clone(s.events[number].raw.body)
		return nil
	})
	return body, err
}

// Quarantined implements state.Inspector.
func (s *Store) Quarantined(ctx context.Context, n int) (all []state.Quarantined, err error) {
	err = s.locked(ctx, func() error {
		for i := len(s.quarantine) - 1; i >= 0 && len(all) < n; i-- {
			q := s.quarantine[i]
			q.Body = bytes.Clone(q.Body)
			all = append(all, q)
		}
		return nil
	})
	return all, err
}

// Prune implements state.Pruner.
func (s *Store) Prune(ctx context.Context, r state.Retention, now time.Time) (done state.Pruned, err error) {
	err = s.locked(ctx, func() error {
		for r.Raw > 0 && len(s.raw) > 0 && s.raw[0].at.Before(now.Add(-r.Raw)) {
			s.dropRaw(0)
			done.Raw++
		}
		for r.Undecodable > 0 && len(s.quarantine) > 0 && s.quarantine[0].At.Before(now.Add(-r.Undecodable)) {
			s.dropQuarantined()
			done.Quarantined++
		}
		if r.Decisions > 0 {
			done.Events = s.pruneEvents(now.Add(-r.Decisions))
		}
		return nil
	})
	return done, err
}

// pruneEvents drops the events before a time that nothing refers to any longer.
// Their keys stay, so that a repetition of one is still known as such.
func (s *Store) pruneEvents(before time.Time) (n int) {
	needed := map[string]bool{}
	for _, w := range s.undecided {
		needed[s.events[w.event].Key] = true
	}
	for _, r := range s.rows[1:] {
		if r.Unsettled() {
			needed[r.Action.Event] = true
		}
	}
	for number, e := range s.events {
		if e != nil && e.Received.Before(before) && !needed[e.Key] {
			s.events[number] = nil
			n++
			for row, r := range s.rows {
				if r != nil && r.Action.Event == e.Key {
					delete(s.texts, row)
				}
			}
		}
	}
	return n
}

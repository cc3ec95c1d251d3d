package bolt

import (
	"context"
	"strings"

	"flowd/state"
)

// Keep implements state.Shelf.
func (s *Store) Keep(ctx context.Context, d state.Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error { return t.keep(d) })
}

func (t *tx) keep(d state.Document) error {
	w := &writer{b: make([]byte, 0, len(d.Body)+len(d.Kind)+len(d.ID)+32)}
	w.string(d.Kind)
	w.string(d.ID)
	w.time(state.Instant(d.At))
	w.bytes(d.Body)
	return t.put(documents, idKey(d.Kind, d.ID), w.b)
}

// Document implements state.Shelf.
func (s *Store) Document(ctx context.Context, kind, id string) (d state.Document, err error) {
	err = s.view(ctx, func(t *tx) error {
		b := t.get(documents, idKey(kind, id))
		if b == nil {
			return state.ErrNotFound
		}
		d, err = decodeDocument(b)
		return err
	})
	return d, err
}

// Documents implements state.Shelf.
func (s *Store) Documents(ctx context.Context, kind string) (all []state.Document, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.scan(documents, kind+"\x00", func(k, v []byte) (bool, error) {
			if !strings.HasPrefix(string(k), kind+"\x00") {
				return false, nil
			}
			d, err := decodeDocument(v)
			all = append(all, d)
			return true, err
		})
	})
	return all, err
}

// Drop implements state.Shelf.
func (s *Store) Drop(ctx context.Context, kind, id string) error {
	return s.update(ctx, func(t *tx) error { return t.del(documents, idKey(kind, id)) })
}

func decodeDocument(b []byte) (state.Document, error) {
	r := &reader{b: b}
	return state.Document{Kind: r.string(), ID: r.string(), At: r.time(), Body: r.bytes()}, r.end("document")
}

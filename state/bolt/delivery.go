package bolt

import (
	"context"
	"time"

	"flowd/state"
)

// Bodies of deliveries are the one place beside people where personal values
// can stand. They go after a bounded time, when there are too many, and with the
// person.

// keepRaw stores the body of a delivery and drops the oldest beyond the bound.
func (t *tx) keepRaw(n uint64, body []byte, now time.Time) error {
	if err := t.put(raw, timeKey(now)+numberKey(n), body); err != nil {
		return err
	}
	t.count("raw bytes", int64(len(body)))
	for t.counted("raw bytes") > state.MaxRawBytes {
		k, _ := t.bucket(raw).Cursor().First()
		if k == nil {
			return nil
		}
		if err := t.dropRaw(string(k)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) dropRaw(key string) error {
	body := t.get(raw, key)
	if body == nil {
		return nil
	}
	t.count("raw bytes", -int64(len(body)))
	return t.del(raw, key)
}

// rawKey is where the body that brought an event stands, or stood.
func (e *event) rawKey() string { return timeKey(e.Received) + numberKey(e.raw) }

// Raw implements state.Inspector.
func (s *Store) Raw(ctx context.Context, key string) (body []byte, err error) {
	err = s.view(ctx, func(t *tx) error {
		e, err := t.event(varOf(t.get(eventKeys, eventKey(key))))
		if err != nil {
			return err
		}
		if e != nil && e.raw > 0 {
			body = append(body, t.get(raw, e.rawKey())...)
		}
		if body == nil {
			return state.ErrNotFound
		}
		return nil
	})
	return body, err
}

// Quarantine implements state.Inbox.
func (s *Store) Quarantine(ctx context.Context, q state.Quarantined) error {
	q.Body = state.Cut(q.Body, state.MaxQuarantinedBody)
	w := &writer{}
	w.string(q.Source)
	w.time(state.Instant(q.At))
	w.string(q.Error)
	w.bytes(q.Body)
	return s.update(ctx, func(t *tx) error {
		n, err := t.next(quarantine)
		if err != nil {
			return err
		}
		if err := t.put(quarantine, numberKey(n), w.b); err != nil {
			return err
		}
		t.count("quarantined", 1)
		t.count("quarantined bytes", int64(len(q.Body)))
		for t.counted("quarantined") > state.MaxQuarantined || t.counted("quarantined bytes") > state.MaxQuarantinedBytes {
			k, _ := t.bucket(quarantine).Cursor().First()
			if err := t.dropQuarantined(string(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) dropQuarantined(key string) error {
	q, err := decodeQuarantined(t.get(quarantine, key))
	if err != nil {
		return err
	}
	t.count("quarantined", -1)
	t.count("quarantined bytes", -int64(len(q.Body)))
	return t.del(quarantine, key)
}

func decodeQuarantined(b []byte) (state.Quarantined, error) {
	r := &reader{b: b}
	return state.Quarantined{Source: r.string(), At: r.time(), Error: r.string(), Body: r.bytes()}, r.end("quarantined delivery")
}

// Quarantined implements state.Inspector.
func (s *Store) Quarantined(ctx context.Context, n int) (all []state.Quarantined, err error) {
	err = s.view(ctx, func(t *tx) error {
		c := t.bucket(quarantine).Cursor()
		for k, v := c.Last(); k != nil && len(all) < n; k, v = c.Prev() {
			q, err := decodeQuarantined(v)
			if err != nil {
				return err
			}
			all = append(all, q)
		}
		return nil
	})
	return all, err
}

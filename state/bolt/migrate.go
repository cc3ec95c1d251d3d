package bolt

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"flowd"
	"flowd/state"
)

// format is what this version writes. Raise it with a migration.
const format = 4

// migrations[i] turns format i+1 into i+2, in one transaction.
var migrations = []func(*bbolt.Tx) error{interviewsKnown, inOrder, together}

// migrate takes a file from one format to the next, step by step. One that fails
// leaves the file as the step before it did.
func (s *Store) migrate(have uint64, steps []func(*bbolt.Tx) error) error {
	for _, step := range steps {
		err := s.db.Update(func(b *bbolt.Tx) error {
			if err := step(b); err != nil {
				return err
			}
			return b.Bucket([]byte(bucketNames[meta])).Put(keyFormat, varKey(have+1))
		})
		if err != nil {
			return fmt.Errorf("cannot bring %s from format %d to %d: %w", s.path, have, have+1, err)
		}
		have++
	}
	return nil
}

// interviewsKnown adds what format 2 has: interviews as they were seen last,
// which are so far those that the rows tell of, and what the rows read as.
func interviewsKnown(b *bbolt.Tx) error {
	for _, name := range []bucket{errands, others, sighted, ties, texts} {
		if _, err := b.CreateBucketIfNotExists([]byte(bucketNames[name])); err != nil {
			return err
		}
	}
	t := &tx{bolt: b}
	err := t.scan(rows, "", func(k, v []byte) (bool, error) {
		e, err := decodeRow(number(k), v)
		if err != nil {
			return false, err
		}
		if e.was.word != "" {
			t.count("w"+string(e.was.word), 1)
		}
		return true, t.remember(e)
	})
	return errors.Join(err, t.writeTallies())
}

// inOrder adds what format 3 has: queues in which a priority goes before the time,
// and whose what went out was.
func inOrder(b *bbolt.Tx) error {
	if _, err := b.CreateBucketIfNotExists([]byte(bucketNames[promises])); err != nil {
		return err
	}
	t := &tx{bolt: b}
	for _, in := range lanes {
		for _, k := range t.prefixed(in, "") {
			if err := errors.Join(t.del(in, k), t.put(in, queueKey(0, timeOf([]byte(k)))+k[timeKeySize:], nil)); err != nil {
				return err
			}
		}
	}
	for _, k := range t.prefixed(sent, "") {
		e, err := t.row(number(k[timeKeySize:]))
		if err != nil || e == nil {
			return errors.Join(err, missing(e == nil, "a row that went out"))
		}
		if err := t.put(sent, k, []byte(e.Action.Rule)); err != nil {
			return err
		}
	}
	return nil
}

// together adds what format 4 has: rows by their batch, which those of orders
// that were given together get.
func together(b *bbolt.Tx) error {
	if _, err := b.CreateBucketIfNotExists([]byte(bucketNames[batches])); err != nil {
		return err
	}
	t := &tx{bolt: b}
	batch := map[uint64]string{}
	err := t.scan(events, "", func(k, v []byte) (bool, error) {
		e, err := decodeEvent(number(k), v)
		if err != nil || e.Order.Batch == "" {
			return err == nil, err
		}
		for _, d := range e.made {
			for _, n := range d.rows {
				batch[n] = e.Order.Batch
			}
		}
		return true, nil
	})
	for n, name := range batch {
		err = errors.Join(err, t.change(n, func(e *row) bool { e.Action.Batch = name; return true }))
	}
	return errors.Join(err, t.writeTallies())
}

// remember notes the interview of a row.
func (t *tx) remember(e *row) error {
	if !e.Names() || e.Interview.ID == "" {
		return nil
	}
	known, err := t.sighted(e.Interview.ID)
	if err != nil {
		return err
	}
	made := e.Interview
	if made.Position.ID == "" {
		made.Position = flowd.Position{ID: e.Action.Position.ID, Name: e.Action.Position.Name}
	}
	known.Learn(made)
	if e.MadeFor(e.Interview.ID) {
		// Its key is the plain one, whatever is tied to it later.
		known.Key(flowd.Event{Interview: known.Interview, Type: flowd.InterviewInvited}, state.Owner{ATS: e.Action.ATS, Application: e.Action.Application})
	}
	return t.saveSighted(known)
}

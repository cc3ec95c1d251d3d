package bolt

import (
	"bytes"
	"encoding/binary"

	"go.etcd.io/bbolt"

	"flowd/state"
)

// tx is one transaction: of one reader, or of a group of units of work.
type tx struct {
	bolt    *bbolt.Tx
	store   *Store
	opened  [bucketCount]*bbolt.Bucket
	changed bool
	tally   map[string]int64 // changes to tallies, written at the end
	stops   state.Pauses
	stopped bool // stops was read
	names   names
	brief   *event // of a search: what is picked by is read into it
}

func (t *tx) bucket(b bucket) *bbolt.Bucket {
	if t.opened[b] == nil {
		t.opened[b] = t.bolt.Bucket([]byte(bucketNames[b]))
		t.opened[b].FillPercent = b.fill()
	}
	return t.opened[b]
}

// get returns what lies under a key: nil when there is nothing, and valid inside
// the transaction only.
func (t *tx) get(b bucket, key string) []byte { return t.bucket(b).Get([]byte(key)) }

func (t *tx) has(b bucket, key string) bool {
	k, _ := t.bucket(b).Cursor().Seek([]byte(key))
	return string(k) == key
}

func (t *tx) put(b bucket, key string, value []byte) error {
	t.changed = true
	return t.bucket(b).Put([]byte(key), value)
}

func (t *tx) del(b bucket, key string) error {
	t.changed = true
	return t.bucket(b).Delete([]byte(key))
}

// next gives the next number of a bucket; the first is 1.
func (t *tx) next(b bucket) (uint64, error) {
	t.changed = true
	return t.bucket(b).NextSequence()
}

// count changes a tally.
func (t *tx) count(name string, by int64) {
	if t.tally == nil {
		t.tally = map[string]int64{}
	}
	t.tally[name] += by
}

// counted is a tally with this transaction's changes.
func (t *tx) counted(name string) int64 { return tallyOf(t.get(tallies, name)) + t.tally[name] }

// writeTallies ends a transaction that changed something.
func (t *tx) writeTallies() error {
	for name, by := range t.tally {
		if by == 0 {
			continue
		}
		n := tallyOf(t.get(tallies, name)) + by
		var err error
		if n == 0 {
			err = t.del(tallies, name)
		} else {
			err = t.put(tallies, name, binary.AppendVarint(nil, n))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func tallyOf(b []byte) int64 {
	n, _ := binary.Varint(b)
	return n
}

// scan visits a bucket in order, from a key on, while visit says so. What visit
// gets is valid inside the transaction only, and visit must change nothing.
func (t *tx) scan(b bucket, from string, visit func(k, v []byte) (bool, error)) error {
	c := t.bucket(b).Cursor()
	for k, v := c.Seek([]byte(from)); k != nil; k, v = c.Next() {
		if on, err := visit(k, v); err != nil || !on {
			return err
		}
	}
	return nil
}

// prefixed returns the ends of the keys that begin with a prefix.
func (t *tx) prefixed(b bucket, prefix string) (ends []string) {
	_ = t.scan(b, prefix, func(k, _ []byte) (bool, error) {
		end, fits := bytes.CutPrefix(k, []byte(prefix))
		if fits {
			ends = append(ends, string(end))
		}
		return fits, nil
	})
	return ends
}

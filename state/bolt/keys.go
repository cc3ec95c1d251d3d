package bolt

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"flowd"
)

// bucket is one of the store's, by its place in bucketNames.
type bucket int

// What keeps coming in order of time has keys in that order, so that a group of
// them shares pages; only look-ups by a given name have scattered ones.
const (
	meta       bucket = iota // what the file is
	tallies                  // what Counts tells, kept up by every unit of work
	sources                  // name: cursor, baseline, last event
	apps                     // ATS, id: application
	people                   // ATS, person: the only personal values, beside raw bodies
	addresses                // batch, keyed digest of an address, person
	events                   // number
	eventKeys                // digest of the key: number, for ever
	undecided                // number of the event, rule or nothing
	rows                     // number
	keys                     // digest of the key, of which the external id is a part: number
	claims                   // digest of the claim: number of the row that holds it
	unsettled                // state, number of the row
	queue                    // priority, due time, number of the row: of invites
	leased                   // number of the row: when it runs out, application
	sent                     // time, number of the row: rule; what the caps and limits count, for a day
	interviews               // id, number of a row that has the interview or is about it
	pauses                   // scope
	documents                // kind, id
	raw                      // time, number: body of a delivery
	quarantine               // number
	fields                   // ATS, name
	errands                  // as queue: of what else calls Hireflix
	others                   // as queue: of everything else
	sighted                  // id: an interview as it was seen last
	ties                     // ATS, application (or nothing, external id), interview: ties that no row tells of
	texts                    // number of the row: its text, with the person's values
	promises                 // rule, time, a number: what a rule with a guard promised of late; ~rule: when a span was held last, its batch
	batches                  // batch, number of a row of it
	bucketCount
)

var bucketNames = [bucketCount]string{
	"meta", "tallies", "sources", "apps", "people", "addresses", "events", "event keys", "undecided", "rows", "keys", "claims",
	"unsettled", "queue", "leased", "sent", "interviews", "pauses", "documents", "raw", "quarantine", "fields",
	"errands", "others", "sighted", "ties", "texts", "promises", "batches",
}

// fill is how full pages are left where keys are only ever added at the end:
// with room for what is added to each record later, so that none has to be split
// then. An event gets its decisions, a row its history.
func (b bucket) fill() float64 {
	switch b {
	case events:
		return 0.65
	case raw, quarantine, sent, interviews, sighted: // Hireflix's ids begin with the time
		return 0.9
	}
	return bbolt.DefaultFillPercent
}

func numberKey(n uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return string(b[:])
}

func number[T ~string | ~[]byte](k T) uint64 {
	var b [8]byte
	copy(b[:], k)
	return binary.BigEndian.Uint64(b[:])
}

const timeKeySize = 12

// timeKey sorts as time does.
func timeKey(t time.Time) string {
	var b [timeKeySize]byte
	binary.BigEndian.PutUint64(b[:8], uint64(t.Unix())^1<<63)
	binary.BigEndian.PutUint32(b[8:], uint32(t.Nanosecond()))
	return string(b[:])
}

func timeOf(k []byte) time.Time {
	if len(k) < timeKeySize {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint64(k)^1<<63), int64(binary.BigEndian.Uint32(k[8:]))).UTC()
}

// queueKey sorts rows as they go: a higher priority first, then by time.
func queueKey(priority int, due time.Time) string {
	return string([]byte{byte(128 - max(-50, min(priority, 50)))}) + timeKey(due)
}

const queueKeySize = 1 + timeKeySize

// dueOf is the time in a key of a queue.
func dueOf(k []byte) time.Time {
	if len(k) < queueKeySize {
		return time.Time{}
	}
	return timeOf(k[1:])
}

// nextDue returns the first key of a queue, from k on, whose time has come.
func nextDue(c *bbolt.Cursor, k []byte, now time.Time) []byte {
	for k != nil && dueOf(k).After(now) { // and of this priority, none after it
		k, _ = c.Seek([]byte{k[0] + 1})
	}
	return k
}

// idKey joins a configured name and, of whatever length, what comes from
// outside. The name ends at the first NUL.
func idKey(name string, ids ...string) string {
	const most = 200
	k := name
	for _, id := range ids {
		if len(id) > most {
			sum := sha256.Sum256([]byte(id))
			id = "\xff" + string(sum[:])
		}
		k += "\x00" + id
	}
	return k
}

// digestSize is that of the part of a digest that an external id shows.
const digestSize = 20

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return string(sum[:digestSize])
}

// eventKeySize is shorter: nobody has to read it.
const eventKeySize = 16

func eventKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return string(sum[:eventKeySize])
}

// stateKey is a state in one byte.
func stateKey(s flowd.ActionState) string {
	for i, known := range states {
		if s == known {
			return string([]byte{byte(i)})
		}
	}
	return "\xff"
}

// varKey is a number as a value, in as few bytes as it needs.
func varKey(n uint64) []byte { return binary.AppendUvarint(nil, n) }

func varOf(b []byte) uint64 {
	n, _ := binary.Uvarint(b)
	return n
}

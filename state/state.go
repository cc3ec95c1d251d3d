// Package state is the contract of flowd's memory: what was taken in, what was
// decided and promised, and what is still owed. Back ends live in folders below
// it and prove themselves with statetest.
//
// Methods are units of work, not rows: each is one transaction, durable when it
// returns, and safe for concurrent use. A method that returns an error has
// changed nothing. Time is a parameter throughout; a store has no clock.
package state

import (
	"context"
	"errors"
	"time"

	"flowd"
)

// Store is everything the daemon needs of a back end.
type Store interface {
	Inbox
	Ledger
	Outbox
	Interviews
	Shelf
	Close() error
}

// Inbox takes events in.
type Inbox interface {
	// Admit stores a batch, in one transaction: it drops events whose key is
	// known, orders the rest by time within each application, merges what they
	// say of an application into what is known, fills From from the last known
	// stage, notes each event's novelty, turns changed Seen snapshots into
	// events, and moves the stage, the cursor and the raw body. An event about a
	// candidate alone (no application, a candidate's id) becomes one event for
	// each application that is known of them, its key followed by /application.
	//
	// A sighting of an interview is compared with what was seen of it before, and
	// each difference (invited, finished, status changed, scored, deleted) becomes
	// an event with Interview.EventKey as its key, for each application that the
	// interview is tied to: by its external id, which is a key in the ledger, by a
	// row that was settled with it (adopted or shared), or by Tie. One that is tied
	// to none becomes events of an application of its own, by the interview's id in
	// the ATS flowd.Untied, with the person as Hireflix holds them as its candidate.
	// The first of all these to get an event of the interview has the plain keys for
	// ever; for any other the key is followed by /ats/application. What is older than the last sighting changes nothing, but for a deletion, which is
	// final. A later time of completion than the known one is a finish Again. A
	// status or deletion that a row of ours asked for, and that is under way,
	// uncertain or done, is Own; so is a stage entered that a row of kind ActionMove
	// asked for. With Baseline, an interview never seen and of no row is noted
	// without events.
	// Concurrent calls may share one commit.
	Admit(ctx context.Context, b flowd.Batch, now time.Time) (Admitted, error)
	// Cursor returns what the last admitted batch of a source stored, or nil.
	Cursor(ctx context.Context, source string) ([]byte, error)
	// Undecided returns up to n events that wait for a decision, oldest first.
	// They stay until Commit.
	Undecided(ctx context.Context, n int) ([]Pending, error)
	// Quarantine keeps a delivery that could not be decoded, for inspection. The
	// store bounds how many and how large; the oldest go first.
	Quarantine(ctx context.Context, q Quarantined) error
}

// Admitted says what became of a batch.
type Admitted struct {
	New       []string // keys of the events taken in, in order
	Duplicate int      // events whose key was known
	Unchanged int      // snapshots that said nothing new
}

// Pending is an event that waits for its decision.
type Pending struct {
	Event flowd.Event // with the person's values filled in
	// Facts are those of the event's day; where Only is set, the application is
	// as it is known now: what was missing may have come meanwhile.
	Facts flowd.Facts
	// Only restricts the decision to one rule: the row of that rule was released
	// and is decided again. Empty means all rules.
	Only string
}

// Quarantined is a delivery kept for inspection.
type Quarantined struct {
	Source string
	At     time.Time
	Error  string
	Body   []byte
}

// Shelf keeps small documents by kind and id: the catalogue of positions, the
// names pinned to ids, the rule files of each served set.
type Shelf interface {
	Keep(ctx context.Context, d Document) error
	// Document returns ErrNotFound when there is none.
	Document(ctx context.Context, kind, id string) (Document, error)
	// Documents returns every document of a kind, by id.
	Documents(ctx context.Context, kind string) ([]Document, error)
	// Drop removes a document; one that is not there is no error.
	Drop(ctx context.Context, kind, id string) error
}

// Document is one entry of the shelf.
type Document struct {
	Kind, ID string
	At       time.Time
	Body     []byte // at most 8 MiB
}

// Outcomes that callers tell apart.
var (
	ErrNotFound = errors.New("not found")
	ErrDecided  = errors.New("the event is decided already")
	ErrFenced   = errors.New("the lease was lost")
	ErrOnce     = errors.New("the order was carried out before")
	// ErrLocked: another process has the store. Its text names the likely one.
	ErrLocked = errors.New("the state is in use by another process")
	// ErrFull: the store has reached the size it may have.
	ErrFull = errors.New("the state has reached its maximum size")
	// ErrNewer: the store was written by a newer flowd.
	ErrNewer = errors.New("the state was written by a newer flowd")
)

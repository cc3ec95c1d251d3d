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
	"strings"
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

// Ledger is what was decided and promised, for ever.
type Ledger interface {
	// Commit stores the decisions on one event and the actions they ask for, and
	// takes the event (or its rule, where Only is set) out of Undecided. Here is
	// where uniqueness is decided: an action whose key or any of whose claims is
	// taken is not made, and its decision becomes skipped, already_asked, naming
	// the row that holds it. An action of kind ActionDecide is written over an
	// earlier row of the same key instead. A row that ended without anything
	// having been sent, for a reason that Reopens, holds nothing: its key is
	// promised anew for the new event, its claims may be taken. Committing an event that is not
	// undecided is a no-op that reports ErrDecided. A row whose action has an After
	// (the key of an action of the same application) is blocked until that row has
	// ended well, and due at once where it has; where it was given up or cancelled,
	// or there is none, the row is cancelled, reason step. A Cancel ends
	// invites, waiting decisions and timers: what follows from an interview is
	// still written.
	Commit(ctx context.Context, c Commitment, now time.Time) (Committed, error)
	// Story returns everything known of the people, applications, events or
	// actions that the reference names; empty when nothing does. An address is
	// looked up through a keyed digest.
	Story(ctx context.Context, ref Ref) ([]Story, error)
	// Find pages through the ledger by a declared filter, newest first.
	Find(ctx context.Context, f Filter, p Page) (Found, error)
	// Counts is a cheap summary for a status line and metrics.
	Counts(ctx context.Context, now time.Time) (Counts, error)
}

// Commitment is what was decided on one event.
type Commitment struct {
	Event     string
	Only      string // as in Pending
	Decisions []flowd.Decision
	// Cancel ends what the event's application is owed, where nothing was sent
	// yet. Uncertain and leased rows are left to their look-up.
	Cancel *Cancellation
	// Reconsider makes what the application's earlier events hold for a failed
	// evaluation (ActionDecide, held, ReasonError) undecided again: what was
	// missing may have come with this event.
	Reconsider bool
	// Forget drops the person's values: the ATS erased them. Where it deleted one
	// of several applications, only what that one says of the person goes. What is
	// still owed to them is cancelled, reason forgotten, but for taking an interview
	// back; what the decisions ask for is promised all the same.
	Forget bool
	// Guards are the bounds of rules on what they may promise, by rule: held to in
	// the same transaction.
	Guards map[string]Guard
}

// Cancellation says which owing rows of an application to end.
type Cancellation struct {
	// Job, when set, widens it from the event's application to every
	// application of that job.
	Job string
	// Except spares rows made for this stage: set when the application moved to
	// it. A zero stage spares none.
	Except flowd.Stage
	Reason flowd.Reason
	Detail string
}

// Committed says what became of a commitment.
type Committed struct {
	Promised  []flowd.IdempotencyKey // rows made
	Taken     []Taken                // actions that were not made
	Cancelled []flowd.IdempotencyKey
	// Reconsidered counts decisions that are to be made again.
	Reconsidered int
	// Flooded are the rules that paused themselves.
	Flooded []string
}

// Taken is an action that was not made because another holds its key or claim.
type Taken struct {
	Action flowd.Action
	By     flowd.IdempotencyKey // the row that holds it
}

// Outbox is the ledger's rows that still owe work, by due time.
type Outbox interface {
	// Lease claims up to r.Max rows that are due, those of a higher priority first
	// and the oldest of each, at most one for
	// each application, and counts an attempt for each: from then on a send may
	// have happened. Rows under a pause are not leased. A row whose lease ran
	// out is due again by itself.
	Lease(ctx context.Context, r LeaseRequest) ([]Lease, error)
	// Settle ends a lease with an outcome. A lease that was lost meanwhile is
	// ErrFenced and changes nothing but the row's history, which keeps the late
	// outcome as a note. Settling with Replaced frees the row's key and claims
	// and makes its event undecided again for its rule alone: nothing was sent,
	// and the rule asks for something else now. A row whose position or rule is
	// parked by a pause is held with the pause's reason instead of being due.
	//
	// An invite that ends Done or Shared makes the event interview.invited for its
	// application, in the same transaction; what an outcome tells of an interview
	// is what is known of it from then on. A row that ended well (Done, Shared,
	// Would) frees the rows that are blocked by it; one that was given up or
	// cancelled, by whomever, cancels them, and releasing it blocks them again.
	Settle(ctx context.Context, l Lease, o flowd.Outcome, now time.Time) error
	// Fill stores the text of a leased action before its first attempt;
	// Lease.Rendered carries it from then on. It goes when the person's values go.
	// A lease that was lost is ErrFenced.
	Fill(ctx context.Context, l Lease, r flowd.Rendered, now time.Time) error
	Orders
}

// Orders are what a person, a reload or a fault of the account says about rows.
type Orders interface {
	// Amend is an order about rows that are not under way: release, cancel.
	// It returns the rows it changed.
	Amend(ctx context.Context, a Amendment, now time.Time) ([]Row, error)
	// Pause changes one pause, where the change names a scope, and returns all
	// that are in force. Parking a scope holds its due rows and what is promised
	// to it later; lifting it makes them due again in their order.
	Pause(ctx context.Context, c PauseChange, now time.Time) ([]Pause, error)
}

// LeaseRequest asks for work.
type LeaseRequest struct {
	Now time.Time
	Max int
	For time.Duration // how long until the lease runs out
	// Caps are upper bounds on invites, enforced in the same transaction.
	Caps Caps
	// Limits are the rules' own, by rule: a row beyond one waits, reason limit,
	// until it has a place.
	Limits map[string]Rate
}

// Caps are `safety.max_invites` and `safety.per_person`. A nil pointer is no
// limit; a limit of zero lets nobody through.
type Caps struct {
	PerHour, PerDay *int // beyond them a row is held, reason cap
	PerPerson       *int // beyond it a row waits, reason limit
	PersonSpan      time.Duration
}

// Lease is a time-limited claim on an action.
type Lease struct {
	Action flowd.Action
	// Facts are as of the lease: the last known stage and fields of the
	// application, and the person's values.
	Facts   flowd.Facts
	Event   flowd.Event
	Attempt int // 1 for the first: anything later looks before it sends
	// Counted is Attempt without those whose outcome was Uncounted and those that
	// were lost, and anew after a release: what an action is given up by, and what
	// its pauses grow with.
	Counted int
	// Probe tells that the account is stopped by its quota and this one action
	// tries whether it still is.
	Probe bool
	// Doubt tells that the attempt before this one may have taken effect.
	Doubt bool
	// Rendered is what Fill stored, or nil.
	Rendered *flowd.Rendered
	Fence    uint64
	Deadline time.Time
}

// Amendment is a person's (or a reload's) order about rows.
type Amendment struct {
	Verb   Verb
	Select Selection
	By     string // who, as the command says
	Why    string
	Reason flowd.Reason // why a row is cancelled
	// Once, where it is set, lets the order be carried out a single time: when it
	// has changed a row, every other order with the same text is ErrOnce and changes
	// nothing. The store keeps that as a document of the kind Once.
	Once string
}

// Verb is what an amendment does.
type Verb string

// Release makes held, waiting, failed, cancelled-by-hand and needs_person rows
// due now, and decides rows of kind ActionDecide again. Cancel ends rows that
// owe work or wait for a person. Redecide supersedes held rows that were never
// sent, and waiting ones that are behind no other step, and makes their events
// undecided for their rules: the rules changed. Rows under way or uncertain are
// not touched. What is held for a yes (ReasonApproval) is released to the time that
// its rule asked for; released once more, it is due now.
const (
	Release  Verb = "release"
	Cancel   Verb = "cancel"
	Redecide Verb = "decide again"
)

// Selection names rows; every part that is set must fit. An empty selection
// selects nothing.
type Selection struct {
	Keys        []flowd.IdempotencyKey
	Rule        string
	Rules       []string // any of them; none is all
	Reason      flowd.Reason
	State       flowd.ActionState
	Kind        flowd.ActionKind
	ATS         string
	Application string
	Candidate   string
	Position    string
	Batch       string
}

// PauseChange sets or lifts one pause. A change without a scope changes nothing.
type PauseChange struct {
	Scope Scope
	Lift  bool
	Pause Pause // when not lifting; its Scope is ignored
}

// Scope is what a pause stops: everything, the Hireflix account, one position
// or one rule.
type Scope string

// ScopeAll and ScopeAccount stop leasing and leave rows as they are, since they
// concern every row alike: ScopeAll everything that goes out, ScopeAccount what
// calls Hireflix (ActionKind.AtHireflix), and with ReasonQuota invites alone.
// ScopePosition and ScopeRule park: the invites of a position and all rows of a
// rule are held, each with the pause's reason.
const (
	ScopeAll     Scope = "all"
	ScopeAccount Scope = "account:default"
)

// ScopePosition is the queue of one Hireflix position, by id.
func ScopePosition(id string) Scope { return Scope("position:" + id) }

// ScopeRule is everything one rule asked for.
func ScopeRule(id string) Scope { return Scope("rule:" + id) }

// Split returns the kind of a scope (all, account, position, rule) and what it
// names within the kind.
func (s Scope) Split() (kind, id string) {
	kind, id, _ = strings.Cut(string(s), ":")
	return kind, id
}

// Pause is a stop in force.
type Pause struct {
	Scope  Scope
	Reason flowd.Reason
	Detail string
	Since  time.Time
	By     string // empty when flowd did it
	// ProbeAt is when one action may try whether the cause is over; zero never.
	// It applies to ScopeAccount.
	ProbeAt time.Time
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

package state

import (
	"context"
	"time"

	"flowd"
)

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

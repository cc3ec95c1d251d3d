package state

import (
	"context"
	"time"

	"flowd"
)

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

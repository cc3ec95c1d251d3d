// Package connectors says what a source of events must provide and does all
// that sources share: the one webhook handler with its fixed order, and the one
// poll loop. A connector maps its system's words to flowd's and does nothing
// else: it does not sleep, retry, store or log.
package connectors

import (
	"context"
	"errors"
	"time"

	"flowd"
)

// Poller is a source that is asked. Poll returns what is new behind the cursor,
// which is nil the first time, and whether there is more to fetch at once: one
// page a call. On an error it returns nothing at all. The new cursor stands in
// the batch and is stored with what the page brought or not at all.
//
// A source that shows how applications stand brings them as Seen, at the first
// poll all that are open, and then what changed since: inclusively, and with
// some overlap, because what is known already costs nothing and clocks differ.
// Where its cursor is lost it begins anew with Batch.Baseline. One that tells of
// moves brings Events, and at the first poll only where its log ends. What is
// old enough to be left alone the poll loop decides, and not the source.
type Poller interface {
	Poll(ctx context.Context, cursor []byte) (b flowd.Batch, more bool, err error)
}

// Settler is a poller whose source wants to hear what became of a batch once it
// is durable, such as a folder whose file moves to another one. It may be
// called again for the same batch after a crash. An error of kind invalid says
// that part of the source's data is refused for good, and where it is kept: it
// is counted and logged, and polling goes on.
type Settler interface {
	Settled(ctx context.Context, b flowd.Batch) error
}

// Receiver is a source that calls. Verify decides from the bytes as sent
// whether the sender knows the secret; it returns an error that names neither
// secret nor body. Decode maps a verified delivery to events. A reply that is
// not nil is what a ping or handshake must hear; nil means an empty 200.
// Both are called concurrently.
type Receiver interface {
	Verify(now time.Time, d flowd.Delivery) error
	Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error)
}

// Completer is a receiver whose sender does not tell all that rules may ask for,
// so that the rest is asked for before the events are stored. The events keep
// their keys. With an error nothing is taken, and the sender is to deliver
// again.
type Completer interface {
	Complete(ctx context.Context, events []flowd.Event) ([]flowd.Event, error)
}

// Fetcher tells how an application stands now, by asking its system.
type Fetcher interface {
	Fetch(ctx context.Context, applicationID string) (flowd.Application, error)
}

// Writer writes to its system. Both methods are called concurrently. A fault is
// classified by package fault: Uncertain may have taken effect; NotFound says
// that the application, field or stage is not there; Conflict that the
// application stands in another stage than the move expects; Invalid that it
// will never be taken. An answer that is not the system's own, such as a login
// page, tells nothing: after a write it is Uncertain, after a look Unavailable. Write calls once: it never repeats a call that may have
// taken effect.
type Writer interface {
	// Can tells whether this source can write the kind, as it is configured.
	Can(kind flowd.ActionKind) bool
	// Write carries it out. Tags are added to those that are there.
	Write(ctx context.Context, w flowd.WriteBack) error
	// Written tells whether an earlier attempt took effect, or ErrCannotLook where
	// the system has no way to ask.
	Written(ctx context.Context, w flowd.WriteBack) (bool, error)
}

// Catalog lists what exists in a system, for those who write rules. It is asked
// seldom: by commands, lint and completion.
type Catalog interface {
	// Jobs are those that people can apply to or stand in.
	Jobs(ctx context.Context) ([]flowd.Job, error)
	// Stages are those of a job, in order; of every job for "".
	Stages(ctx context.Context, jobID string) ([]flowd.Stage, error)
	// Fields are the custom fields of applications and candidates, and what else
	// has a list of values, such as candidate.source.
	Fields(ctx context.Context) ([]CatalogField, error)
}

// CatalogField is what can be written in a rule beside jobs and stages.
type CatalogField struct {
	// Member is what a condition calls it, such as candidate.source; empty for a
	// custom field.
	Member string
	// Field is the custom field, without a value.
	Field flowd.Field
	// Values are those to choose from; nil where anything may stand there.
	Values []string
}

// Rights tells what a source's key may do, where its system lets it ask. It is
// asked seldom, by `flowd doctor`.
type Rights interface {
	// Rights holds what the key may do against what flowd asks of the system, where
	// rules write these kinds: what the key lacks, and what it has in vain, as the
	// system calls each. An error of kind unauthorized says that the key may not ask.
	Rights(ctx context.Context, writes []flowd.ActionKind) (lacks, vain []string, err error)
}

// ErrCannotLook says that nobody can tell whether a write took effect.
var ErrCannotLook = errors.New("this system cannot be asked whether a write took effect")

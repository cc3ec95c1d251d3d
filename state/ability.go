package state

import (
	"context"
	"io"
	"time"
)

// Optional abilities, asked for by assertion.
type (
	// Snapshotter writes a consistent copy while the store is in use.
	Snapshotter interface {
		Snapshot(ctx context.Context, w io.Writer) (int64, error)
	}
	// Checker verifies the store's own structure and invariants, and returns
	// what is wrong, in words.
	Checker interface {
		Check(ctx context.Context) ([]string, error)
	}
	// Pruner drops what is older than the retention, in small transactions.
	Pruner interface {
		Prune(ctx context.Context, r Retention, now time.Time) (Pruned, error)
	}
	// Compactor rewrites the store without what was deleted, so that erased values
	// are in no free page either. It is called while nothing else uses the store.
	Compactor interface {
		Compact(ctx context.Context) error
		// Erased tells whether anything was forgotten since the store was compacted.
		Erased(ctx context.Context) (bool, error)
	}
	// Inspector shows the deliveries that are kept for a bounded time. Their
	// bodies hold personal values.
	Inspector interface {
		// Raw returns the body that brought an event, or ErrNotFound.
		Raw(ctx context.Context, event string) ([]byte, error)
		// Quarantined returns up to n deliveries, newest first.
		Quarantined(ctx context.Context, n int) ([]Quarantined, error)
	}
)

// Retention says how long things are kept. What has no span is left alone.
type Retention struct {
	Raw         time.Duration // bodies of deliveries
	Undecodable time.Duration // quarantined ones
	Decisions   time.Duration // events with their decisions; keys and outcomes stay
}

// Pruned counts what a prune dropped.
type Pruned struct{ Raw, Quarantined, Events int }

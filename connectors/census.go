package connectors

import (
	"bytes"
	"context"
	"sync"

	"flowd"
	"flowd/internal/fault"
)

// maxCensus bounds the pages of one census.
const maxCensus = 20_000

// Census has a source show how all its open applications stand: it polls from the
// beginning to the end and gives each page to see, whose error ends it. Nothing is
// stored and no cursor moves. It takes turns with the source's own poll, a page
// each. A source that tells of moves alone shows nobody.
func (p *Polls) Census(ctx context.Context, s Source, see func(flowd.Batch) error) error {
	var cursor []byte
	for range maxCensus {
		b, more, err := p.poll(ctx, s, cursor)
		if err != nil {
			return err
		}
		b.Source, b.ATS = s.Name, s.ATS
		if err := see(b); err != nil {
			return err
		}
		if !more {
			return nil
		}
		if b.Cursor == nil || bytes.Equal(b.Cursor, cursor) {
			return fault.New(fault.Invalid, "poll", "the source says that there is more, and does not go on")
		}
		cursor = b.Cursor
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return fault.New(fault.Invalid, "poll", "the source does not come to its end within %d pages", maxCensus)
}

// Look asks a source for one page behind a cursor, nil for the first, as its poll
// would. Nothing is stored.
func (p *Polls) Look(ctx context.Context, s Source, cursor []byte) (b flowd.Batch, more bool, err error) {
	return p.poll(ctx, s, cursor)
}

// turns lets one at a time ask a source.
type turns struct {
	mu sync.Mutex
	of map[string]chan struct{}
}

// take waits for a source's turn, and returns how it ends.
func (t *turns) take(ctx context.Context, source string) (end func(), err error) {
	t.mu.Lock()
	if t.of == nil {
		t.of = map[string]chan struct{}{}
	}
	if t.of[source] == nil {
		t.of[source] = make(chan struct{}, 1)
	}
	turn := t.of[source]
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

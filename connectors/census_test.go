package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
)

// pages is a poller of so many pages of one application each.
type pages struct {
	n       int
	stuck   bool
	fails   error
	asking  atomic.Int32
	crowded atomic.Bool
}

func (p *pages) Poll(_ context.Context, cursor []byte) (flowd.Batch, bool, error) {
	if p.asking.Add(1) > 1 {
		p.crowded.Store(true)
	}
	defer p.asking.Add(-1)
	at, _ := strconv.Atoi(string(cursor))
	switch {
	case p.fails != nil && at == p.n-1:
		return flowd.Batch{}, false, p.fails
	case p.n < 0:
		panic("out of the blue")
	}
	next := []byte(strconv.Itoa(at + 1))
	if p.stuck {
		next = cursor
	}
	seen := flowd.Snapshot{Application: flowd.Application{ID: fmt.Sprint("app-", at)}}
	return flowd.Batch{Seen: []flowd.Snapshot{seen}, Cursor: next}, at+1 < p.n || p.stuck, nil
}

func censusOf(t *testing.T) (*connectors.Polls, *atomic.Int32) {
	t.Helper()
	admitted := &atomic.Int32{}
	polls, err := connectors.NewPolls(connectors.PollOptions{Log: zerolog.Nop(),
		Cursor: func(context.Context, string) ([]byte, error) { return []byte("1"), nil },
		Admit:  func(context.Context, flowd.Batch) error { admitted.Add(1); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return polls, admitted
}

func TestPolls_Census(t *testing.T) {
	t.Parallel()
	down, enough := errors.New("down"), errors.New("enough")
	for _, c := range []struct {
		name   string
		poller *pages
		stop   int // after so many applications
		shown  int
		fails  bool
		is     error
	}{
		{"to its end", &pages{n: 3}, 0, 3, false, nil},
		{"it fails", &pages{n: 3, fails: down}, 0, 2, true, down},
		{"it does not go on", &pages{n: 3, stuck: true}, 0, 1, true, nil},
		{"it panics", &pages{n: -1}, 0, 0, true, nil},
		{"whoever looks has enough", &pages{n: 3}, 2, 2, true, enough},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			polls, admitted := censusOf(t)
			shown := 0
			err := polls.Census(t.Context(), connectors.Source{Name: "s", ATS: "a", Poller: c.poller}, func(b flowd.Batch) error {
				if b.Source != "s" || b.ATS != "a" || b.Polled.Asked.IsZero() {
					t.Errorf("batch %+v", b)
				}
				if shown += len(b.Seen); shown == c.stop {
					return enough
				}
				return nil
			})
			if shown != c.shown || (err != nil) != c.fails || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%d shown, %v", shown, err)
			}
			if admitted.Load() != 0 {
				t.Error("something was stored")
			}
		})
	}
}

// A census and the source's own poll are never in one source at a time.
func TestPolls_CensusTakesTurns(t *testing.T) {
	t.Parallel()
	polls, _ := censusOf(t)
	poller := &pages{n: 200}
	src := connectors.Source{Name: "s", ATS: "a", Poller: poller}
	ctx, cancel := context.WithCancel(t.Context())
	var both sync.WaitGroup
	both.Go(func() { polls.Run(ctx, []connectors.Source{src}) })
	if err := polls.Census(t.Context(), src, func(flowd.Batch) error { return nil }); err != nil {
		t.Error(err)
	}
	cancel()
	both.Wait()
	if poller.crowded.Load() {
		t.Error("the source was asked twice at a time")
	}
	if err := polls.Census(ctx, src, func(flowd.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a census without time: %v", err)
	}
}

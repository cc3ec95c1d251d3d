package connectortest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// Poller is the suite of a connector that asks. New makes a system of its own
// for each test.
type Poller struct {
	New func(t *testing.T) System
	// Personal are texts of the events that no error may hold.
	Personal []string
	// Network tells that the system is asked by HTTP. Connections and synthetic time
	// do not go together, so there nothing is waited for: a source must show at its
	// next poll what is new.
	Network bool
}

// System is a simulated system and how to poll it.
type System interface {
	// Source is a new process's view of the system.
	Source(t *testing.T) connectors.Source
	// Fill brings news into the system and returns how much: events of a source
	// that tells of moves, else applications that are new or in another stage.
	Fill(t *testing.T) int
	// Break makes polls fail until the function it returns is called.
	Break(t *testing.T) (mend func())
}

// Run runs the suite, in synthetic time where that is possible.
func (s Poller) Run(t *testing.T) {
	for name, test := range map[string]func(*testing.T, System){
		"ToTheEnd": s.toTheEnd, "Resumes": s.resumes, "Crashes": s.crashes, "Fails": s.fails, "Nothing": s.nothing,
	} {
		t.Run(name, func(t *testing.T) {
			if s.Network {
				test(t, s.New(t))
				return
			}
			synctest.Test(t, func(t *testing.T) { test(t, s.New(t)) })
		})
	}
}

// Drain polls until there is no more, and returns what was brought and where the
// next poll begins.
func Drain(t *testing.T, source connectors.Source, cursor []byte) (all []flowd.Batch, end []byte) {
	t.Helper()
	for len(all) < mostDrained {
		b, more, err := source.Poller.Poll(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		all, cursor = append(all, b), b.Cursor
		if !more {
			return all, cursor
		}
	}
	t.Fatal("the poll has no end")
	return nil, nil
}

const mostDrained = 500 // pages

// memory is what a store keeps of a source: of a snapshot, that an application
// stood in a stage.
type memory struct {
	cursor []byte
	keys   []string
}

// admit takes note of what is new in a batch, and tells whether anything is.
func (m *memory) admit(t *testing.T, b flowd.Batch) (news bool) {
	t.Helper()
	var keys []string
	for _, ev := range b.Events {
		if ev.Key == "" {
			t.Error("a polled event has no key")
		}
		keys = append(keys, ev.Key)
	}
	for _, seen := range b.Seen {
		keys = append(keys, seen.ID+" in "+seen.Stage.Key())
	}
	for _, key := range keys {
		if !slices.Contains(m.keys, key) {
			m.keys, news = append(m.keys, key), true
		}
	}
	if b.Cursor != nil {
		m.cursor = b.Cursor
	}
	return news
}

// drain polls, admits and settles until nothing is new for a while. With crash
// set it stops behind the first batch, before telling the source.
func (s Poller) drain(t *testing.T, m *memory, source connectors.Source, crash bool) error {
	t.Helper()
	for quiet := 0; quiet < 5; {
		b, more, err := source.Poller.Poll(t.Context(), m.cursor)
		if err != nil {
			if len(b.Events) > 0 || len(b.Seen) > 0 || b.Cursor != nil || more {
				t.Errorf("a batch beside the error %v", err)
			}
			return err
		}
		valid(t, b, false)
		if m.admit(t, b) {
			quiet = 0
		}
		if crash && len(b.Events)+len(b.Seen) > 0 {
			return nil
		}
		if settler, ok := source.Poller.(connectors.Settler); ok {
			if err := settler.Settled(t.Context(), b); err != nil && !fault.Is(err, fault.Invalid) {
				return err
			}
		}
		if !more {
			quiet++
			if !s.Network {
				time.Sleep(source.Every) // synthetic
			}
		}
	}
	return nil
}

// toTheEnd: all that is there comes, each once, and then nothing more.
func (s Poller) toTheEnd(t *testing.T, sys System) {
	want := sys.Fill(t)
	source := sys.Source(t)
	var m memory
	if err := s.drain(t, &m, source, false); err != nil || len(m.keys) != want {
		t.Fatalf("%d events of %d, %v", len(m.keys), want, err)
	}
	if source.Every <= 0 {
		t.Error("the source does not say how often to poll")
	}
}

// resumes: a later process with the stored cursor sees only what is new.
func (s Poller) resumes(t *testing.T, sys System) {
	want := sys.Fill(t)
	var m memory
	if err := s.drain(t, &m, sys.Source(t), false); err != nil {
		t.Fatal(err)
	}
	want += sys.Fill(t)
	if err := s.drain(t, &m, sys.Source(t), false); err != nil || len(m.keys) != want {
		t.Errorf("%d events of %d, %v", len(m.keys), want, err)
	}
}

// crashes: a process that stopped between storing a batch and telling the
// source loses nothing, and what comes again has the same keys.
func (s Poller) crashes(t *testing.T, sys System) {
	want := sys.Fill(t)
	var m memory
	for range 3 {
		if err := s.drain(t, &m, sys.Source(t), true); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.keys) == 0 {
		t.Error("no event before the crash")
	}
	if err := s.drain(t, &m, sys.Source(t), false); err != nil || len(m.keys) != want {
		t.Errorf("%d events of %d, %v", len(m.keys), want, err)
	}
}

// fails: a system that is down gives a classified error, no events, and all of
// them once it is up.
func (s Poller) fails(t *testing.T, sys System) {
	want := sys.Fill(t)
	mend := sys.Break(t)
	source := sys.Source(t)
	var m memory
	err := s.drain(t, &m, source, false)
	if err == nil || len(m.keys) > 0 {
		t.Errorf("%d events of a broken system, %v", len(m.keys), err)
	}
	var classified *fault.Error
	if !errors.As(err, &classified) {
		t.Errorf("%v is not classified", err)
	}
	for _, private := range s.Personal {
		if err != nil && strings.Contains(err.Error(), private) {
			t.Errorf("%q stands in %v", private, err)
		}
	}
	mend()
	if err := s.drain(t, &m, source, false); err != nil || len(m.keys) != want {
		t.Errorf("%d events of %d, %v", len(m.keys), want, err)
	}
}

// nothing: an empty system is no error, and a context that is over ends a poll.
func (s Poller) nothing(t *testing.T, sys System) {
	source := sys.Source(t)
	b, more, err := source.Poller.Poll(t.Context(), nil)
	if err != nil || more || !cmp.Equal(b, flowd.Batch{Cursor: b.Cursor, Baseline: b.Baseline}) {
		t.Errorf("%+v, %t, %v", b, more, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, _, _ := source.Poller.Poll(ctx, nil); len(b.Events)+len(b.Seen) > 0 {
		t.Error("events in spite of a context that is over")
	}
}

package daemon

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/internal/fault"
	"flowd/state/mem"
)

// One interview of a position is asked, once, a quarter of an hour after its
// first invite; while its box is empty, newer ones are.
func TestMailbox(t *testing.T) {
	t.Parallel()
	store, now := mem.New(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	open := func() *mailbox {
		m, err := openMailbox(t.Context(), store, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var asked []string
	sent, down := 0, error(nil)
	tracking := func(_ context.Context, id string) (int, error) {
		asked = append(asked, id)
		return sent, down
	}
	p := flowd.Position{ID: "p", Name: "Sales"}
	m := open()
	m.invited(t.Context(), p, "none", true, now.Add(-time.Hour))
	m.look(t.Context(), tracking, now)
	if list := m.positions(); len(list) != 1 || len(asked) != 0 {
		t.Fatalf("of a silent invite: positions %v, asked %v", list, asked)
	}
	m.invited(t.Context(), p, "one", false, now)
	m.invited(t.Context(), p, "two", false, now.Add(time.Minute))
	m.look(t.Context(), tracking, now.Add(14*time.Minute))
	if len(asked) != 0 {
		t.Fatalf("asked %v too early", asked)
	}
	down = errors.New("no answer")
	m.look(t.Context(), tracking, now.Add(15*time.Minute))
	down = nil
	m = open() // after a restart
	m.look(t.Context(), tracking, now.Add(16*time.Minute))
	m.look(t.Context(), tracking, now.Add(17*time.Minute))
	if len(asked) != 2 || asked[1] != "one" || m.empty()["p"] != "Sales" {
		t.Fatalf("asked %v, empty are %v", asked, m.empty())
	}
	sent = 1
	m.invited(t.Context(), p, "three", false, now.Add(time.Hour))
	if len(m.empty()) != 1 {
		t.Error("another invite alone fills no box")
	}
	m.look(t.Context(), tracking, now.Add(2*time.Hour))
	if len(m.empty()) != 0 || asked[len(asked)-1] != "three" {
		t.Errorf("asked %v, empty are %v", asked, m.empty())
	}
}

// The first interview of a position may be taken back before it is asked.
func TestMailbox_TakenBackBeforeItIsAsked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	m, err := openMailbox(t.Context(), mem.New(), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	tracking := func(_ context.Context, id string) (int, error) {
		if id == "one" {
			return 0, fault.New(fault.NotFound, "read", "no interview has this id")
		}
		return 0, nil
	}
	p := flowd.Position{ID: "p", Name: "Sales"}
	m.invited(t.Context(), p, "one", false, now)
	m.look(t.Context(), tracking, now.Add(time.Hour))
	m.invited(t.Context(), p, "two", false, now.Add(time.Hour))
	m.look(t.Context(), tracking, now.Add(2*time.Hour))
	if m.empty()["p"] != "Sales" {
		t.Error("the position's box was never asked for")
	}
}

package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"flowd/internal/fault"
	"flowd/internal/notify"
)

// channel counts what it gets and fails as told.
type channel struct {
	got atomic.Int32
	err error
}

func (c *channel) Send(_ context.Context, m notify.Message) error {
	if m.Owner == "" {
		return errors.New("no owner")
	}
	c.got.Add(1)
	return c.err
}

func TestRouter(t *testing.T) {
	t.Parallel()
	fails := func(k fault.Kind) error { return fault.New(k, "test", "no") }
	own, other, fallback := &channel{}, &channel{err: fails(fault.Invalid)}, &channel{}
	third := &channel{err: fails(fault.Unavailable)}
	r := notify.New(notify.Options{Owners: map[string][]notify.Channel{
		"sales-ops": {own, other, third}, "nobody": nil, notify.Default: {fallback},
	}})
	if !r.Has("sales-ops") || !r.Has("nobody") || !slices.Equal(r.Owners(), []string{"default", "sales-ops"}) {
		t.Errorf("owners are %q", r.Owners())
	}
	if err := r.Send(t.Context(), "sales-ops", message); !fault.Is(err, fault.Unavailable) {
		t.Errorf("what repeating can help does not come first: %v", err)
	}
	third.err = nil
	if err := r.Send(t.Context(), "sales-ops", message); !fault.Is(err, fault.Invalid) || !errors.Is(err, notify.ErrPartly) {
		t.Errorf("got %v", err)
	}
	if own.got.Load() != 1 || other.got.Load() != 2 || third.got.Load() != 2 || fallback.got.Load() != 0 {
		t.Errorf("repeating gave a channel twice what it had: %d %d %d", own.got.Load(), other.got.Load(), third.got.Load())
	}
	other.err = fails(fault.Uncertain)
	third.err = fails(fault.Unavailable)
	again := message
	again.Key = "another"
	if err := r.Send(t.Context(), "sales-ops", again); !fault.Is(err, fault.Uncertain) || own.got.Load() != 2 {
		t.Errorf("uncertain does not come first: %v", err)
	}
	if err := r.Send(t.Context(), "people-ops", message); err != nil || fallback.got.Load() != 1 {
		t.Errorf("what nobody owns does not reach the default: %v", err)
	}
	alone := notify.New(notify.Options{Owners: map[string][]notify.Channel{"o": {&channel{err: fails(fault.NotFound)}}}})
	if err := alone.Send(t.Context(), "o", message); !fault.Is(err, fault.NotFound) || errors.Is(err, notify.ErrPartly) {
		t.Errorf("nobody has it: %v", err)
	}
	none := notify.New(notify.Options{})
	if err := none.Send(t.Context(), "sales-ops", message); !errors.Is(err, notify.ErrNoChannel) || none.Has("sales-ops") {
		t.Errorf("got %v", err)
	}
	if err := none.Mail(t.Context(), "ana.lind@example.com", message); !errors.Is(err, notify.ErrNoChannel) {
		t.Errorf("got %v", err)
	}
}

func TestRouter_Mail(t *testing.T) {
	t.Parallel()
	server, smtp := newMailServer(t, nil)
	r := notify.New(notify.Options{Mail: &smtp})
	if err := r.Mail(t.Context(), "ana.lind@example.com", message); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "ana", "ana.lind@example.com, bo.field@example.com", "ana@example.com\r\nRCPT TO:<bo@example.com>"} {
		if err := r.Mail(t.Context(), bad, message); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if mails := server.taken(); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
}

func TestRouter_Addresses(t *testing.T) {
	t.Parallel()
	r := notify.New(notify.Options{Owners: map[string][]notify.Channel{
		"lead":         {notify.Email{To: []string{"Kim Lee <Kim@Example.com>", "lee@example.com"}}, notify.Slack{}},
		"room":         {notify.Slack{}},
		notify.Default: {notify.Email{To: []string{"all@example.com"}}},
	}})
	for owner, want := range map[string]string{"lead": "kim@example.com lee@example.com", "room": "", "nobody": "", notify.Default: "all@example.com"} {
		if got := strings.Join(r.Addresses(owner), " "); got != want {
			t.Errorf("%s has %q, want %q", owner, got, want)
		}
	}
}

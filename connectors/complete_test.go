package connectors_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// completer is a receiver that asks for what a delivery does not tell.
type completer struct {
	receiver
	does func(ctx context.Context, events []flowd.Event) ([]flowd.Event, error)
}

func (c completer) Complete(ctx context.Context, events []flowd.Event) ([]flowd.Event, error) {
	return c.does(ctx, events)
}

// What a delivery does not tell is asked for before it is stored; where that
// fails, it is to come again.
func TestHandler_Completes(t *testing.T) {
	t.Parallel()
	asked := 0
	fine := func(_ context.Context, events []flowd.Event) ([]flowd.Event, error) {
		asked++
		for i := range events {
			events[i].Application.Job.Department = "Service"
		}
		return events, nil
	}
	for name, c := range map[string]struct {
		body   string
		does   func(context.Context, []flowd.Event) ([]flowd.Event, error)
		status int
	}{
		"completed":        {"event", fine, 200},
		"nothing to ask":   {"nothing", fine, 200},
		"a ping":           {"ping", fine, 200},
		"a sighting alone": {"sighting", fine, 200},
		"not proved":       {"event", fine, 401},
		"down": {"event", func(context.Context, []flowd.Event) ([]flowd.Event, error) {
			return nil, fault.New(fault.Unavailable, "read", "no answer in time")
		}, 503},
		"panics": {"event", func(context.Context, []flowd.Event) ([]flowd.Event, error) { panic("ada@example.com") }, 503},
	} {
		asked = 0
		h := newHooks(t, func(o *connectors.HandlerOptions) {
			o.Sources = []connectors.Source{{Name: "ats", Receiver: completer{does: c.does}}}
		})
		signature := "good"
		if c.status == 401 {
			signature = "bad"
		}
		w := h.do("POST", "/hooks/ats", c.body, "Id", "evt-7", "Signature", signature)
		if w.Code != c.status || c.status != 200 && len(h.admitted) > 0 || strings.Contains(h.log.String(), "ada@") {
			t.Errorf("%s: status %d, %d admitted, %s", name, w.Code, len(h.admitted), &h.log)
		}
		if name == "completed" {
			if ev := h.admitted[0].Events[1]; ev.Key != "ats:evt-7:1" || ev.Application.Job.Department != "Service" || asked != 1 {
				t.Errorf("%+v", ev)
			}
		} else if asked > 0 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

// A system that does not answer keeps the sender waiting for a bounded time.
func TestHandler_CompletesInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		h := newHooks(t, func(o *connectors.HandlerOptions) {
			o.Sources = []connectors.Source{{Name: "ats", Receiver: completer{does: func(ctx context.Context, _ []flowd.Event) ([]flowd.Event, error) {
				<-ctx.Done()
				return nil, errors.New("no answer in time")
			}}}}
		})
		if w := h.do("POST", "/hooks/ats", "event"); w.Code != 503 || time.Since(began) > 10*time.Second {
			t.Errorf("status %d after %s", w.Code, time.Since(began))
		}
	})
}

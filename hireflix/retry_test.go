package hireflix

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"flowd/internal/fault"
)

// TestQuery_Pauses looks at the pauses that a query chooses.
func TestQuery_Pauses(t *testing.T) {
	t.Parallel()
	wish := ""
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", wish)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	var pauses []time.Duration
	c.pause = func(_ context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		return nil
	}
	if _, err := c.Positions(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	if len(pauses) != queryTries-1 || pauses[0] >= firstPause || pauses[1] >= 2*firstPause {
		t.Errorf("pauses %v", pauses)
	}
	wish, pauses = "2", nil
	if _, err := c.Positions(t.Context()); fault.RetryAfter(err) != 2*time.Second {
		t.Error(err)
	}
	if len(pauses) != queryTries-1 || pauses[0] != 2*time.Second {
		t.Errorf("pauses %v, wished 2s", pauses)
	}
	pauses = nil
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := c.Positions(soon); !fault.Is(err, fault.Unavailable) || len(pauses) != 0 {
		t.Errorf("waits %v with a second left; error %v", pauses, err)
	}
}

func TestQuery_StopsWithTheContext(t *testing.T) {
	t.Parallel()
	var arrivals atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		arrivals.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	c.pause = func(context.Context, time.Duration) error {
		cancel()
		return context.Canceled
	}
	_, err := c.Positions(ctx)
	wantFault(t, err, fault.Unavailable)
	if arrivals.Load() != 1 || !strings.Contains(err.Error(), "502") {
		t.Errorf("%d arrivals, error %v", arrivals.Load(), err)
	}
}

func TestSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if err := sleep(t.Context(), time.Hour); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

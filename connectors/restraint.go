package connectors

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"flowd/internal/fault"
)

const (
	mostFailures = 10               // in a row, then the system is left alone: fewer are bad luck
	leftAlone    = 30 * time.Second // before one call tries again
	shortWish    = 2 * time.Second  // of the system is waited out within the call
)

// restraint says when a system is not to be called: for as long as it asked to
// be left alone, and for a while after it failed some times in a row. It is safe
// for concurrent use.
type restraint struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu    sync.Mutex
	until time.Time // the system's own wish
	again time.Time // when one call tries whether the system is back
}

func newRestraint() *restraint {
	r := &restraint{}
	r.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     leftAlone,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= mostFailures },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				r.mu.Lock()
				r.again = time.Now().Add(leftAlone)
				r.mu.Unlock()
			}
		},
		// What the system refuses it has answered. Whoever gave up knows nothing of it.
		IsSuccessful: func(err error) bool { return !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Uncertain) },
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
	})
	return r
}

// enter tells whether a call may be made. Where it may, done must hear how it
// ended.
func (r *restraint) enter(ctx context.Context, op string) (done func(error), err error) {
	if wish := r.wish(); wish > shortWish || wish > 0 && !waited(ctx, wish) {
		f := fault.New(fault.RateLimited, op, "not called: the ATS asked for fewer calls")
		f.RetryAfter = wish
		return nil, f
	}
	done, refused := r.breaker.Allow()
	if refused != nil {
		f := fault.New(fault.Unavailable, op, "not called: the last %d calls to the ATS failed, and it is left alone for %s", mostFailures, leftAlone)
		r.mu.Lock()
		f.RetryAfter = max(time.Until(r.again), time.Second)
		r.mu.Unlock()
		return nil, f
	}
	return done, nil
}

// wish is how much longer the system wants to be left alone.
func (r *restraint) wish() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Until(r.until)
}

// waited is true once a span is over, and false when ctx ends before.
func waited(ctx context.Context, span time.Duration) bool {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// heed takes note of what an answer says of further calls: that there were too
// many, or that this was the last one allowed for now.
func (r *restraint) heed(status int, h http.Header) {
	wait := time.Duration(0)
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || lastCall(h) {
		wait = retryAfterOf(h, time.Now())
	}
	if wait > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if until := time.Now().Add(wait); until.After(r.until) {
			r.until = until
		}
	}
}

// lastCall tells whether an answer says that no further call is allowed before
// the limit's reset.
func lastCall(h http.Header) bool {
	for _, name := range []string{"X-RateLimit-Remaining", "X-Rate-Limit-Remaining", "RateLimit-Remaining"} {
		if left, err := strconv.Atoi(strings.TrimSpace(h.Get(name))); err == nil {
			return left <= 0
		}
	}
	return false
}

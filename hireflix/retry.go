package hireflix

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"flowd/internal/fault"
)

// Bounds of the repetition of queries. A wish of the far side beyond the
// longest pause is handed to the caller, who has other work to do meanwhile.
const (
	queryTries   = 3
	firstPause   = 200 * time.Millisecond // the ceiling of the first; it doubles
	longestPause = 5 * time.Second
)

// query carries a query out and repeats it after a passing fault, with full
// jitter, while the context lasts.
func query[T any](ctx context.Context, c *Client, op operation, variables map[string]any) (T, error) {
	value, _, err := ask[T](ctx, c, op, variables)
	return value, err
}

// ask is query, with the exchange that brought the answer.
func ask[T any](ctx context.Context, c *Client, op operation, variables map[string]any) (T, *exchange, error) {
	ceiling := firstPause
	for try := 1; ; try++ {
		value, ex, err := send[T](ctx, c, op, variables)
		if err == nil || try == queryTries || !passing(err) || ctx.Err() != nil {
			return value, ex, err
		}
		pause := max(rand.N(ceiling), fault.RetryAfter(err)) //nolint:gosec // spreads retries; nothing depends on its being unguessable
		if deadline, ok := ctx.Deadline(); pause > longestPause || ok && time.Until(deadline) < pause {
			return value, ex, err
		}
		if c.pause(ctx, pause) != nil {
			return value, ex, err
		}
		ceiling *= 2
	}
}

// passing tells whether repeating can help.
func passing(err error) bool {
	return (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.RateLimited)) && !errors.Is(err, ErrTooLarge)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

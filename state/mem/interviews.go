package mem

import (
	"context"
	"errors"
	"time"

	"flowd"
	"flowd/state"
)

var errSoon = errors.New("not built yet")

// Fill implements state.Outbox.
func (s *Store) Fill(context.Context, state.Lease, flowd.Rendered, time.Time) error { return errSoon }

// Tie implements state.Interviews.
func (s *Store) Tie(context.Context, state.Tie, time.Time) error { return errSoon }

// Interviews implements state.Interviews.
func (s *Store) Interviews(context.Context, state.InterviewFilter, state.Page) ([]state.Seen, string, error) {
	return nil, "", errSoon
}

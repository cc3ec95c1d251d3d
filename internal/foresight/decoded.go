package foresight

import (
	"context"
	"errors"
	"time"

	"flowd"
	"flowd/state"
)

// decoded is Decoded of what the question stands on.
func (c *comparison) decoded(ctx context.Context, t state.Told) ([]flowd.Field, error) {
	return Decoded(ctx, c.Store, c.Decode, t)
}

// Decode decodes a recorded delivery again; see Question.
type Decode func(source string, body []byte, received time.Time) ([]flowd.Event, error)

// Decoded are the custom fields of an event as its delivery holds them; nil
// where the delivery is not kept any more, or does not tell of the event.
func Decoded(ctx context.Context, store state.Store, decode Decode, t state.Told) ([]flowd.Field, error) {
	inspector, ok := store.(state.Inspector)
	if !ok || decode == nil {
		return nil, nil
	}
	body, err := inspector.Raw(ctx, t.Event.Key)
	if errors.Is(err, state.ErrNotFound) || err == nil && len(body) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := decode(t.Event.Source, body, t.Event.Received)
	if err != nil {
		return nil, nil //nolint:nilerr // a body that cannot be read any more tells nothing
	}
	// A key that the sender gave in a header is not in the body: then the event is
	// the only one of its kind about the application.
	var alike []flowd.Event
	for _, ev := range events {
		id, _ := flowd.SafeID(ev.Application.ID)
		switch {
		case ev.Key == t.Event.Key:
			return append([]flowd.Field{}, ev.Application.Fields...), nil
		case ev.Type == t.Event.Type && id == t.Event.Application.ID:
			alike = append(alike, ev)
		}
	}
	if len(alike) != 1 {
		return nil, nil
	}
	return append([]flowd.Field{}, alike[0].Application.Fields...), nil
}

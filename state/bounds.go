package state

import (
	"errors"
	"fmt"

	"flowd"
)

// Bounds that every back end keeps: whatever is sent, a store grows by what was
// promised and not by what somebody posts.
const (
	MaxDocument = 8 << 20

	// Deliveries that could not be decoded, the oldest of which go first.
	MaxQuarantined      = 1000
	MaxQuarantinedBytes = 64 << 20
	MaxQuarantinedBody  = 1 << 20 // the rest of a longer one is cut off

	// Bodies of deliveries, the oldest of which go first.
	MaxRawBytes = 256 << 20
)

// Cut returns at most n bytes of a body.
func Cut(body []byte, n int) []byte { return body[:min(len(body), n)] }

// ErrUnfit says that a batch holds what no connector may send.
var ErrUnfit = errors.New("the batch cannot be kept")

// StorableBatch checks what no connector should send: an event without a key, a
// snapshot or sighting without an id, a field's value of a kind that Field does
// not name.
func StorableBatch(b flowd.Batch) error {
	for _, ev := range b.Events {
		if ev.Key == "" {
			return fmt.Errorf("%w: an event of source %s has no key", ErrUnfit, b.Source)
		}
		if err := storable(ev.Application); err != nil {
			return err
		}
	}
	for _, seen := range b.Seen {
		if seen.ID == "" {
			return fmt.Errorf("%w: a snapshot of source %s has no application id", ErrUnfit, b.Source)
		}
		if err := storable(seen.Application); err != nil {
			return err
		}
	}
	for _, s := range b.Sightings {
		if s.Interview.ID == "" {
			return fmt.Errorf("%w: a sighting of source %s has no interview id", ErrUnfit, b.Source)
		}
	}
	return nil
}

func storable(app flowd.Application) error {
	for _, f := range app.Fields {
		switch f.Value.(type) {
		case nil, string, float64, bool, []string:
		default:
			return fmt.Errorf("%w: field %q has a value of type %T", ErrUnfit, f.Name, f.Value)
		}
	}
	return nil
}

// Check refuses a document that cannot be kept.
func (d Document) Check() error {
	const most = 200
	if d.Kind == "" || len(d.Kind)+len(d.ID) > most {
		return fmt.Errorf("a document needs a kind, and at most %d bytes of kind and id", most)
	}
	if len(d.Body) > MaxDocument {
		return fmt.Errorf("document %s/%s has %d bytes; at most %d can be kept", d.Kind, d.ID, len(d.Body), MaxDocument)
	}
	return nil
}

package greenhouse

import (
	"flowd"
	"flowd/connectors"
)

// hook receives Greenhouse's deliveries.
type hook struct {
	*connectors.Signed
	door connectors.Door
}

// Decode implements connectors.Receiver. Saving a hook sends a ping, and one
// that is not answered leaves the hook disabled.
func (h *hook) Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	var in delivery
	if err := connectors.DecodeJSON(d.Body, &in); err != nil {
		return flowd.Batch{}, nil, err
	}
	if in.Action == "ping" {
		return flowd.Batch{}, &flowd.Reply{}, nil
	}
	events, err := in.events(h.door)
	return flowd.Batch{Events: events}, nil, err
}

// EventID implements connectors.Identifier: the body holds no id.
func (h *hook) EventID(d flowd.Delivery) string { return d.Header.Get("Greenhouse-Event-ID") }

package odoo

import (
	"encoding/json"
	"errors"

	"flowd"
	"flowd/connectors"
)

// hook takes the webhooks of Odoo 17 and later. They are a signal and nothing
// else: Odoo signs nothing, sends twice when a record is made, never sends again
// what was not answered within a second, and in version 17 sends before it
// commits, so that what a hook tells may be undone. What is so the poll reads,
// which a hook makes come at once; a hook that is lost costs an interval.
type hook struct {
	connectors.Unsigned
	wake chan<- struct{}
}

// delivery is what every webhook holds beside the fields that somebody chose.
type delivery struct {
	Model string      `json:"_model"`
	ID    json.Number `json:"_id"`
}

// Decode implements connectors.Receiver.
func (h *hook) Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	var in delivery
	if err := connectors.DecodeJSON(d.Body, &in); err != nil {
		return flowd.Batch{}, nil, err
	}
	if in.Model == "" || in.ID == "" {
		return flowd.Batch{}, nil, errors.New("the body has no _model and _id, so it is no webhook of Odoo")
	}
	select {
	case h.wake <- struct{}{}:
	default: // a poll is about to come
	}
	return flowd.Batch{}, nil, nil
}

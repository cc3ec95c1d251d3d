package ashby

import (
	"context"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// hook receives Ashby's deliveries. With the API it also tells what they do not.
type hook struct {
	*connectors.Signed
	door connectors.Door
	api  *api // nil without
}

// Decode implements connectors.Receiver. Saving a hook sends a ping, and one that
// is not answered leaves the hook disabled.
func (h *hook) Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	var in delivery
	if err := connectors.DecodeJSON(d.Body, &in); err != nil {
		return flowd.Batch{}, nil, err
	}
	if in.Action == "ping" {
		return flowd.Batch{}, &flowd.Reply{}, nil
	}
	events, err := in.events(h.door)
	for i := range events {
		events[i].Key = in.key(d.Source, events[i])
	}
	return flowd.Batch{Events: events}, nil, err
}

// Complete implements connectors.Completer: a delivery has neither the candidate's
// tags nor the names of department and location. What happened stays as it was
// told, though the application may have moved on since.
func (h *hook) Complete(ctx context.Context, events []flowd.Event) ([]flowd.Event, error) {
	if h.api == nil {
		return events, nil
	}
	var now flowd.Application
	for i, ev := range events {
		if ev.Type != flowd.StageEntered && ev.Type != flowd.ApplicationCreated || ending(ev.Application.Status) != "" {
			continue
		}
		if now.ID != ev.Application.ID {
			var err error
			now, err = h.api.Fetch(ctx, ev.Application.ID)
			switch {
			case fault.Is(err, fault.NotFound):
				continue // deleted meanwhile
			case err != nil:
				return nil, err
			}
		}
		events[i].Application = now
		events[i].Application.Stage, events[i].Application.Status = flowd.Stage{}, ev.Application.Status
	}
	return events, nil
}

// key is the same for all that tell of one thing: a hire comes as candidateHire
// and as candidateStageChange, each as often as there are hooks for it. Whether
// what was done to several applications at once has one id is not documented, so
// each of them is a part of it. Without an id the delivery's body stands in.
func (d *delivery) key(source string, ev flowd.Event) string {
	if d.ActionID == "" {
		return ""
	}
	of := ev.Application.ID
	for _, other := range []string{ev.Application.Candidate.ID, ev.Application.Job.ID} {
		if of == "" {
			of = other
		}
	}
	return connectors.HookKey(source, d.ActionID+"."+of+"."+string(ev.Type), 0)
}

package greenhouse

import (
	"context"
	"net/http"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// move moves an application from the stage in which it is expected. Greenhouse
// itself refuses the move when the application is no longer there.
func (h *harvest) move(ctx context.Context, w flowd.WriteBack) error {
	const op = "move the application"
	app, err := number(op, "application", w.Application.ID)
	if err != nil {
		return err
	}
	leaving, err := connectors.Leaving(op, w)
	if err != nil {
		return err
	}
	job := w.Application.Job.ID
	if job == "" {
		a, err := h.application(ctx, op, w.Application.ID)
		if err != nil {
			return err
		}
		job = a.JobID.String()
	}
	to, err := h.stage(ctx, op, job, w.Target)
	if err != nil {
		return err
	}
	from, err := h.stageOf(ctx, op, job, leaving)
	if err != nil || from.ID == to.ID {
		return err
	}
	err = h.write(ctx, op, http.MethodPost, "applications/"+app.String()+"/move", map[string]any{
		"from_stage_id": from.ID, "to_stage_id": to.ID,
	}, true)
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	// The status of a refusal does not say why: another stage than the expected
	// one is what people must hear of, all else is a fault of the request.
	switch a, look := h.application(ctx, op, w.Application.ID); {
	case look != nil: // nothing was done, and why is not known
		return look
	case !a.standsIn(from):
		return connectors.StandsElsewhere(op, flowd.Stage{Name: from.Name})
	}
	return err
}

// moved tells whether the application stands in the target.
func (h *harvest) moved(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look at the stage"
	a, err := h.application(ctx, op, w.Application.ID)
	if err != nil {
		return false, err
	}
	to, err := h.stage(ctx, op, a.JobID.String(), w.Target)
	return err == nil && a.standsIn(to), err
}

package engine

import (
	"context"

	"flowd"
)

// Recorder is the driver of dry runs and of shadow rules: it records what would
// have gone out and sends nothing.
type Recorder struct {
	Reason flowd.Reason // ReasonDryRun or ReasonShadow
}

// Perform implements Driver.
func (r Recorder) Perform(_ context.Context, a flowd.Action, _ flowd.Application) (flowd.Outcome, error) {
	detail := "would be invited to " + a.Position.Name
	if a.Kind != flowd.ActionInvite {
		detail = "would do " + string(a.Kind)
	}
	return flowd.Outcome{State: flowd.Would, Reason: r.Reason, Detail: detail}, nil
}

// Find implements Driver: nothing was ever sent.
func (r Recorder) Find(context.Context, flowd.Action, flowd.Application) (flowd.Interview, bool, error) {
	return flowd.Interview{}, false, nil
}

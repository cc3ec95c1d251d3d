package notify

import (
	"context"
	"net/http"
	"time"

	"flowd/internal/secret"
)

// Heartbeat calls an outside monitor while all is well. The monitor raises the
// alarm when the calls stop: that also covers a flowd, a machine or a network
// that can say nothing any more.
type Heartbeat struct {
	URL   func() (secret.Value, error)
	Every time.Duration
	// Healthy returns why nothing is to be called now, or nil.
	Healthy func(ctx context.Context) error
	// Report gets each reason for a beat left out or failed, and nil for one
	// that arrived; nil is allowed.
	Report func(error)
	HTTP   *http.Client // of NewClient
}

// Run calls at once and then every Every, until the context ends. A failed call
// is not repeated before its time: monitors allow for one that is missing.
func (h Heartbeat) Run(ctx context.Context) {
	tick := time.NewTicker(h.Every)
	defer tick.Stop()
	for {
		err := h.Beat(ctx)
		if ctx.Err() != nil {
			return
		}
		if h.Report != nil {
			h.Report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Beat is one call, with GET, if all is well.
func (h Heartbeat) Beat(ctx context.Context) error {
	if err := h.Healthy(ctx); err != nil {
		return err
	}
	return call{op: "heartbeat", method: http.MethodGet, url: h.URL}.do(ctx, h.HTTP)
}

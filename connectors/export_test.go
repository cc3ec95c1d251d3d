package connectors

import "time"

// SetBodyTimeout shortens the time for a body, before the handler serves.
func (h *Handler) SetBodyTimeout(d time.Duration) { h.bodyTimeout = d }

// Backoff is the pause after a failed poll.
var Backoff = backoff

package connectors

import (
	"net/http"
	"time"
)

// SetBodyTimeout shortens the time for a body, before the handler serves.
func (h *Handler) SetBodyTimeout(d time.Duration) { h.bodyTimeout = d }

// Backoff is the pause after a failed poll.
var Backoff = backoff

// RetryAfterOf is how long an answer wants flowd to wait.
var RetryAfterOf = retryAfterOf

// hanging never answers.
type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Hang makes every call of the client wait for its own end.
func Hang(c *Client) { c.http.Transport = hanging{} }

// Reach makes every call of the client go another way.
func Reach(c *Client, way http.RoundTripper) { c.http.Transport = way }

// TreeOf decodes plain JSON.
func TreeOf(body []byte) (any, bool) { return treeOf(body) }

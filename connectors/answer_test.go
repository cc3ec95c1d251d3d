package connectors_test

import (
	"strings"
	"testing"

	"flowd/connectors"
)

// What a sender gives up on it never hears, whichever way it went wrong; nor does
// anyone at an address that leads nowhere, since it may be that sender.
func TestHandler_GivesUpOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		status             int
	}{
		"wrong signature":         {"POST", "/hooks/final", "event", []string{"Signature", "bad"}, 503},
		"method":                  {"GET", "/hooks/final", "", nil, 503},
		"no such source":          {"POST", "/hooks/finale", "event", nil, 503},
		"elsewhere":               {"POST", "/other", "event", nil, 503},
		"undecodable":             {"POST", "/hooks/final", "broken", nil, 400},
		"too large":               {"POST", "/hooks/final", strings.Repeat("x", 65), nil, 413},
		"taken":                   {"POST", "/hooks/final", "event", nil, 200},
		"another sender's secret": {"POST", "/hooks/ats", "event", []string{"Signature", "bad"}, 401},
		"another sender's method": {"GET", "/hooks/ats", "", nil, 405},
	} {
		h := newHooks(t, func(o *connectors.HandlerOptions) {
			o.Sources = append(o.Sources, connectors.Source{Name: "final", Receiver: receiver{}, GivesUpOn: []int{401, 403, 404, 405, 410}})
		})
		w := h.do(c.method, c.path, c.body, c.header...)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, c.status)
		}
		if again := w.Header().Get("Retry-After"); (again != "") != (w.Code == 503) {
			t.Errorf("%s: Retry-After %q with status %d", name, again, w.Code)
		}
	}
}

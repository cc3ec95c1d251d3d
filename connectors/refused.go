package connectors

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd/internal/fault"
)

// refused classifies a status that is no success; nil for one that is. What a
// status leaves open is Uncertain for a call that writes: a server error comes
// as often behind the change as before it, and a redirect may lead to a login
// page or away from what was just made.
func (c Call) refused(r Reply) *fault.Error {
	if c.fine(r.Status) {
		return nil
	}
	f := fault.New(c.kindOf(r.Status), c.Op, "the ATS answers %s", status(r.Status))
	switch r.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		f.Text += ": check the credential and its rights"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		f.RetryAfter = retryAfterOf(r.Header, time.Now())
	}
	if r.Status >= 300 && r.Status <= 399 {
		f.Text += ", a redirect, which is not followed: check the address"
	}
	f.RequestID = requestID(r.Header)
	return f
}

// fine tells a status of success.
func (c Call) fine(status int) bool {
	if len(c.OK) > 0 {
		return slices.Contains(c.OK, status)
	}
	return status >= 200 && status <= 299
}

func (c Call) kindOf(status int) fault.Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fault.Unauthorized
	case status == http.StatusNotFound, status == http.StatusGone:
		return fault.NotFound
	case c.Moves && (status == http.StatusConflict || status == http.StatusPreconditionFailed):
		return fault.Conflict
	case status == http.StatusTooManyRequests:
		return fault.RateLimited
	case status == http.StatusTooEarly, status == http.StatusTemporaryRedirect, status == http.StatusPermanentRedirect,
		status == http.StatusProxyAuthRequired:
		return fault.Unavailable // each says that nothing was done
	case status == http.StatusRequestTimeout, status < 400, status >= 500:
		return c.unclear()
	}
	return fault.Invalid
}

func status(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}

// maxRetryAfter bounds what an answer may have flowd wait.
const maxRetryAfter = time.Hour

// retryAfterOf is how long the far side wants flowd to wait; zero when it does
// not say. Retry-After counts before the limit's reset, which some write as seconds
// from now and some as seconds or milliseconds since 1970.
func retryAfterOf(h http.Header, now time.Time) time.Duration {
	if text := strings.TrimSpace(h.Get("Retry-After")); text != "" {
		if seconds, err := strconv.ParseFloat(text, 64); err == nil {
			return waiting(seconds)
		}
		if at, err := http.ParseTime(text); err == nil {
			return waiting(at.Sub(now).Seconds())
		}
	}
	for _, name := range []string{"X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset"} {
		if reset, err := strconv.ParseFloat(strings.TrimSpace(h.Get(name)), 64); err == nil {
			if reset >= milliseconds {
				reset /= 1000
			}
			if reset > 1e9 {
				reset -= float64(now.Unix())
			}
			return waiting(reset)
		}
	}
	return 0
}

// waiting is a span of seconds within bounds. The comparison is false for what
// is no number, too.
func waiting(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
}

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,80}$`)

// requestID is the far side's id of the call, where it has one that can be
// shown.
func requestID(h http.Header) string {
	if id := h.Get("X-Request-Id"); requestIDForm.MatchString(id) {
		return id
	}
	return ""
}

package connectors

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"flowd/internal/fault"
)

// Call is one request.
type Call struct {
	Op     string // what is being done, as an error says it: "write the note"
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte // JSON, or nil
	// Writes tells that the call changes something, so that an answer that leaves
	// open what happened is Uncertain.
	Writes bool
	// Moves tells that the call names what it expects to find, so that 409 and
	// 412 say that it is otherwise.
	Moves bool
	// OK are the statuses of success; any of 200 to 299 where there are none.
	OK []int
}

// Reply is an answer of success.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Decode decodes the reply's JSON. The call is asked what an answer of another
// shape means.
func (r Reply) Decode(c Call, into any) error {
	if err := DecodeJSON(r.Body, into); err != nil {
		return fault.New(c.unclear(), c.Op, "the answer is not of the expected form: %v", err)
	}
	return nil
}

// request builds the request so that net/http cannot repeat it by itself: it
// does so on a dead connection when it can have the body a second time.
func (c Call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if c.Body != nil {
		body = io.NopCloser(bytes.NewReader(c.Body))
	}
	u := *c.URL
	req, err := http.NewRequestWithContext(ctx, c.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if c.Header != nil {
		req.Header = c.Header.Clone()
	}
	if c.Body != nil {
		req.ContentLength = int64(len(c.Body))
		if req.Header.Get("Content-Type") == "" {
			req.Header.Set("Content-Type", "application/json")
		}
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	req.Header.Set("User-Agent", "flowd")
	return req, nil
}

// unclear is the kind of an end that leaves open what happened. A call that only
// reads changes nothing, so there it does not matter.
func (c Call) unclear() fault.Kind {
	if c.Writes {
		return fault.Uncertain
	}
	return fault.Unavailable
}

// whole reads an answer to its end.
func (c Call) whole(resp *http.Response) (Reply, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	reply := Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if f := c.refused(reply); f != nil {
		return reply, f
	}
	switch {
	case len(body) > maxReply:
		return reply, fault.New(c.unclear(), c.Op, "the answer is too large")
	case err != nil:
		return reply, lost(c.unclear(), c.Op, err)
	case isPage(reply.Header, body[:min(len(body), pageStart)]):
		return reply, c.page()
	}
	return reply, nil
}

// pageStart is how many bytes of an answer tell what it is.
const pageStart = 64

// page is the fault of an answer that a person would read in a browser.
func (c Call) page() error {
	return fault.New(c.unclear(), c.Op, "the answer is a web page, such as a login: check the address, and the proxy if there is one")
}

// isPage tells an answer that a person would read in a browser, by its header
// and its start.
func isPage(h http.Header, body []byte) bool {
	kind := strings.ToLower(h.Get("Content-Type"))
	if strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml") {
		return true
	}
	start := strings.ToLower(string(bytes.TrimSpace(body)))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

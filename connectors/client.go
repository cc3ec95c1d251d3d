package connectors

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"flowd/internal/fault"
)

const (
	callTimeout = 20 * time.Second // of one call, the renewal of its token included
	maxReply    = 4 << 20          // bytes of an answer
)

// Client calls a source's system with its credential. It follows no redirect,
// bounds every answer, sleeps never, and never sends a call again, with one
// exception: where a token is refused with 401, so that nothing happened, the
// call goes out once more with a new one. It is safe for concurrent use.
type Client struct {
	http       *http.Client
	credential *Credential
	timeout    time.Duration
}

// NewClient returns a client. Roots nil are the system's.
func NewClient(credential *Credential, roots *x509.CertPool) *Client {
	return &Client{
		credential: credential, timeout: callTimeout,
		http: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
				TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
				TLSHandshakeTimeout:    10 * time.Second,
				ForceAttemptHTTP2:      true, // not by itself with a TLS configuration of one's own
				MaxIdleConnsPerHost:    4,
				IdleConnTimeout:        45 * time.Second, // before a server's usual minute
				MaxResponseHeaderBytes: 64 << 10,
			},
		},
	}
}

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

// Do sends the call. Every error is a *fault.Error whose text holds neither the
// address with its values, nor a header, nor anything of the answer's body.
func (c *Client) Do(ctx context.Context, call Call) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	token, err := c.credential.token(ctx, c.http, "")
	if err != nil {
		return Reply{}, err
	}
	reply, err := c.once(ctx, call, token)
	if token == "" || reply.Status != http.StatusUnauthorized {
		return reply, err
	}
	if token, err = c.credential.token(ctx, c.http, token); err != nil {
		return Reply{}, err
	}
	return c.once(ctx, call, token)
}

func (c *Client) once(ctx context.Context, call Call, token string) (Reply, error) {
	sent := atomic.Bool{}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	req, err := call.request(traced)
	if err != nil {
		return Reply{}, fault.New(fault.Invalid, call.Op, "the request cannot be built from these values")
	}
	c.credential.put(req, token)
	resp, err := c.http.Do(req)
	if err != nil {
		kind := fault.Unavailable
		if sent.Load() { // a connection was there: what arrived is not known
			kind = call.unclear()
		}
		return Reply{}, lost(kind, call.Op, err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	_ = resp.Body.Close() // read, or cannot be
	reply := Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if f := call.refused(reply); f != nil {
		return reply, f
	}
	switch {
	case len(body) > maxReply:
		return reply, fault.New(call.unclear(), call.Op, "the answer is too large")
	case err != nil:
		return reply, lost(call.unclear(), call.Op, err)
	case isPage(reply):
		return reply, fault.New(call.unclear(), call.Op, "the answer is a web page, such as a login: check the address, and the proxy if there is one")
	}
	return reply, nil
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

// lost is an exchange without a whole answer. Of the cause only its class is
// told: its text holds the address.
func lost(kind fault.Kind, op string, err error) *fault.Error {
	what := "the connection failed"
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		what = "given up while under way"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		what = "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		what = "the connection was closed before the answer"
	}
	f := fault.New(kind, op, "%s", what)
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			f.Err = cause
		}
	}
	return f
}

// isPage tells an answer that a person would read in a browser.
func isPage(r Reply) bool {
	kind := strings.ToLower(r.Header.Get("Content-Type"))
	if strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml") {
		return true
	}
	start := strings.ToLower(string(bytes.TrimSpace(r.Body[:min(len(r.Body), 64)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// SafeURL checks an address that a configuration names: https, or http to this
// machine alone, without a user and password in it.
func SafeURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("is not an address such as https://api.example.com")
	case u.User != nil:
		return nil, errors.New("holds a user or password; say them under auth")
	case u.Fragment != "":
		return nil, errors.New("holds a #, which is never sent")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("is not encrypted; http:// is accepted for this machine only")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

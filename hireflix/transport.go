package hireflix

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"flowd/internal/secret"
)

// newTransport returns the connections to Hireflix. Idle ones are given up
// before a server's usual minute: a request on a connection that the server is
// just closing ends uncertain.
func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true, // not by itself with a TLS configuration of one's own
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        45 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// exchange is one request and what became of it. It travels in the request's
// context, because shurcooL/graphql has no other way past it.
type exchange struct {
	op      operation
	key     *secret.Value
	began   time.Time
	sent    bool  // the request may have gone out
	failure error // the exchange ended without an answer
	reply   reply
}

// at is when what the answer tells was so. It is Hireflix's clock that counts,
// since its webhooks are dated by it; but the Date of an answer has whole seconds
// alone, by which a look would seem older than the webhook just before it. Where
// the two clocks agree as far as the Date can show, ours is the finer one.
func (ex *exchange) at() time.Time {
	if date := ex.reply.at; !date.IsZero() && ex.began.Sub(date).Abs() >= 2*time.Second {
		return date
	}
	return ex.began
}

type exchangeKey struct{}

// recorder is the one RoundTripper of the package. It sends what
// shurcooL/graphql cannot (the key, the operation's name) and notes what that
// drops (status, headers, the errors' code and path, bodies that are not
// GraphQL). It never sends a request twice.
type recorder struct {
	next  http.RoundTripper
	limit int64 // of an answer's body, in bytes
}

// RoundTrip implements http.RoundTripper.
func (t *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	ex, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.Join(errors.New("hireflix: a request from outside the client"), req.Body.Close())
	}
	text, err := withName(req.Body, ex.op)
	if err != nil {
		return nil, err
	}
	body := &onceBody{text: bytes.NewReader(text)}
	out := req.Clone(req.Context())
	out.Body, out.ContentLength = body, int64(len(text))
	// net/http repeats a request by itself on a new connection when a reused one
	// turns out to be dead, if it can have the body a second time. A mutation
	// that arrives twice is what this package is there to prevent. For the same
	// reason there is no Idempotency-Key header: it makes a POST repeatable in
	// the eyes of net/http, and Hireflix knows no such header.
	out.GetBody = nil
	out.Header.Set("X-API-KEY", ex.key.Reveal())
	out.Header.Set("Accept", "application/json")
	out.Header.Set("User-Agent", "flowd")

	resp, err := t.next.RoundTrip(out)
	if err != nil {
		ex.sent, ex.failure = !body.seal(), err
		return nil, err
	}
	ex.sent = true
	answer, err := io.ReadAll(io.LimitReader(resp.Body, t.limit+1))
	_ = resp.Body.Close() // the answer has been read, or cannot be
	switch {
	case err != nil:
		ex.failure, answer = err, nil
	case int64(len(answer)) > t.limit:
		ex.failure, answer = ErrTooLarge, nil
	}
	ex.reply = readReply(resp, answer, ex.op.nested)
	// shurcooL/graphql puts the body of a status other than 200 into its error.
	if resp.StatusCode != http.StatusOK {
		answer = nil
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(answer)), int64(len(answer))
	return resp, nil
}

// ErrTooLarge is in the chain of the fault when an answer is beyond
// Options.MaxAnswer.
var ErrTooLarge = errors.New("the answer is too large")

// withName gives a request the operation's name, by which Hireflix's support
// and a proxy's log can tell requests apart.
func withName(body io.ReadCloser, op operation) ([]byte, error) {
	var in struct {
		Query     string          `json:"query"`
		Variables json.RawMessage `json:"variables,omitempty"`
	}
	err := json.NewDecoder(body).Decode(&in)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("hireflix: read the request back: %w", err)
	}
	kind := "query"
	if op.mutation {
		kind = "mutation"
	}
	return json.Marshal(struct {
		OperationName string          `json:"operationName"`
		Query         string          `json:"query"`
		Variables     json.RawMessage `json:"variables,omitempty"`
	}{op.name, kind + " " + op.name + strings.TrimPrefix(in.Query, kind), in.Variables})
}

// onceBody is a request's body that knows whether anybody has read of it. A
// request whose body was never read cannot have been carried out: that holds
// for a refused connection, a name that does not resolve, a failed TLS handshake
// and a proxy's refusal alike, in HTTP/1 and HTTP/2.
type onceBody struct {
	text  *bytes.Reader
	state atomic.Int32
}

const (
	unread int32 = iota
	opened
	sealed
)

// Read implements io.Reader.
func (b *onceBody) Read(p []byte) (int, error) {
	if !b.state.CompareAndSwap(unread, opened) && b.state.Load() == sealed {
		return 0, errors.New("hireflix: the request was given up")
	}
	return b.text.Read(p)
}

// Close implements io.Closer.
func (b *onceBody) Close() error { return nil }

// seal tells whether nobody has read yet, and then lets nobody read any more:
// a transport may use the body after RoundTrip has returned.
func (b *onceBody) seal() bool { return b.state.CompareAndSwap(unread, sealed) }

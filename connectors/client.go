package connectors

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"flowd/internal/fault"
)

const (
	callTimeout   = 20 * time.Second // of one call, the renewal of its token included
	streamTimeout = 2 * time.Minute  // of one that is read as it comes
	maxReply      = 4 << 20          // bytes of an answer
	maxStream     = 256 << 20        // bytes of one that is read as it comes
)

// Client calls a source's system with its credential. It follows no redirect,
// bounds every answer, and never sends a call again, with one
// exception: where a token is refused with 401, so that nothing happened, the
// call goes out once more with a new one. A system that asked for fewer calls or
// failed some times in a row is not called for a while. It is safe for
// concurrent use.
type Client struct {
	http       *http.Client
	credential *Credential
	restraint  *restraint
	timeout    time.Duration
}

// NewClient returns a client. Roots nil are the system's.
func NewClient(credential *Credential, roots *x509.CertPool) *Client {
	return &Client{
		credential: credential, restraint: newRestraint(), timeout: callTimeout,
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

// Do sends the call. Every error is a *fault.Error whose text holds neither the
// address with its values, nor a header, nor anything of the answer's body.
func (c *Client) Do(ctx context.Context, call Call) (Reply, error) {
	var reply Reply
	err := c.send(ctx, call, c.timeout, func(resp *http.Response) (err error) {
		reply, err = call.whole(resp)
		return err
	})
	return reply, err
}

// send makes the call where it may be made now.
func (c *Client) send(ctx context.Context, call Call, timeout time.Duration, take func(*http.Response) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done, err := c.restraint.enter(ctx, call.Op)
	if err != nil {
		return err
	}
	defer func() { done(err) }()
	token, err := c.credential.token(ctx, c.http, "")
	if err != nil {
		return err
	}
	refused := false
	heeded := func(resp *http.Response) error {
		c.restraint.heed(resp.StatusCode, resp.Header)
		refused = resp.StatusCode == http.StatusUnauthorized
		return take(resp)
	}
	if err = c.once(ctx, call, token, heeded); token == "" || !refused {
		return err
	}
	if token, err = c.credential.token(ctx, c.http, token); err != nil {
		return err
	}
	err = c.once(ctx, call, token, heeded)
	return err
}

func (c *Client) once(ctx context.Context, call Call, token string, take func(*http.Response) error) error {
	sent := atomic.Bool{}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	req, err := call.request(traced)
	if err != nil {
		return fault.New(fault.Invalid, call.Op, "the request cannot be built from these values")
	}
	c.credential.put(req, token)
	resp, err := c.http.Do(req)
	if err != nil {
		kind := fault.Unavailable
		if sent.Load() { // a connection was there: what arrived is not known
			kind = call.unclear()
		}
		return lost(kind, call.Op, err)
	}
	defer func() { _ = resp.Body.Close() }() // read, or cannot be
	return take(resp)
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

package notify

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
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

const (
	callTimeout   = 15 * time.Second
	maxAnswer     = 4 << 10 // of an answer's body, which nobody reads
	maxRetryAfter = time.Hour
)

// NewClient returns the client for all channels and the heartbeat. It follows
// no redirect, because the URL is the secret and a redirect would carry the
// message elsewhere, and keeps no connection, because a request on one that the
// server is just closing ends uncertain. Nil roots are the system's.
func NewClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: callTimeout}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:    callTimeout,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 32 << 10,
		},
	}
}

// call is one request to an address that is a secret.
type call struct {
	op     string
	method string
	url    func() (secret.Value, error)
	header http.Header
	body   []byte
}

// do carries it out. Whatever goes wrong is said in words of ours: the errors
// of net/http quote the URL.
func (c call) do(ctx context.Context, client *http.Client) error {
	address, err := c.url()
	if err != nil {
		return fault.Wrap(fault.Unavailable, c.op, err)
	}
	if why := refusedURL(address.Reveal()); why != "" {
		return fault.New(fault.Invalid, c.op, "%s", why)
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(traced, c.method, address.Reveal(), bytes.NewReader(c.body))
	if err != nil {
		return fault.New(fault.Invalid, c.op, "the URL is not one")
	}
	req.GetBody = nil // net/http must not send a second copy by itself
	req.Header.Set("User-Agent", "flowd")
	for name, values := range c.header {
		req.Header[name] = values
	}
	resp, err := client.Do(req)
	if err != nil {
		kind := fault.Unavailable
		if connected.Load() && c.method != http.MethodGet {
			kind = fault.Uncertain
		}
		return failed(ctx, kind, c.op, err)
	}
	defer resp.Body.Close()                                          //nolint:errcheck // its content is not needed
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // some servers take a hang-up for a cancellation
	return answered(c.op, resp)
}

// refusedURL says why a URL is not used, or "".
func refusedURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "the URL is not one; write it as the service shows it, beginning with https://"
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return ""
	}
	return "the URL must begin with https://; http:// is for this machine alone"
}

// failed says in words why there was no answer.
func failed(ctx context.Context, kind fault.Kind, op string, err error) error {
	f := fault.New(kind, op, "the address cannot be reached")
	var (
		dns         *net.DNSError
		netErr      net.Error
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f.Text, f.Err = "given up", context.Canceled
	case ctx.Err() != nil:
		f.Text = "no answer in time"
	case errors.As(err, &certificate):
		f.Text = "the certificate of the other side is not trusted; see tls.ca_file"
	case errors.As(err, &dns):
		f.Text = "the name of the other side cannot be found"
	case errors.As(err, &netErr) && netErr.Timeout():
		f.Text = "no answer in time"
	case kind == fault.Uncertain:
		f.Text = "the connection broke before an answer came"
	}
	return f
}

// answered classifies a status.
func answered(op string, resp *http.Response) error {
	status := resp.StatusCode
	fail := func(kind fault.Kind, what string) error {
		f := fault.New(kind, op, "%s (status %d)", what, status)
		f.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
		return f
	}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return fail(fault.Invalid, "the other side redirects, which is not followed; configure the address it leads to")
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		return fail(fault.Unauthorized, "the other side refuses the URL; make a new one there")
	case status == http.StatusNotFound, status == http.StatusGone:
		return fail(fault.NotFound, "the other side knows no such URL; make a new one there")
	case status == http.StatusTooManyRequests:
		return fail(fault.RateLimited, "too many messages")
	case status == http.StatusRequestTimeout, status == http.StatusServiceUnavailable:
		return fail(fault.Unavailable, "the other side is not available")
	case status >= 500:
		return fail(fault.Uncertain, "the other side failed; the message may have arrived")
	}
	return fail(fault.Invalid, "the other side refuses the message")
}

// retryAfter reads RFC 9110's seconds; a date is left alone, it needs a clock
// that both sides agree on.
func retryAfter(text string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, maxRetryAfter)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

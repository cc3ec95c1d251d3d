package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// hops notes how far the calls of a context came: the name, the connection, the
// encryption, the answer. It is safe for concurrent use.
type hops struct {
	mu       sync.Mutex
	hosts    []string // host:port, as they were called
	safe     map[string]bool
	failed   error // of the last hop that failed
	at       string
	answered bool
}

// on returns a context whose calls are noted.
func (h *hops) on(ctx context.Context) context.Context {
	h.safe = map[string]bool{}
	calling := ""
	note := func(do func()) {
		h.mu.Lock()
		defer h.mu.Unlock()
		do()
	}
	fail := func(at string, err error) {
		if err != nil {
			h.at, h.failed = at, err
		}
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(host string) {
			note(func() {
				if calling = host; !slices.Contains(h.hosts, host) {
					h.hosts = append(h.hosts, host)
				}
			})
		},
		DNSDone:      func(i httptrace.DNSDoneInfo) { note(func() { fail("dns", i.Err) }) },
		ConnectDone:  func(_, _ string, err error) { note(func() { fail("connect", err) }) },
		WroteRequest: func(i httptrace.WroteRequestInfo) { note(func() { fail("request", i.Err) }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			note(func() { h.safe[calling] = err == nil; fail("tls", err) })
		},
		GotFirstResponseByte: func() { note(func() { h.answered, h.failed = true, nil }) },
	})
}

// words says at which hop the calls failed, or "" where an answer came.
func (h *hops) words() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.hosts) == 0 || h.failed == nil {
		return ""
	}
	host := h.hosts[len(h.hosts)-1]
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	via := ""
	if proxy := proxyFor(host); proxy != "" {
		via = "; it goes through the proxy " + proxy
	}
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case h.at == "dns":
		return "the name " + name + " is not known (DNS)" + via
	case h.at == "connect":
		return "there is no connection to " + host + via
	case h.at == "tls" && errors.As(h.failed, &unknown):
		return name + " has a certificate of an authority that this machine does not trust: name it under tls.ca_file" + via
	case h.at == "tls" && errors.As(h.failed, &hostname):
		return "the certificate of " + name + " is for another name" + via
	case h.at == "tls" && errors.As(h.failed, &invalid):
		return "the certificate of " + name + " is not valid, or this machine's clock is wrong" + via
	case h.at == "tls":
		return "no encrypted connection to " + name + " comes about (TLS)" + via
	}
	return "the connection to " + host + " broke off" + via
}

// proxyFor is the proxy by which a host is called, without what it may hold of a
// password; empty where there is none.
func proxyFor(host string) string {
	u, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "https", Host: host}})
	if err != nil || u == nil {
		return ""
	}
	return u.Host
}

// mostSkew is what two clocks may differ by: signatures with a time are good for
// minutes, and the times of moves are compared with this machine's.
const (
	smallSkew = 30 * time.Second
	mostSkew  = 4 * time.Minute
)

// skew is how far this machine's clock is before that of a host that was called,
// asked without a key; ok is false where that does not say.
func (h *hops) skew(ctx context.Context, client *http.Client) (ahead time.Duration, host string, ok bool) {
	h.mu.Lock()
	if len(h.hosts) == 0 || !h.answered {
		h.mu.Unlock()
		return 0, "", false
	}
	host = h.hosts[0]
	scheme := "http"
	if h.safe[host] {
		scheme = "https"
	}
	h.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, scheme+"://"+host+"/", nil)
	if err != nil {
		return 0, host, false
	}
	asked := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return 0, host, false
	}
	_ = resp.Body.Close()
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, host, false
	}
	here := asked.Add(time.Since(asked) / 2)
	return here.Sub(there.Add(500 * time.Millisecond)), host, true // whole seconds
}

// clock tells of a clock that is not like the others'.
func (e *examination) clock(ctx context.Context, whose string, h *hops, client *http.Client) {
	ahead, _, ok := h.skew(ctx, client)
	if !ok || ahead.Abs() < smallSkew {
		return
	}
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	health := Weak
	if ahead.Abs() > mostSkew {
		health = Wrong
	}
	e.add(health, "set this machine's clock by NTP", "this machine's clock is %s %s that of %s: signed calls may be refused, and moves count as older or newer than they are",
		ahead.Abs().Round(time.Second), way, whose)
}

// plainClient calls without a key and follows nowhere.
func plainClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, DisableKeepAlives: true},
	}
}

// because joins an error's words and the hop at which it came about.
func because(err error, h *hops) string {
	text := strings.ReplaceAll(firstLines(err), "\n", "; ")
	if at := h.words(); at != "" {
		return fmt.Sprintf("%s: %s", text, at)
	}
	return text
}

package hireflix

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flowd/internal/fault"
)

const invitedAnswer = `{"data":{"inviteCandidateToInterview":{"__typename":"InterviewType","id":"i1","url":{"public":"https://app.hireflix.com/x","short":"hflx.io/c/x"}}}}`

// dying answers the first request of each connection and closes the connection
// on the second one, after it has read it.
type dying struct{ arrivals, answered atomic.Int32 }

type firstKey struct{}

func (d *dying) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		d.arrivals.Add(1)
		if !r.Context().Value(firstKey{}).(*atomic.Bool).CompareAndSwap(false, true) {
			panic(http.ErrAbortHandler)
		}
		d.answered.Add(1)
		answer(http.StatusOK, invitedAnswer)(w, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, firstKey{}, new(atomic.Bool))
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// TestDeadConnection_SendsOnce counts what arrives when a reused connection
// dies under a request.
func TestDeadConnection_SendsOnce(t *testing.T) {
	t.Parallel()
	server := &dying{}
	driver := NewDriver(newTestClient(t, options(server.serve(t))))
	if _, err := driver.Perform(t.Context(), invitation(), of(ada)); err != nil {
		t.Fatal(err)
	}
	_, err := driver.Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Uncertain)
	if n := server.arrivals.Load(); n != 2 {
		t.Errorf("%d requests arrived for two calls", n)
	}
}

// TestDeadConnection_HTTP2 has the server reset the stream of the second request
// of a connection.
func TestDeadConnection_HTTP2(t *testing.T) {
	t.Parallel()
	var arrivals atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.ProtoMajor != 2 {
			t.Errorf("spoken is %s", r.Proto)
		}
		if arrivals.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		answer(http.StatusOK, invitedAnswer)(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	opts := options(server.URL)
	opts.RootCAs = x509.NewCertPool()
	opts.RootCAs.AddCert(server.Certificate())
	driver := NewDriver(newTestClient(t, opts))
	if _, err := driver.Perform(t.Context(), invitation(), of(ada)); err != nil {
		t.Fatal(err)
	}
	_, err := driver.Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Uncertain)
	if n := arrivals.Load(); n != 2 {
		t.Errorf("%d requests arrived for two calls", n)
	}
}

// TestDeadConnection_NetHTTPWouldSendTwice shows that the test above can fail:
// the same server, the same transport, and a request that net/http may replay.
func TestDeadConnection_NetHTTPWouldSendTwice(t *testing.T) {
	t.Parallel()
	server := &dying{}
	target := server.serve(t)
	client := &http.Client{Transport: newTransport(nil)}
	t.Cleanup(client.CloseIdleConnections)
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, bytes.NewReader([]byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Idempotency-Key", "k")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.arrivals.Load(); n != 3 {
		t.Errorf("%d requests arrived, want 3: net/http no longer replays", n)
	}
}

// deafConn refuses to write when it is told to.
type deafConn struct {
	net.Conn
	deaf *atomic.Bool
}

func (c *deafConn) Write(p []byte) (int, error) {
	if c.deaf.Load() {
		return 0, errors.New("ada.lovestone@example.com is written here to see where it goes")
	}
	return c.Conn.Write(p)
}

// TestDeadConnection_NothingWritten has net/http know for certain that nothing
// went out, which it takes for a reason to dial and send again.
func TestDeadConnection_NothingWritten(t *testing.T) {
	t.Parallel()
	var arrivals, dials atomic.Int32
	var deaf atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrivals.Add(1)
		answer(http.StatusOK, invitedAnswer)(w, r)
	}))
	t.Cleanup(server.Close)
	transport := newTransport(nil)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &deafConn{conn, &deaf}, err
	}
	opts := options(server.URL)
	opts.Transport = transport
	driver := NewDriver(newTestClient(t, opts))
	if _, err := driver.Perform(t.Context(), invitation(), of(ada)); err != nil {
		t.Fatal(err)
	}
	deaf.Store(true)
	_, err := driver.Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Unavailable) // the body was never asked for
	if arrivals.Load() != 1 || dials.Load() != 1 {
		t.Errorf("%d arrivals over %d connections, want one each", arrivals.Load(), dials.Load())
	}
}

// TestDeadConnection_QueryIsRepeated shows the difference: a query changes
// nothing.
func TestDeadConnection_QueryIsRepeated(t *testing.T) {
	t.Parallel()
	var arrivals atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if arrivals.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		answer(http.StatusOK, `{"data":{"positions":[]}}`)(w, r)
	})
	if list, err := c.Positions(t.Context()); err != nil || list == nil || arrivals.Load() != 2 {
		t.Errorf("%v, error %v, %d arrivals", list, err, arrivals.Load())
	}
}

// TestNothingSent has the connection fail before the request can have gone out:
// nothing happened, and that is known.
func TestNothingSent(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(answer(http.StatusOK, invitedAnswer))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that fail on purpose
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(answer(http.StatusOK, invitedAnswer))
	t.Cleanup(plain.Close)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancelExpired := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	t.Cleanup(cancelExpired)
	for name, tc := range map[string]struct {
		ctx       context.Context
		url, says string
		dial      error
		proxy     string
	}{
		"refused":            {url: "http://" + unusedAddress(t), says: "the connection is refused"},
		"no such name":       {url: "http://hireflix.example.com", dial: &net.DNSError{Err: "no such host", IsNotFound: true}, says: "cannot be resolved"},
		"untrusted":          {url: secure.URL, says: "certificate is not trusted"},
		"no tls there":       {url: "https" + strings.TrimPrefix(plain.URL, "http"), says: "no TLS connection"},
		"proxy says no":      {url: "https://hireflix.example.com", proxy: plain.URL, says: "no TLS connection"},
		"stopped before":     {ctx: cancelled, url: plain.URL, says: "stopped before"},
		"no time left":       {ctx: expired, url: plain.URL, says: "no answer in time"},
		"dial says too much": {url: "http://hireflix.example.com", dial: errors.New("adalyn@example.com"), says: "the connection failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(tc.url)
			transport := newTransport(nil)
			if tc.dial != nil {
				transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, tc.dial }
			}
			if tc.proxy != "" {
				// The server answers CONNECT with 200 and something that is no TLS.
				at, err := url.Parse(tc.proxy)
				if err != nil {
					t.Fatal(err)
				}
				transport.Proxy = http.ProxyURL(at)
			}
			opts.Transport = transport
			ctx := tc.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			_, err := NewDriver(newTestClient(t, opts)).Perform(ctx, invitation(), of(ada))
			wantFault(t, err, fault.Unavailable)
			if !strings.Contains(err.Error(), "nothing was sent") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %q does not say %q", err, tc.says)
			}
		})
	}
}

func unusedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // nothing was accepted
	return l.Addr().String()
}

// TestNoAnswer has the request go out and no answer come back.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := NewDriver(c).Perform(ctx, invitation(), of(ada))
	wantFault(t, err, fault.Uncertain)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestTimeout_BoundsTheCall(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	opts := options(server.URL)
	opts.Timeout = 50 * time.Millisecond
	_, err := NewDriver(newTestClient(t, opts)).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Uncertain)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestBrokenAnswer(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, invitedAnswer)
		panic(http.ErrAbortHandler)
	})
	_, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Uncertain)
}

func TestOversizedAnswer(t *testing.T) {
	t.Parallel()
	body := `{"data":{"positions":[{"id":"p","name":"` + strings.Repeat("x", 1000) + `","archived":null}]}}`
	var arrivals atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrivals.Add(1)
		answer(http.StatusOK, body)(w, r)
	}))
	t.Cleanup(server.Close)
	opts := options(server.URL)
	opts.MaxAnswer = int64(len(body))
	if _, err := newTestClient(t, opts).Positions(t.Context()); err != nil {
		t.Errorf("an answer of just the limit: %v", err)
	}
	arrivals.Store(0)
	opts.MaxAnswer--
	c := newTestClient(t, opts)
	_, err := c.Positions(t.Context())
	wantFault(t, err, fault.Unavailable)
	if !errors.Is(err, ErrTooLarge) || arrivals.Load() != 1 {
		t.Errorf("error %v after %d requests", err, arrivals.Load())
	}
	_, err = NewDriver(c).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Uncertain)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestRedirect_IsNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL+"/ada.lovestone@example.com")
			w.WriteHeader(status)
		})
		_, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
		wantFault(t, err, fault.Unavailable)
	}
	if followed.Load() != 0 {
		t.Errorf("%d requests went elsewhere with the key", followed.Load())
	}
}

func TestTransport_TrustsOwnRoots(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(answer(http.StatusOK, invitedAnswer))
	t.Cleanup(server.Close)
	opts := options(server.URL)
	opts.RootCAs = x509.NewCertPool()
	opts.RootCAs.AddCert(server.Certificate())
	if _, err := NewDriver(newTestClient(t, opts)).Perform(t.Context(), invitation(), of(ada)); err != nil {
		t.Error(err)
	}
}

func TestTransport_RefusesOldTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(answer(http.StatusOK, invitedAnswer))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that fails on purpose
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	server.StartTLS()
	t.Cleanup(server.Close)
	opts := options(server.URL)
	opts.RootCAs = x509.NewCertPool()
	opts.RootCAs.AddCert(server.Certificate())
	_, err := NewDriver(newTestClient(t, opts)).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Unavailable)
}

// TestOnceBody_Sealed: a transport that reads the body after the call was given
// up gets nothing to send.
func TestOnceBody_Sealed(t *testing.T) {
	t.Parallel()
	late := &onceBody{text: bytes.NewReader([]byte("{}"))}
	if !late.seal() {
		t.Error("nobody has read, and seal says otherwise")
	}
	if n, err := late.Read(make([]byte, 8)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read %d bytes, error %v", n, err)
	}
	early := &onceBody{text: bytes.NewReader([]byte("{}"))}
	if _, err := io.ReadAll(early); err != nil {
		t.Error(err)
	}
	if early.seal() {
		t.Error("somebody has read, and seal says otherwise")
	}
}

func TestTransport_HonoursTheEnvironmentsProxy(t *testing.T) {
	t.Parallel()
	// The environment is read once for a process, so a test cannot set it: what
	// can be held is that the one function that reads it is asked.
	if got := newTransport(nil).Proxy; reflect.ValueOf(got).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("HTTPS_PROXY and NO_PROXY are not read")
	}
}

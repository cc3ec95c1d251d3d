package connectors_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/internal/secret"
	"flowd/internal/sign"
)

// receiver is a connector whose bodies are orders to it.
type receiver struct{ err error }

func (r receiver) Verify(_ time.Time, d flowd.Delivery) error {
	if r.err != nil {
		return r.err
	}
	if d.Header.Get("Signature") != "good" {
		return sign.ErrMismatch
	}
	return nil
}

func (receiver) EventID(d flowd.Delivery) string { return d.Header.Get("Id") }

func (receiver) Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	switch order := string(d.Body); order {
	case "ping":
		return flowd.Batch{}, &flowd.Reply{}, nil
	case "challenge":
		return flowd.Batch{}, &flowd.Reply{Status: 202, Header: http.Header{"X-Echo": {"e"}}, Body: []byte("echo")}, nil
	case "nothing":
		return flowd.Batch{}, nil, nil
	case "broken":
		return flowd.Batch{}, nil, errors.New("cannot be decoded")
	case "panic":
		panic("ada@example.com is in the value of this panic")
	case "nil":
		var m map[string]int
		m["x"] = 1 //nolint:staticcheck // panics on purpose
	case "sighting":
		return flowd.Batch{Sightings: []flowd.Sighting{{Interview: flowd.Interview{ID: "i1"}}}}, nil, nil
	case "keyed":
		return flowd.Batch{Events: []flowd.Event{{Key: "mine"}, {}}}, nil, nil
	}
	return flowd.Batch{Events: []flowd.Event{{Type: flowd.ApplicationCreated}, {Type: flowd.StageEntered}}}, nil, nil
}

// hooks is a handler with what it admitted, quarantined and logged.
type hooks struct {
	*connectors.Handler
	mu        sync.Mutex
	admitted  []flowd.Batch
	held      []string
	log       bytes.Buffer
	metrics   *prometheus.Registry
	admit     error
	holdError error
}

const pathSecret = "0123456789abcdef"

func newHooks(t *testing.T, change func(*connectors.HandlerOptions)) *hooks {
	t.Helper()
	h := &hooks{metrics: prometheus.NewRegistry()}
	o := connectors.HandlerOptions{
		Sources: []connectors.Source{
			{Name: "ats", ATS: "system", Receiver: receiver{}},
			{Name: "created", Receiver: receiver{}, OK: 201},
			{Name: "setup", Receiver: receiver{err: sign.ErrNoSecret}, Setup: true},
			{Name: "nokey", Receiver: receiver{err: sign.ErrNoSecret}},
			{Name: "path", Receiver: receiver{}, PathSecrets: []secret.Value{secret.New("another-secret-of-old"), secret.New(pathSecret)}},
			{Name: "polled"},
		},
		Admit: func(_ context.Context, b flowd.Batch) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.admit == nil {
				h.admitted = append(h.admitted, b)
			}
			return h.admit
		},
		Quarantine: func(_ context.Context, source string, body []byte, problem string) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.held = append(h.held, source+"|"+string(body)+"|"+problem)
			return h.holdError
		},
		MaxBody: 64, Log: zerolog.New(zerolog.SyncWriter(&h.log)), Metrics: h.metrics,
	}
	if change != nil {
		change(&o)
	}
	var err error
	if h.Handler, err = connectors.NewHandler(o); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hooks) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Signature", "good")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler_Answers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		result             string // as counted
		source             string // as counted
		admitted, held     int
	}{
		"taken":               {"POST", "/hooks/ats", "event", nil, 200, "admitted", "ats", 1, 0},
		"a sighting alone":    {"POST", "/hooks/ats", "sighting", nil, 200, "admitted", "ats", 1, 0},
		"trailing slash":      {"POST", "/hooks/ats/", "event", nil, 200, "admitted", "ats", 1, 0},
		"own status":          {"POST", "/hooks/created", "event", nil, 201, "admitted", "created", 1, 0},
		"ping":                {"POST", "/hooks/ats", "ping", nil, 200, "reply", "ats", 0, 0},
		"ping, own status":    {"POST", "/hooks/created", "ping", nil, 201, "reply", "created", 0, 0},
		"handshake":           {"POST", "/hooks/ats", "challenge", nil, 202, "reply", "ats", 0, 0},
		"of no concern":       {"POST", "/hooks/ats", "nothing", nil, 200, "nothing", "ats", 0, 0},
		"wrong signature":     {"POST", "/hooks/ats", "event", []string{"Signature", "bad"}, 401, "unauthorized", "ats", 0, 0},
		"wrong and broken":    {"POST", "/hooks/ats", "broken", []string{"Signature", "bad"}, 401, "unauthorized", "ats", 0, 0},
		"too large":           {"POST", "/hooks/ats", strings.Repeat("x", 65), nil, 413, "too_large", "ats", 0, 0},
		"just not too large":  {"POST", "/hooks/ats", strings.Repeat("x", 64), nil, 200, "admitted", "ats", 1, 0},
		"undecodable":         {"POST", "/hooks/ats", "broken", nil, 400, "undecodable", "ats", 0, 1},
		"panic":               {"POST", "/hooks/ats", "panic", nil, 503, "panic", "ats", 0, 1},
		"run-time panic":      {"POST", "/hooks/ats", "nil", nil, 503, "panic", "ats", 0, 1},
		"method":              {"GET", "/hooks/ats", "", nil, 405, "method", "ats", 0, 0},
		"no such source":      {"POST", "/hooks/other", "event", nil, 404, "no_source", "", 0, 0},
		"no source":           {"POST", "/hooks/", "event", nil, 404, "no_source", "", 0, 0},
		"elsewhere":           {"POST", "/other", "event", nil, 404, "no_source", "", 0, 0},
		"a poller's":          {"POST", "/hooks/polled", "event", nil, 404, "no_source", "", 0, 0},
		"unwanted segment":    {"POST", "/hooks/ats/x", "event", nil, 404, "no_source", "", 0, 0},
		"path secret":         {"POST", "/hooks/path/" + pathSecret, "event", nil, 200, "admitted", "path", 1, 0},
		"earlier path secret": {"POST", "/hooks/path/another-secret-of-old", "event", nil, 200, "admitted", "path", 1, 0},
		"path secret missing": {"POST", "/hooks/path", "event", nil, 404, "no_source", "", 0, 0},
		"path secret wrong":   {"POST", "/hooks/path/" + pathSecret + "x", "event", nil, 404, "no_source", "", 0, 0},
		"path secret deeper":  {"POST", "/hooks/path/x/" + pathSecret, "event", nil, 404, "no_source", "", 0, 0},
		"setup, ping":         {"POST", "/hooks/setup", "ping", []string{"Signature", "bad"}, 200, "reply", "setup", 0, 0},
		"setup, event":        {"POST", "/hooks/setup", "event", nil, 503, "setup", "setup", 0, 0},
		"setup, nothing":      {"POST", "/hooks/setup", "nothing", nil, 503, "setup", "setup", 0, 0},
		"setup, broken":       {"POST", "/hooks/setup", "broken", nil, 503, "setup", "setup", 0, 0},
		"setup, panic":        {"POST", "/hooks/setup", "panic", nil, 503, "panic", "setup", 0, 0},
		"no secret":           {"POST", "/hooks/nokey", "event", nil, 503, "unavailable", "nokey", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHooks(t, nil)
			w := h.do(c.method, c.path, c.body, c.header...)
			if w.Code != c.status || len(h.admitted) != c.admitted || len(h.held) != c.held {
				t.Errorf("status %d, %d admitted, %d held (%v); want %d, %d, %d", w.Code, len(h.admitted), len(h.held), h.held, c.status, c.admitted, c.held)
			}
			if retry := w.Header().Get("Retry-After"); (retry != "") != (c.status == 503) {
				t.Errorf("Retry-After is %q with status %d", retry, c.status)
			}
			if w.Code/100 == 2 && c.body != "challenge" && w.Body.Len() > 0 {
				t.Errorf("a success says %q", w.Body)
			}
			want := `flowd_deliveries_total{result="` + c.result + `",source="` + c.source + "\"} 1\n"
			if err := testutil.GatherAndCompare(h.metrics, strings.NewReader("# HELP flowd_deliveries_total HTTP deliveries to hooks, by source and how they were answered.\n# TYPE flowd_deliveries_total counter\n"+want), "flowd_deliveries_total"); err != nil {
				t.Error(err)
			}
			if n := testutil.CollectAndCount(h.metrics, "flowd_delivery_duration_seconds"); (n == 1) != (c.source != "") {
				t.Errorf("%d histograms of durations", n)
			}
			for _, private := range []string{"ada@example.com", pathSecret, "another-secret"} {
				if strings.Contains(h.log.String(), private) || strings.Contains(strings.Join(h.held, ""), private) {
					t.Errorf("%q was logged or kept: %s %s", private, &h.log, h.held)
				}
			}
		})
	}
}

func TestHandler_Reply(t *testing.T) {
	t.Parallel()
	w := newHooks(t, nil).do("POST", "/hooks/ats", "challenge")
	if w.Header().Get("X-Echo") != "e" || w.Body.String() != "echo" {
		t.Errorf("the handshake heard %v %q", w.Header(), w.Body)
	}
	if allow := newHooks(t, nil).do("PUT", "/hooks/ats", "").Header().Get("Allow"); allow != "POST" {
		t.Errorf("Allow: %q", allow)
	}
}

// A batch carries where it is from, its raw body and a key for each event.
func TestHandler_Batch(t *testing.T) {
	t.Parallel()
	h := newHooks(t, nil)
	h.do("POST", "/hooks/ats", "event", "Id", "evt-7")
	h.do("POST", "/hooks/ats", "event")
	h.do("POST", "/hooks/ats", "event")
	h.do("POST", "/hooks/ats", "event ")
	h.do("POST", "/hooks/ats", "keyed", "Id", "a b")
	h.do("POST", "/hooks/ats", "event", "Id", "ada@example.com")
	b := h.admitted[0]
	if b.Source != "ats" || b.ATS != "system" || string(b.Raw) != "event" || b.Events[0].Key != "ats:evt-7" || b.Events[1].Key != "ats:evt-7:1" {
		t.Errorf("batch %+v", b)
	}
	body := h.admitted[1].Events[0].Key
	if !strings.HasPrefix(body, "ats:sha256-") || h.admitted[2].Events[0].Key != body || h.admitted[3].Events[0].Key == body {
		t.Errorf("keys of the same and of another body: %q, %q, %q", body, h.admitted[2].Events[0].Key, h.admitted[3].Events[0].Key)
	}
	if k := h.admitted[4].Events; k[0].Key != "mine" || !strings.HasPrefix(k[1].Key, "ats:sha256-") || !strings.HasSuffix(k[1].Key, ":1") {
		t.Errorf("keys %q, %q", k[0].Key, k[1].Key)
	}
	if k := h.admitted[5].Events[0].Key; strings.Contains(k, "@") {
		t.Errorf("key %q holds an address", k)
	}
}

// What could not be stored, or kept for inspection, is to come again.
func TestHandler_StoreFails(t *testing.T) {
	t.Parallel()
	h := newHooks(t, nil)
	h.admit, h.holdError = errors.New("disk full"), errors.New("disk full")
	for _, body := range []string{"event", "broken"} {
		if w := h.do("POST", "/hooks/ats", body); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: status %d", body, w.Code)
		}
	}
	h = newHooks(t, func(o *connectors.HandlerOptions) {
		o.Admit = func(context.Context, flowd.Batch) error { panic("store") }
	})
	if w := h.do("POST", "/hooks/ats", "event"); w.Code != 503 {
		t.Errorf("a store that panics: status %d", w.Code)
	}
	h = newHooks(t, func(o *connectors.HandlerOptions) {
		o.Admit = func(ctx context.Context, _ flowd.Batch) error { return ctx.Err() }
	})
	r := httptest.NewRequest("POST", "/hooks/ats", strings.NewReader("event"))
	r.Header.Set("Signature", "good")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(ctx))
	if w.Code != 503 {
		t.Errorf("a context that is over: status %d", w.Code)
	}
}

func TestHandler_BodyBreaks(t *testing.T) {
	t.Parallel()
	h := newHooks(t, nil)
	r := httptest.NewRequest("POST", "/hooks/ats", io.MultiReader(strings.NewReader("ev"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Signature", "good")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 400 || len(h.held) != 0 {
		t.Errorf("status %d, held %v", w.Code, h.held)
	}
	// Larger than it said.
	r = httptest.NewRequest("POST", "/hooks/ats", io.NopCloser(strings.NewReader(strings.Repeat("x", 100))))
	r.ContentLength = -1
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("a chunked body beyond the cap: status %d", w.Code)
	}
}

// A sender that never ends its body is cut off, and the connection with it.
func TestHandler_SlowBody(t *testing.T) {
	t.Parallel()
	h := newHooks(t, nil)
	h.SetBodyTimeout(20 * time.Millisecond)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /hooks/ats HTTP/1.1\r\nHost: flowd\r\nContent-Length: 10\r\n\r\nev"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(got, []byte("HTTP/1.1 408")) {
		t.Errorf("%q, %v", got, err)
	}
}

// However many bodies are announced, a bounded number of bytes is held.
func TestHandler_Budget(t *testing.T) {
	t.Parallel()
	const largest = 32 << 20
	entered, leave := make(chan struct{}), make(chan struct{})
	h := newHooks(t, func(o *connectors.HandlerOptions) {
		o.MaxBody = largest
		o.Admit = func(context.Context, flowd.Batch) error {
			entered <- struct{}{}
			<-leave
			return nil
		}
	})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			r := httptest.NewRequest("POST", "/hooks/ats", strings.NewReader("event"))
			r.ContentLength = largest
			r.Header.Set("Signature", "good")
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
		<-entered
	}
	if w := h.do("POST", "/hooks/ats", "event"); w.Code != 503 {
		t.Errorf("beyond the budget: status %d", w.Code)
	}
	close(leave)
	all.Wait()
	go func() { <-entered }()
	if w := h.do("POST", "/hooks/ats", "event"); w.Code != 200 {
		t.Errorf("after it: status %d", w.Code)
	}
}

func TestHandler_Swap(t *testing.T) {
	t.Parallel()
	h := newHooks(t, nil)
	h.Swap([]connectors.Source{{Name: "new", Receiver: receiver{}}})
	if old, now := h.do("POST", "/hooks/ats", "event").Code, h.do("POST", "/hooks/new", "event").Code; old != 404 || now != 200 {
		t.Errorf("old %d, new %d", old, now)
	}
}

func TestNewHandler_Refuses(t *testing.T) {
	t.Parallel()
	if _, err := connectors.NewHandler(connectors.HandlerOptions{}); err == nil {
		t.Error("a handler without Admit was made")
	}
	h := newHooks(t, nil)
	_, err := connectors.NewHandler(connectors.HandlerOptions{
		Admit:      func(context.Context, flowd.Batch) error { return nil },
		Quarantine: func(context.Context, string, []byte, string) error { return nil }, Metrics: h.metrics,
	})
	if err == nil {
		t.Error("metrics were registered twice")
	}
}

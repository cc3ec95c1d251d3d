package sim

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// receiver takes webhooks in as any system would, and verifies them with code
// of its own.
type receiver struct {
	t      *testing.T
	url    string
	secret string
	mu     sync.Mutex
	got    []received
	answer func(nth int) int // status of the nth webhook, from 0; 200 if nil
	lines  int               // connections
}

type received struct {
	Event string         `json:"event"`
	Data  map[string]any `json:"data"`
	Date  float64        `json:"date"`
	body  string
}

func receive(t *testing.T, s *Server) *receiver {
	t.Helper()
	r := &receiver{t: t, secret: s.Secret()}
	web := httptest.NewUnstartedServer(r)
	web.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.lines++
		}
	}
	web.Start()
	t.Cleanup(web.Close)
	r.url = web.URL
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		r.t.Error(err)
	}
	mac := hmac.New(sha256.New, []byte(r.secret))
	mac.Write(body)
	if got, want := request.Header.Get("x-hireflix-signature"), base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		r.t.Errorf("signature %q, want %q", got, want)
	}
	if request.Method != http.MethodPost || request.Header.Get("Content-Type") != "application/json" {
		r.t.Errorf("%s %s", request.Method, request.Header.Get("Content-Type"))
	}
	one := received{body: string(body)}
	if err := json.Unmarshal(body, &one); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, one)
	if r.answer != nil {
		w.Header().Set("Location", "/elsewhere") // for the 3xx, which nobody is to follow
		w.WriteHeader(r.answer(len(r.got) - 1))
	}
}

// all waits for what is queued and returns what came so far.
func (r *receiver) all(s *Server) []received {
	r.t.Helper()
	flush(r.t, s)
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

func flush(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// words are the events with their status, in the order they came.
func words(got []received) []string {
	said := []string{}
	for _, one := range got {
		said = append(said, one.Event+" "+one.Data["status"].(string))
	}
	return said
}

func try(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mute is a transport for webhooks that nobody answers.
type mute struct{ called chan<- string }

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.called != nil {
		m.called <- r.URL.String()
	}
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

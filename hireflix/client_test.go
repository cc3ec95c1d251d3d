package hireflix

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/internal/secret"
)

const testKey = "key-7f3a-of-a-test"

// The person of the tests. None of these values may show in an error.
var ada = flowd.Candidate{
	ID: "c1", Email: "Ada.Lovestone@Example.com", FirstName: "Adalyn", LastName: "Lovestone",
	Phone: "(201) 555-0123", Country: "US",
}

func invitation() flowd.Action {
	return flowd.Action{
		Key: flowd.InviteKey("ats", "app-1", "pos-1", 1), Kind: flowd.ActionInvite, Mode: flowd.Live, Generation: 1,
		Application: "app-1", Candidate: "c1", Position: flowd.Position{ID: "pos-1", Name: "Engineer"},
	}
}

// options are those of a client of a test: no real pauses.
func options(url string) Options {
	return Options{
		URL: url, Timeout: 10 * time.Second,
		Key: func() (secret.Value, error) { return secret.New(testKey), nil },
	}
}

func newTestClient(t testing.TB, opts Options) *Client {
	t.Helper()
	c, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

// serve starts a server and returns a client of it.
func serve(t testing.TB, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newTestClient(t, options(server.URL))
}

// answer is a handler with one fixed answer.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// wantFault checks an error's kind, and that neither the key nor anything of
// the person shows in it.
func wantFault(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != kind {
		t.Errorf("kind is %q, want %q; error: %v", got, kind, err)
	}
	wantDiscreet(t, err)
}

func wantDiscreet(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		shown := strings.ToLower(e.Error())
		for _, private := range []string{testKey, "ada", "lovestone", "example.com", "5550123", "555-0123"} {
			if strings.Contains(shown, strings.ToLower(private)) {
				t.Errorf("error shows %q: %v", private, e)
			}
		}
	}
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	good := options("https://hireflix.example.com/me")
	for name, change := range map[string]func(*Options){
		"no scheme":        func(o *Options) { o.URL = "hireflix.example.com/me" },
		"other scheme":     func(o *Options) { o.URL = "ftp://hireflix.example.com/me" },
		"password in url":  func(o *Options) { o.URL = "https://me:" + testKey + "@hireflix.example.com/me" },
		"no key":           func(o *Options) { o.Key = nil },
		"no timeout":       func(o *Options) { o.Timeout = 0 },
		"negative limit":   func(o *Options) { o.MaxAnswer = -1 },
		"empty key":        func(o *Options) { o.Key = func() (secret.Value, error) { return secret.Value{}, nil } },
		"key of two lines": func(o *Options) { o.Key = func() (secret.Value, error) { return secret.New(testKey + "\nx"), nil } },
		"unreadable key": func(o *Options) {
			o.Key = func() (secret.Value, error) { return secret.Value{}, errors.New("no file") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := good
			change(&opts)
			_, err := New(opts)
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), testKey) {
				t.Errorf("the key shows: %v", err)
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Errorf("good options: %v", err)
	}
}

// keyedServer accepts one key and answers the rest as Hireflix does.
type keyedServer struct {
	mu       sync.Mutex
	accepted string
	arrivals []string // keys
}

func (s *keyedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Header.Get("X-API-KEY")
	s.arrivals = append(s.arrivals, key)
	if key != s.accepted {
		answer(http.StatusOK, `{"message":"Unauthorized"}`)(w, r)
		return
	}
	answer(http.StatusOK, `{"data":{"inviteCandidateToInterview":{"__typename":"InterviewType","id":"i1","url":{"public":"https://app.hireflix.com/x","short":"hflx.io/c/x"}}}}`)(w, r)
}

func TestKey_ReadAgainWhenRefused(t *testing.T) {
	t.Parallel()
	handler := &keyedServer{accepted: "second"}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var reads atomic.Int32
	opts := options(server.URL)
	opts.Key = func() (secret.Value, error) {
		if reads.Add(1) == 1 {
			return secret.New("first"), nil
		}
		return secret.New("second"), nil
	}
	driver := NewDriver(newTestClient(t, opts))
	out, err := driver.Perform(t.Context(), invitation(), of(ada))
	if err != nil || out.State != flowd.Done {
		t.Fatalf("outcome %+v, error %v", out, err)
	}
	if got := strings.Join(handler.arrivals, " "); got != "first second" {
		t.Errorf("arrived with keys %q", got)
	}
	// The new key is kept: nothing is read for the next call.
	if _, err := driver.Perform(t.Context(), invitation(), of(ada)); err != nil || reads.Load() != 2 {
		t.Errorf("error %v, %d reads", err, reads.Load())
	}
}

func TestKey_SameKeyIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	handler := &keyedServer{accepted: "another"}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	_, err := NewDriver(newTestClient(t, options(server.URL))).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Unauthorized)
	if len(handler.arrivals) != 1 {
		t.Errorf("%d arrivals, want 1", len(handler.arrivals))
	}
}

func TestKey_UnreadableKeepsTheOldOne(t *testing.T) {
	t.Parallel()
	handler := &keyedServer{accepted: "another"}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var reads atomic.Int32
	opts := options(server.URL)
	opts.Key = func() (secret.Value, error) {
		if reads.Add(1) > 1 {
			return secret.Value{}, errors.New("secret file key: no such file")
		}
		return secret.New(testKey), nil
	}
	c := newTestClient(t, opts)
	_, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Unauthorized)
	if !strings.Contains(err.Error(), "no such file") {
		t.Errorf("does not say why: %v", err)
	}
	if _, err := c.ReloadKey(); err == nil {
		t.Error("ReloadKey reports nothing")
	}
	if got := c.key.Load().Reveal(); got != testKey {
		t.Errorf("the key in use is %q", got)
	}
}

func TestReloadKey_TellsAChange(t *testing.T) {
	t.Parallel()
	key := testKey
	opts := options("https://hireflix.example.com/me")
	opts.Key = func() (secret.Value, error) { return secret.New(key), nil }
	c := newTestClient(t, opts)
	if changed, err := c.ReloadKey(); changed || err != nil {
		t.Errorf("same key: changed %v, error %v", changed, err)
	}
	key = "other"
	if changed, err := c.ReloadKey(); !changed || err != nil {
		t.Errorf("other key: changed %v, error %v", changed, err)
	}
}

// of is an application of somebody.
func of(c flowd.Candidate) flowd.Application { return flowd.Application{ID: "app-1", Candidate: c} }

package connectors_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flowd/connectors"
	"flowd/internal/fault"
)

// far is a system that is not on the network, so that time can be synthetic.
type far func(*http.Request) (*http.Response, error)

func (f far) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

func get(t *testing.T, c *connectors.Client) error {
	t.Helper()
	_, err := c.Do(t.Context(), connectors.Call{Op: "read", Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "ats.example.com"}})
	return err
}

// A system that fails in a row is left alone, and then asked once.
func TestClient_LeavesAloneWhatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls, broken := 0, true
		c := connectors.NewClient(nil, nil)
		connectors.Reach(c, far(func(*http.Request) (*http.Response, error) {
			calls++
			if broken {
				return nil, errors.New("no route")
			}
			return answer(http.StatusOK, nil, "{}"), nil
		}))
		for range 12 {
			if err := get(t, c); !fault.Is(err, fault.Unavailable) {
				t.Fatal(err)
			}
		}
		if calls != 10 {
			t.Errorf("%d calls to a system that is down", calls)
		}
		err := get(t, c)
		if wait := fault.RetryAfter(err); wait <= 0 || wait > 30*time.Second || !strings.Contains(err.Error(), "left alone") {
			t.Errorf("%v, again after %v", err, wait)
		}
		time.Sleep(31 * time.Second)
		if err := get(t, c); !fault.Is(err, fault.Unavailable) || calls != 11 {
			t.Errorf("one call tries again: %v, %d", err, calls)
		}
		time.Sleep(31 * time.Second)
		broken = false
		for range 3 {
			if err := get(t, c); err != nil {
				t.Errorf("the system is back: %v", err)
			}
		}
	})
}

// What a system refuses it has answered, and who gives up tells nothing of it.
func TestClient_IsNotPutOffByAnswers(t *testing.T) {
	t.Parallel()
	calls := 0
	c := connectors.NewClient(nil, nil)
	connectors.Reach(c, far(func(r *http.Request) (*http.Response, error) {
		if calls++; calls%2 == 0 {
			return nil, context.Canceled
		}
		return answer(http.StatusNotFound, nil, "{}"), nil
	}))
	for range 30 {
		if err := get(t, c); err == nil || strings.Contains(err.Error(), "not called") {
			t.Fatal(err)
		}
	}
	if calls != 30 {
		t.Errorf("%d calls", calls)
	}
}

// The last call that is allowed is the last one until the reset.
func TestClient_ReadsTheLimit(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"none left":       {"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"30"}},
		"another writing": {"X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {"30"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := connectors.NewClient(nil, nil)
			connectors.Reach(c, far(func(*http.Request) (*http.Response, error) {
				calls++
				return answer(http.StatusOK, header, "{}"), nil
			}))
			first, second := get(t, c), get(t, c)
			if first != nil || !fault.Is(second, fault.RateLimited) || fault.RetryAfter(second) != 30*time.Second || calls != 1 {
				t.Errorf("%s: %v, %v, %d calls", name, first, second, calls)
			}
			time.Sleep(29 * time.Second)
			if err := get(t, c); err != nil {
				t.Errorf("%s: the last second is waited out: %v", name, err)
			}
		})
	}
}

// An answer is taken as it comes; what is none is told without its words.
func TestClient_Stream(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/list":
			_, _ = io.WriteString(w, `[{"id": 1}, {"id": 2}]`)
		case "/login":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>Ada, sign in</html>")
		case "/words":
			_, _ = io.WriteString(w, `{"name": "Ada`)
		case "/short":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `[`)
		case "/down":
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(server.Close)
	for path, want := range map[string]fault.Kind{
		"/list": "", "/login": fault.Unavailable, "/words": fault.Unavailable, "/short": fault.Unavailable, "/down": fault.Unavailable,
	} {
		u, err := url.Parse(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		var got []struct{ ID int }
		_, err = connectors.NewClient(nil, nil).Stream(t.Context(), connectors.Call{Op: "read", Method: http.MethodGet, URL: u},
			func(r io.Reader) error {
				if err := json.NewDecoder(r).Decode(&got); err != nil {
					return errors.New("no list")
				}
				return nil
			})
		if fault.KindOf(err) != want || err == nil && len(got) != 2 || err != nil && strings.Contains(err.Error(), "Ada") {
			t.Errorf("%s: %v, %d items", path, err, len(got))
		}
	}
}

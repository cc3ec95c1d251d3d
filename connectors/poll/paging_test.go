package poll_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd/connectors/connectortest"
	"flowd/connectors/poll"
	"flowd/internal/fault"
)

var stamps = regexp.MustCompile(`\d{4}-\d\d-\d\d[T+]\d\d%3A\d\d%3A\d\dZ?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|s?\d{13,}`)

// What is asked for: first everything, then what changed since, page by page; and
// no secret in what is stored.
func TestPoll_Requests(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"link":             {"GET /link?limit=3&token=the-key", "GET /link?cursor=c3&token=the-key", "GET /link?cursor=c6&token=the-key", "GET /link?since=gte%7CT&limit=3&token=the-key"},
		"url":              {"GET /x", "GET /x?cursor=c3", "GET /x?cursor=c6", "GET /x?since=T"},
		"cursor":           {"GET /x", "GET /x?cursor=c3", "GET /x?cursor=c6", "GET /x?since=T"},
		"cursor in body":   {`POST /x {"limit":3,"sync":[null]}`, `POST /x {"cursor":"c3","limit":3,"sync":[null]}`, `POST /x {"cursor":"c6","limit":3,"sync":[null]}`, `POST /x {"limit":3,"since":"T","sync":["T"]}`},
		"offset":           {"GET /x?offset=0", "GET /x?offset=3", "GET /x?offset=6", "GET /x?offset=0&since=T"},
		"offset with more": {"GET /x?offset=0", "GET /x?offset=3", "GET /x?offset=6", "GET /x?since=T&offset=0"},
		"page":             {"GET /x?page=0", "GET /x?page=1", "GET /x?page=2", "GET /x?page=0"},
		"sync":             {`POST /x {}`, `POST /x {"cursor":"c3"}`, `POST /x {"cursor":"c6"}`, `POST /x {"sync":"T"}`},
	}
	for name, section := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sys := newSystem(t)
			sys.Fill(t)
			s := source(t, sys.server.URL, section+mapping)
			batches, cursor := connectortest.Drain(t, s, nil)
			if len(batches) != 3 || len(batches[2].Seen) != 1 {
				t.Errorf("%d pages", len(batches))
			}
			if _, _, err := s.Poller.Poll(t.Context(), cursor); err != nil {
				t.Fatal(err)
			}
			asked := sys.requests()
			for i := range asked {
				asked[i] = stamps.ReplaceAllString(asked[i], "T")
			}
			if diff := cmp.Diff(want[name], asked); diff != "" {
				t.Error(diff)
			}
			for _, b := range batches {
				if bytes.Contains(b.Cursor, []byte("the-key")) {
					t.Errorf("the cursor holds the key: %s", b.Cursor)
				}
			}
		})
	}
}

// A time is written as the system wants it, less the overlap. By which clock a
// system counts days nobody knows.
func TestSince(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 1, 3, 20, 5e8, time.FixedZone("", 3600))
	for format, want := range map[string]any{
		"": "2026-03-01T23:58:20Z", "rfc3339": "2026-03-01T23:58:20Z", "ms": 1772409500500, "s": 1772409500,
		"datetime": "2026-03-01 23:58:20", "date": "2026-02-28",
	} {
		if got := poll.SinceValue(format, 5*time.Minute, at); got != want {
			t.Errorf("%q: %v, want %v", format, got, want)
		}
		if got := poll.SinceValue(format, 5*time.Minute, time.Time{}); got != nil {
			t.Errorf("%q: before anything was read: %v", format, got)
		}
	}
}

// A cursor stays where nothing came, and moves at last.
func TestPoll_Quiet(t *testing.T) {
	t.Parallel()
	s := source(t, newSystem(t).server.URL, ways["cursor"]+mapping)
	_, first := connectortest.Drain(t, s, nil)
	if _, again := connectortest.Drain(t, s, first); !bytes.Equal(first, again) {
		t.Errorf("%s becomes %s", first, again)
	}
	old := fmt.Appendf(nil, `{"since": %q, "read": true}`, time.Now().Add(-2*time.Hour).UTC().Format(time.RFC3339))
	if _, again := connectortest.Drain(t, s, old); bytes.Equal(old, again) {
		t.Error("since does not move")
	}
}

// A token that the system no longer knows costs a round, or everything anew: as
// a baseline, to the end of that pass.
func TestPoll_Forgotten(t *testing.T) {
	t.Parallel()
	forget := func(sys *system, what string) {
		sys.mu.Lock()
		defer sys.mu.Unlock()
		sys.forgot = func(token string) bool { return strings.HasPrefix(token, what) }
	}
	t.Run("of the round", func(t *testing.T) {
		t.Parallel()
		sys := newSystem(t)
		sys.Fill(t)
		s := source(t, sys.server.URL, ways["sync"]+mapping)
		_, cursor := connectortest.Drain(t, s, nil)
		forget(sys, "s")
		batches, cursor := connectortest.Drain(t, s, cursor)
		if len(batches) != 3 {
			t.Fatalf("%d pages", len(batches))
		}
		for _, b := range batches {
			if !b.Baseline || len(b.Seen) == 0 {
				t.Errorf("a page of the full pass: baseline %t, %d seen", b.Baseline, len(b.Seen))
			}
		}
		forget(sys, "nothing")
		if after, _ := connectortest.Drain(t, s, cursor); len(after) != 1 || after[0].Baseline {
			t.Errorf("%d pages behind the full pass", len(after))
		}
	})
	t.Run("of a page", func(t *testing.T) {
		t.Parallel()
		sys := newSystem(t)
		sys.Fill(t)
		s := source(t, sys.server.URL, ways["cursor"]+mapping)
		b, _, err := s.Poller.Poll(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		forget(sys, "c3")
		again, more, err := s.Poller.Poll(t.Context(), b.Cursor)
		if err != nil || !more || len(again.Seen) != 3 || again.Baseline {
			t.Fatalf("%d seen, %t, %v", len(again.Seen), more, err)
		}
		// It is forgotten at once: that is no way to go on without end.
		if _, _, err := s.Poller.Poll(t.Context(), again.Cursor); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		var at map[string]any
		if err := json.Unmarshal(again.Cursor, &at); err != nil {
			t.Fatal(err)
		}
		at["round"].(map[string]any)["again"] = time.Now().Add(-time.Hour)
		later, _ := json.Marshal(at)
		if _, _, err := s.Poller.Poll(t.Context(), later); err != nil {
			t.Errorf("an hour later it is not begun anew: %v", err)
		}
	})
	t.Run("without a word", func(t *testing.T) {
		t.Parallel()
		sys := newSystem(t)
		sys.Fill(t)
		broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("cursor") {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			sys.ServeHTTP(w, r)
		}))
		t.Cleanup(broken.Close)
		s := source(t, broken.URL, ways["cursor"]+mapping)
		b, _, err := s.Poller.Poll(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Poller.Poll(t.Context(), b.Cursor); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("a page that fails is given up at once: %v", err)
		}
		var at map[string]any
		if err := json.Unmarshal(b.Cursor, &at); err != nil {
			t.Fatal(err)
		}
		at["round"].(map[string]any)["moved"] = time.Now().Add(-2 * time.Hour)
		later, _ := json.Marshal(at)
		again, more, err := s.Poller.Poll(t.Context(), later)
		if err != nil || !more || len(again.Seen) > 0 {
			t.Fatalf("hours later the round is not begun again: %t, %v", more, err)
		}
		if again, _, err = s.Poller.Poll(t.Context(), again.Cursor); err != nil || len(again.Seen) != 3 {
			t.Errorf("the first page: %d seen, %v", len(again.Seen), err)
		}
	})
	t.Run("by us", func(t *testing.T) {
		t.Parallel()
		sys := newSystem(t)
		sys.Fill(t)
		s := source(t, sys.server.URL, ways["cursor"]+mapping)
		batches, _ := connectortest.Drain(t, s, []byte("what is this"))
		if len(batches) != 3 || !batches[0].Baseline || !batches[2].Baseline {
			t.Errorf("%d pages, baseline %t", len(batches), batches[0].Baseline)
		}
	})
}

// Pages that go round are not asked for without end.
func TestPoll_Round(t *testing.T) {
	t.Parallel()
	const items = `"results": [{"id": 1, "stage": "Video", "mail": "orla@example.com"}, {"id": 2, "stage": "x", "mail": ""}, {"id": 3, "stage": "x", "mail": ""}]`
	for name, c := range map[string]struct{ way, answer, says string }{
		"token":          {"cursor", `{` + items + `, "more": true, "next": "c1"}`, "was read already"},
		"two tokens":     {"cursor", `{` + items + `, "more": true, "next": "cN%2"}`, "was read already"},
		"seven tokens":   {"cursor", `{` + items + `, "more": true, "next": "cN%7"}`, "was read already"},
		"page":           {"page", `{` + items + `, "more": true}`, "was read already"},
		"offset":         {"offset", `{` + items + `}`, "was read already"},
		"empty pages":    {"page", `{"results": [], "more": true}`, "pages in a row have no item"},
		"empty offset":   {"offset with more", `{"results": [], "more": true}`, "no item to count on from"},
		"empty for ever": {"cursor", `{"results": [], "more": true, "next": "cN%9999"}`, "pages in a row have no item"},
		"nowhere":        {"cursor", `{` + items + `, "more": true, "next": ""}`, "and not where"},
		"elsewhere":      {"url", `{` + items + `, "following": "https://elsewhere.example.com/x"}`, "at another address"},
		"no text":        {"url", `{` + items + `, "following": {"a": "orla@example.com"}}`, "is no text"},
		"not said":       {"cursor", `{` + items + `, "next": ""}`, "paging.more: body.more is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n++
				answer := c.answer
				if before, rest, ok := strings.Cut(answer, "N%"); ok {
					var of int
					_, _ = fmt.Sscan(strings.TrimRight(rest, `"}`), &of)
					answer = before + fmt.Sprint(n%of) + `"}`
				}
				_, _ = w.Write([]byte(answer))
			}))
			t.Cleanup(server.Close)
			s := source(t, server.URL, ways[c.way]+mapping)
			var cursor []byte
			for range 200 {
				b, more, err := s.Poller.Poll(t.Context(), cursor)
				if err != nil {
					if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "orla") || b.Cursor != nil {
						t.Errorf("%v", err)
					}
					return
				}
				if !more {
					t.Fatal("the round ends")
				}
				cursor = b.Cursor
			}
			t.Error("the round has no end")
		})
	}
}

// A page behind the last one that is not there is the end.
func TestPoll_PageBehindTheLast(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") != "1" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`[{"id": 1, "stage": "Video", "mail": ""}]`))
	}))
	t.Cleanup(server.Close)
	s := source(t, server.URL, "request: {url: URL, query: {page: '${page}'}}\npaging: {page: 1, size: 1}"+mapping)
	if batches, _ := connectortest.Drain(t, s, nil); len(batches) != 2 || len(batches[0].Seen) != 1 || len(batches[1].Seen) != 0 {
		t.Errorf("%+v", batches)
	}
}

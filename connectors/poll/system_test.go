package poll_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd/connectors"
	"flowd/connectors/connectortest"
)

// system is an ATS whose applications can be asked for in every way that the
// kind knows, by the path. A page has three.
type system struct {
	mu     sync.Mutex
	server *httptest.Server
	apps   []app
	asked  []string // requests
	broken bool
	// tokens are those that it still knows: of a page, or of the end of a round.
	forgot func(token string) bool
}

type app struct {
	ID, Stage string
	Changed   time.Time
}

const perPage = 3

func newSystem(t testing.TB) *system {
	s := &system{forgot: func(string) bool { return false }}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// Fill implements connectortest.System: some are new, and one stands elsewhere.
func (s *system) Fill(testing.TB) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	news := 7
	for range 7 {
		s.apps = append(s.apps, app{ID: "a-" + strconv.Itoa(len(s.apps)), Stage: "Applied", Changed: now})
	}
	if len(s.apps) > 7 {
		s.apps[2].Stage, s.apps[2].Changed = "Stage "+strconv.Itoa(len(s.apps)), now
		news++
	}
	return news
}

func (s *system) Break() func() {
	set := func(broken bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.broken = broken
	}
	set(true)
	return func() { set(false) }
}

func (s *system) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *system) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	switch {
	case s.broken:
		http.Error(w, "down: Orla Bramblewick", http.StatusBadGateway)
		return
	case r.Header.Get("Authorization") != "Bearer the-key" && r.URL.Query().Get("token") != "the-key":
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	q := r.URL.Query()
	var sent map[string]any
	if len(body) > 0 {
		if err := json.Unmarshal(body, &sent); err != nil {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		for name, v := range sent {
			q.Set(name, fmt.Sprint(v))
		}
	}
	s.answer(w, r, q)
}

// since is the time of a request, in the notation of its name.
func since(q url.Values) (at time.Time) {
	if text := q.Get("since"); text != "" {
		for _, format := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
			if t, err := time.Parse(format, strings.TrimPrefix(text, "gte|")); err == nil {
				at = t
			}
		}
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
			at = time.UnixMilli(ms)
		}
	}
	return at
}

func (s *system) answer(w http.ResponseWriter, r *http.Request, q url.Values) {
	from := 0
	for name, factor := range map[string]int{"cursor": 1, "offset": 1, "page": perPage} {
		if text := q.Get(name); text != "" {
			n, err := strconv.Atoi(strings.TrimPrefix(text, "c"))
			if err != nil || s.forgot(text) {
				http.Error(w, "cursor_expired", http.StatusBadRequest)
				return
			}
			from = n * factor
		}
	}
	sync := q.Get("sync")
	if s.forgot(sync) && sync != "" {
		_, _ = io.WriteString(w, `{"success": false, "error": "sync_token_expired"}`)
		return
	}
	after, _ := strconv.Atoi(strings.TrimPrefix(sync, "s"))
	var all []map[string]any
	for _, a := range s.apps {
		if !a.Changed.Before(since(q)) && a.Changed.UnixNano() > int64(after) {
			all = append(all, map[string]any{"id": a.ID, "stage": a.Stage, "mail": a.ID + "@example.com"})
		}
	}
	to := min(from+perPage, len(all))
	from = min(from, to)
	list, more := all[from:to], to < len(all)
	if list == nil {
		list = []map[string]any{}
	}
	next := func(token string) any {
		if !more {
			return nil
		}
		return token
	}
	address := *r.URL
	query := address.Query()
	query.Set("cursor", "c"+strconv.Itoa(to))
	address.RawQuery = query.Encode()
	var out any = map[string]any{"success": true, "results": list, "more": more, "next": next("c" + strconv.Itoa(to)), "following": next(address.String()), "sync": nil}
	if !more {
		last := int64(after)
		for _, a := range s.apps {
			last = max(last, a.Changed.UnixNano())
		}
		out.(map[string]any)["sync"] = "s" + strconv.FormatInt(last, 10)
	}
	if r.URL.Path == "/link" {
		out = list
		if more {
			w.Header().Set("Link", `<`+s.server.URL+`/link?cursor=c`+strconv.Itoa(to)+`&token=the-key>; rel="next"`)
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

const mapping = `
map: {application: item.id, stage: item.stage, candidate.email: item.mail}
`

// ways are the ways to page.
var ways = map[string]string{
	"link": `
auth: {query: {name: token, value: {file: key}}}
request: {url: URL/link, query: {since: "gte|${since}", limit: "3"}}
since: {format: rfc3339}
paging: {link: true}
`,
	"url": `
auth: {bearer: {file: key}}
request: {url: URL/x, query: {since: "${since}"}}
since: {format: ms, overlap: 2m}
items: results
paging: {url: 'body.following ?? ""'}
`,
	"cursor": `
auth: {bearer: {file: key}}
request: {url: URL/x, query: {cursor: "${cursor}", since: "${since}"}}
since: {}
items: results
paging: {cursor: body.next, more: body.more}
`,
	"cursor in body": `
auth: {bearer: {file: key}}
request: {method: POST, url: URL/x, body: {cursor: "${cursor}", since: "${since}", limit: 3, sync: ["${sync}"]}}
since: {}
sync: body.sync
items: results
paging: {cursor: 'body.next ?? ""'}
`,
	"offset": `
auth: {bearer: {file: key}}
request: {url: "URL/x?offset=${offset}", query: {since: "${since}"}}
since: {}
items: results
paging: {offset: 0, size: 3}
`,
	"offset with more": `
auth: {bearer: {file: key}}
request: {url: URL/x, query: {since: "${since}", offset: "${offset}"}}
since: {format: datetime}
items: results
paging: {offset: 0, more: body.more}
`,
	"page": `
auth: {bearer: {file: key}}
request: {url: URL/x, query: {page: "${page}"}}
items: results
paging: {page: 0, more: body.more}
`,
	"sync": `
auth: {bearer: {file: key}}
request: {method: POST, url: URL/x, body: {cursor: "${cursor}", sync: "${sync}"}}
items: results
failed: body.success != true
expired: (body.error ?? "") == "sync_token_expired"
sync: body.sync ?? nil
paging: {cursor: body.next, more: body.more}
`,
}

// view is a system asked in one way.
type view struct {
	*system
	section string
}

func (v view) Source(t *testing.T) connectors.Source {
	return source(t, v.server.URL, v.section+mapping)
}
func (v view) Fill(t *testing.T) int   { return v.system.Fill(t) }
func (v view) Break(*testing.T) func() { return v.system.Break() }

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, section := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectortest.Poller{
				Network: true, Personal: []string{"Orla", "the-key", "@example.com"},
				New: func(t *testing.T) connectortest.System {
					t.Helper()
					return view{newSystem(t), section}
				},
			}.Run(t)
		})
	}
}

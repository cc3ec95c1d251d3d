package connectors_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"none":          {http.Header{}, 0},
		"seconds":       {http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		"fraction":      {http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		"date":          {http.Header{"Retry-After": {"Mon, 02 Mar 2026 09:31:00 GMT"}}, time.Minute},
		"past":          {http.Header{"Retry-After": {"Mon, 02 Mar 2026 09:00:00 GMT"}}, 0},
		"too long":      {http.Header{"Retry-After": {"86400"}}, time.Hour},
		"infinite":      {http.Header{"Retry-After": {"Inf"}}, time.Hour},
		"no number":     {http.Header{"Retry-After": {"NaN"}}, 0},
		"negative":      {http.Header{"Retry-After": {"-1"}}, 0},
		"window":        {http.Header{"X-Ratelimit-Reset": {"30"}}, 30 * time.Second},
		"since 1970":    {http.Header{"X-Ratelimit-Reset": {"1772443810"}}, 10 * time.Second},
		"milliseconds":  {http.Header{"X-Ratelimit-Reset": {"1772443810000"}}, 10 * time.Second},
		"both":          {http.Header{"Retry-After": {"2"}, "X-Ratelimit-Reset": {"30"}}, 2 * time.Second},
		"words, window": {http.Header{"Retry-After": {"soon"}, "X-Ratelimit-Reset": {"30"}}, 30 * time.Second},
	} {
		if got := connectors.RetryAfterOf(c.header, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestSafeURL(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"https://api.example.com/v1":   "",
		"http://127.0.0.1:8080":        "",
		"http://[::1]/x":               "",
		"http://localhost":             "",
		"http://api.example.com":       "not encrypted",
		"http://127.0.0.1.example.com": "not encrypted",
		"https://a:b@example.com":      "user or password",
		"https://example.com/#x":       "never sent",
		"ftp://example.com":            "not an address",
		"example.com":                  "not an address",
		"":                             "not an address",
		"https:///x":                   "not an address",
	} {
		_, err := connectors.SafeURL(text)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// tokenServer gives out numbered tokens; its API takes the last one alone.
type tokenServer struct {
	tokens, calls atomic.Int32
	answer        func(n int32) string
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/token" {
		_, _ = w.Write([]byte(s.answer(s.tokens.Add(1))))
		return
	}
	s.calls.Add(1)
	if r.Header.Get("Authorization") != "Bearer t"+string('0'+rune(s.tokens.Load())) {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func (s *tokenServer) client(t *testing.T) (*connectors.Client, connectors.Call) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	u, err := connectors.SafeURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	credential := connectors.NewTokenCredential(connectors.TokenOptions{URL: server.URL + "/token", ID: secret.New("id"), Secret: secret.New("s")})
	return connectors.NewClient(credential, nil), connectors.Call{Op: "try", Method: http.MethodPost, URL: u.JoinPath("x"), Body: []byte("{}"), Writes: true}
}

// A token is kept until shortly before its end, however the end is told.
func TestTokens_End(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rest string
		want int32 // tokens for two calls
	}{
		"in an hour":           {`"expires_in": 3600`, 1},
		"in half a minute":     {`"expires_in": 30`, 2},
		"at a time long ahead": {`"expires_at": "` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"`, 1},
		"at a time just ahead": {`"expires_at": "` + time.Now().Add(10*time.Second).UTC().Format(time.RFC3339) + `"`, 2},
		"not told":             {`"scope": ""`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &tokenServer{answer: func(n int32) string { return `{"access_token": "t` + string('0'+n) + `", ` + c.rest + `}` }}
			client, call := s.client(t)
			for range 2 {
				if _, err := client.Do(t.Context(), call); err != nil {
					t.Fatal(err)
				}
			}
			if n := s.tokens.Load(); n != c.want {
				t.Errorf("%d tokens", n)
			}
		})
	}
}

// A token that is refused is renewed once, and then the refusal stands.
func TestTokens_RefusedAgain(t *testing.T) {
	t.Parallel()
	s := &tokenServer{answer: func(int32) string { return `{"access_token": "wrong", "expires_in": 3600}` }}
	client, call := s.client(t)
	if _, err := client.Do(t.Context(), call); !fault.Is(err, fault.Unauthorized) || s.calls.Load() != 2 || s.tokens.Load() != 2 {
		t.Errorf("%v, %d calls, %d tokens", err, s.calls.Load(), s.tokens.Load())
	}
}

// Nobody is there: nothing was sent, so a write is not uncertain.
func TestClient_NobodyThere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	u, err := connectors.SafeURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	_, err = connectors.NewClient(nil, nil).Do(t.Context(), connectors.Call{Op: "try", Method: http.MethodPost, URL: u, Writes: true})
	if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), u.Host) {
		t.Error(err)
	}
}

// Without an answer a call ends by itself.
func TestClient_TimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u, err := connectors.SafeURL("http://127.0.0.1:1/x")
		if err != nil {
			t.Fatal(err)
		}
		client := connectors.NewClient(nil, nil)
		connectors.Hang(client)
		if _, err := client.Do(t.Context(), connectors.Call{Op: "try", Method: http.MethodPost, URL: u}); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "no answer in time") {
			t.Error(err)
		}
	})
}

func TestNoteText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, mark, want string }{
		{"Done.\n", "[m]", "Done.\n\n[m]"}, {"Done. [m]", "[m]", "Done. [m]"}, {"Done.", "", "Done."},
	} {
		if got := connectors.NoteText(flowd.WriteBack{Text: c.text, Mark: c.mark}); got != c.want {
			t.Errorf("%q", got)
		}
	}
}

func TestStageKinds(t *testing.T) {
	t.Parallel()
	type empty struct{}
	kind := connectors.NewKind("k", "", func(empty, connectors.Common) (connectors.Source, error) {
		return connectors.Source{Poller: &poller{}}, nil
	})
	build := func(text string) ([]connectors.Source, string) {
		doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: k\n"+text), strictyaml.Options{})
		return connectors.Kinds{kind}.Build(doc.Root(), connectors.Options{}), strictyaml.Render(doc.Problems())
	}
	sources, problems := build("stage_kinds: {\"Talent  pool\": archived, \"S-77\": rejected, Review: active}")
	if problems != "" {
		t.Fatal(problems)
	}
	for want, stage := range map[string]flowd.Stage{
		"archived": {ID: "5", Name: "talent pool", Kind: "x"}, "rejected": {ID: "S-77", Name: "Review"}, "active": {Name: "review"}, "ats": {ID: "1", Name: "Other", Kind: "ats"}, "": {},
	} {
		if got := sources[0].StageKind(stage); got != want {
			t.Errorf("%+v: %q, want %q", stage, got, want)
		}
	}
	for text, says := range map[string]string{"stage_kinds: {Out: ' '}": "is blank", "stage_kinds: rejected": "wants stages with their kinds", "stage_kinds: {Out: [rejected]}": "single value"} {
		if _, problems := build(text); !strings.Contains(problems, says) {
			t.Errorf("%s: %s", text, problems)
		}
	}
}

package daemon_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd/connectors/all"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

const hookSecret = "a-secret-of-the-tests"

// world is what surrounds a daemon in a test: a simulated Hireflix on loopback
// and a folder with configuration, rules and secrets.
type world struct {
	t         testing.TB
	dir       string
	config    string
	listen    string
	hireflix  *sim.Server
	url       string // of the account
	positions map[string]string
	log       *syncBuffer
}

// settings are the parts of flowd.yaml that tests vary.
type settings struct {
	listen string // default: any free port
	extra  string // more top-level keys
	engine string // keys of the hireflix section
	rules  string
}

const testRules = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited.
    stage: "Video interview"
    pairs:
      - job: "Account Executive"
        position: "AE screening"
      - department: "Sales"
        position: "Sales screening"
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
    tests:
      - name: an applicant is invited
        given: {job: {name: "Account Executive"}, candidate: {source: LinkedIn}}
        expect: [{hireflix.invite: {position: "AE screening"}}]
`

func newWorld(t testing.TB, s settings) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), positions: map[string]string{}, log: &syncBuffer{}}
	w.hireflix = sim.New(sim.Options{Seed: 7, Hang: 10 * time.Second})
	for _, name := range []string{"AE screening", "Sales screening"} {
		id, err := w.hireflix.AddPosition(sim.Position{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		w.positions[name] = id
	}
	srv := httptest.NewServer(w.hireflix)
	w.url = srv.URL
	t.Cleanup(func() {
		w.hireflix.Close()
		srv.CloseClientConnections()
		srv.Close()
	})
	if s.listen == "" {
		s.listen = "127.0.0.1:0"
	}
	if s.engine == "" {
		s.engine = "  concurrency: 4\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n"
	}
	if s.rules == "" {
		s.rules = testRules
	}
	w.listen = s.listen
	w.config = w.write("flowd.yaml", fmt.Sprintf(`rules: rules/
hireflix:
  url: %s/me
  api_key: {file: key}
%ssources:
  - name: greenhouse
    kind: greenhouse
    webhook: {secret: {file: hook}}
server: {listen: "%s", admin: "127.0.0.1:0"}
%s`, srv.URL, s.engine, s.listen, s.extra))
	w.write("key", sim.DefaultKey)
	w.write("hook", hookSecret)
	w.write("rules/video.yaml", s.rules)
	return w
}

func (w *world) write(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) options() daemon.Options {
	return daemon.Options{
		Config: w.config, Version: "test", Kinds: all.Kinds(), LockWait: 5 * time.Second,
		Log: zerolog.New(w.log).Level(zerolog.DebugLevel).With().Timestamp().Logger(),
	}
}

// start runs a daemon until the test ends.
func (w *world) start(o daemon.Options) *daemon.Daemon {
	w.t.Helper()
	d, err := daemon.New(w.t.Context(), o)
	if err != nil {
		w.t.Fatalf("the daemon does not start: %v", err)
	}
	d.Start()
	w.t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			w.t.Errorf("stop: %v", err)
		}
	})
	return d
}

// api is the running daemon's, as a command finds it.
func (w *world) api() *web.Client {
	w.t.Helper()
	api, err := daemon.DialFile(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	return api
}

// person is somebody in the simulated ATS.
type person struct {
	n      int
	source string
	stage  string
}

func (p person) email() string { return fmt.Sprintf("candidate-%04d@example.com", p.n) }

func (p person) body() []byte {
	if p.source == "" {
		p.source = "LinkedIn"
	}
	if p.stage == "" {
		p.stage = "Video interview"
	}
	return fmt.Appendf(nil, `{"action":"candidate_stage_change","payload":{"application":{"id":%d,"prospect":false,"status":"active",
"applied_at":"2026-03-01T08:00:00Z","last_activity_at":"2026-03-02T09:00:00Z","url":"https://app.greenhouse.example/people/%d",
"source":{"id":1,"name":%q},"current_stage":{"id":%d,"name":%q},"custom_fields":{},
"candidate":{"id":%d,"first_name":"Person","last_name":"Number %d","is_private":false,"can_email":true,
"phone_numbers":[{"value":"+49 30 901820","type":"mobile"}],
"email_addresses":[{"value":%q,"type":"personal"}],"tags":[],"custom_fields":{}},
"jobs":[{"id":11,"name":"Account Executive","departments":[{"id":1,"name":"Sales"}],"offices":[]}]}}}`,
		1000+p.n, p.n, p.source, stageID(p.stage), p.stage, 5000+p.n, p.n, p.email())
}

func stageID(name string) int {
	n := 100
	for _, r := range name {
		n += int(r)
	}
	return n
}

// deliver sends one signed hook and returns the status, or 0 when nobody
// answered.
func deliver(ctx context.Context, hooks, event string, body []byte) int {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hooks+"greenhouse", bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Signature", "sha256 "+hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("Greenhouse-Event-ID", event)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// eventually asks until the answer is yes, for a minute at most.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	within(t, time.Minute, what, ok)
}

// within asks until the answer is yes. The bound is there for a test that would
// never end; nothing is said of how long things take.
func within(t testing.TB, bound time.Duration, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

// freePort is an address that nobody listens on at the moment, for a daemon
// that must come back at the same one.
func freePort(t testing.TB) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// mustNotHold fails when a text holds something personal or secret.
func mustNotHold(t testing.TB, what, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if i := strings.Index(text, word); i >= 0 {
			t.Errorf("%s holds %q: …%s…", what, word, text[max(0, i-80):min(len(text), i+80)])
		}
	}
}

package daemon_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"flowd/internal/daemon"
)

// asking is a world whose one source is polled: nobody calls flowd. What extra
// says of hireflix stands in its section.
func asking(t *testing.T, listen, hireflix string) *world {
	t.Helper()
	w := newWorld(t, settings{})
	ats := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(rw, `[{"id": 1, "stage": "Video interview", "job": "Account Executive", "mail": "rosa.field@example.com", "from": "LinkedIn", "at": %q}]`,
			time.Now().Add(-time.Minute).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(ats.Close)
	w.config = w.write("flowd.yaml", fmt.Sprintf(`rules: rules/
hireflix:
  url: %s/me
  api_key: {file: key}
  settle: 200ms
%ssources:
  - name: ats
    kind: poll
    poll: {on_first_seen: treat_as_move}
    request: {url: "%s"}
    map: {application: item.id, at: item.at, stage: item.stage, job.name: item.job, candidate: {email: item.mail, first_name: '"Rosa"'}, source: item.from}
server: {listen: "%s", admin: "127.0.0.1:0"}
`, w.url, hireflix, ats.URL, listen))
	w.write("rules/video.yaml", `version: 1
owner: ops
rules:
  - id: video
    stage: Video interview
    pairs:
      - {job: "Account Executive", position: "AE screening"}
    tests:
      - name: an applicant is invited
        expect: [{hireflix.invite: {position: "AE screening"}}]
`)
	return w
}

// Where all is asked for, nothing has to listen: another process may have the
// address.
func TestDaemon_OnlyAsks(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	w := asking(t, taken.Addr().String(), "")
	d := w.start(w.options())
	if d.HookURL() != "" {
		t.Errorf("it listens at %s", d.HookURL())
	}
	if got := get(t, d.AdminURL()+"/healthz").StatusCode; got != http.StatusOK {
		t.Errorf("health answered %d", got)
	}
	eventually(t, "who moved is invited", func() bool { return w.interviews() == 1 && w.settled() })

	// Whoever wants to be called has to restart it.
	text, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.write("flowd.yaml", strings.Replace(string(text), "  settle: 200ms\n", "  settle: 200ms\n  webhook_secret: {file: hook}\n", 1))
	if err := d.Reload(t.Context(), daemon.Everything); err == nil || !strings.Contains(err.Error(), "whether anybody calls flowd from outside") {
		t.Errorf("reload: %v", err)
	}
}

// Hireflix's webhooks alone are reason enough to listen.
func TestDaemon_HireflixCalls(t *testing.T) {
	t.Parallel()
	w := asking(t, "127.0.0.1:0", "  webhook_secret: {file: hook}\n")
	d := w.start(w.options())
	if got := get(t, strings.TrimSuffix(d.HookURL(), "/hooks/")+"/healthz").StatusCode; got != http.StatusOK {
		t.Errorf("health answered %d", got)
	}
}

package daemon_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"flowd/internal/daemon"
)

// asked counts the calls of a system by path and key.
type asked struct {
	mu sync.Mutex
	by map[string]int
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.by[r.URL.Path+" "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]++
	_, _ = io.WriteString(w, `[]`)
}

func (a *asked) times(what string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.by[what]
}

// A source that is asked is asked as it is configured after a reload: elsewhere,
// with another key, or not at all.
func TestDaemon_ReloadAsksAnew(t *testing.T) {
	t.Parallel()
	ats := &asked{by: map[string]int{}}
	far := httptest.NewServer(ats)
	t.Cleanup(far.Close)
	w := newWorld(t, settings{})
	configure := func(path, key string) {
		w.write("ats-key", key)
		w.write("flowd.yaml", fmt.Sprintf(`rules: rules/
hireflix: {url: %s/me, api_key: {file: key}}
sources:
  - name: ats
    kind: poll
    poll: {every: 24h}
    auth: {bearer: {file: ats-key}}
    request: {url: %s/%s}
    map:
      application: item.id
      stage: {name: item.stage}
      job: {name: item.job, department: item.unit}
      candidate: {id: item.who, email: item.mail, source: item.source}
server: {listen: "127.0.0.1:0", admin: "127.0.0.1:0"}
`, w.url, far.URL, path))
	}
	configure("before", "first-key-of-the-tests")
	d := w.start(w.options())
	eventually(t, "asked", func() bool { return ats.times("/before first-key-of-the-tests") == 1 })
	configure("after", "second-key-of-the-tests")
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Fatal(err)
	}
	eventually(t, "asked elsewhere, with the other key", func() bool { return ats.times("/after second-key-of-the-tests") == 1 })
	if n := ats.times("/before first-key-of-the-tests"); n != 1 {
		t.Errorf("asked as before %d times", n)
	}
}

package daemon_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// The daemon contacts the hosts of its configuration and no others, and goes
// through the environment's proxy: one that keeps a list and lets nobody
// through sees exactly where it wanted to go.
func TestHosts_OnlyConfiguredOnesThroughTheProxy(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]int{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+r.Host]++
		mu.Unlock()
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(proxy.Close)

	w := newWorld(t, settings{listen: freePort(t), rules: rulesByID})
	w.replace("flowd.yaml", "url: "+w.url+"/me", "url: https://hireflix.invalid/me")
	c := w.spawn("HTTPS_PROXY="+proxy.URL, "HTTP_PROXY="+proxy.URL, "NO_PROXY=")
	hooks := "http://" + w.listen + "/hooks/"
	eventually(t, "the hook answers", func() bool { return deliver(t.Context(), hooks, "evt-1", person{n: 1}.body()) == 200 })
	eventually(t, "Hireflix is asked for the positions and to invite", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return asked["CONNECT hireflix.invalid:443"] >= 2
	})
	c.terminate()
	mu.Lock()
	defer mu.Unlock()
	for host := range asked {
		if !slices.Contains([]string{"CONNECT hireflix.invalid:443"}, host) {
			t.Errorf("contacted %s, which no configuration names", host)
		}
	}
}

// rulesByID name a position by its id: they serve although Hireflix never
// answered.
const rulesByID = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited.
    stage: "Video interview"
    pairs:
      - {job: "Account Executive", position: "65afda7ad66b25c281f30a01"}
    tests:
      - name: an applicant is invited
        expect: [{hireflix.invite: {position: "65afda7ad66b25c281f30a01"}}]
`

package daemon_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/internal/notify"
	"flowd/internal/web"
)

// room is a chat that notes what is said in it.
type room struct {
	mu   sync.Mutex
	said []string
	down bool
}

func (r *room) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.said = append(r.said, string(body))
}

func (r *room) heard(words string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, text := range r.said {
		if strings.Contains(text, words) {
			n++
		}
	}
	return n
}

func newRoom(t *testing.T, w *world, name string) *room {
	t.Helper()
	r := &room{}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	w.write(name, srv.URL+"/services/secret-of-the-room")
	return r
}

const telling = `notify:
  ops: {slack: {url: {file: ops-room}}}
  default: {slack: {url: {file: default-room}}}
heartbeat: {url: {file: monitor}, every: 1m}
digest: {at: "08:00", days: mon-sun, tz: UTC}
`

// People are told once a cause and not once a person, whoever owns it; the
// digest comes each working morning, and the heartbeat while all is well.
func TestTelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{extra: telling})
	ops, others, monitor := newRoom(t, w, "ops-room"), newRoom(t, w, "default-room"), newRoom(t, w, "monitor")
	w.write("PAUSED", "")
	d := w.start(w.options())
	eventually(t, "somebody hears of the pause", func() bool { return others.heard("everything is paused") == 1 })
	eventually(t, "the monitor hears of flowd", func() bool { return monitor.heard("") > 0 })

	hooks, ctx := d.HookURL(), t.Context()
	for n := range 5 { // referrals are left out; the others wait
		p := person{n: n}
		if n > 2 {
			p.source = "Referral"
		}
		if status := deliver(ctx, hooks, p.email(), p.body()); status != http.StatusOK {
			t.Fatalf("the hook answers %d", status)
		}
	}
	status := func() (s web.Status) {
		if err := w.api().Get(ctx, "/api/v1/status", nil, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	eventually(t, "everybody is decided", func() bool { s := status(); return s.Undecided == 0 && s.People[flowd.WordWaiting] == 3 })
	since := time.Now().Add(-24 * time.Hour)
	day, err := d.Day(ctx, "ops", since, time.Now())
	if err != nil || day.Waiting != 3 || day.LeftOut != 2 || day.Invited != 0 {
		t.Fatalf("the day of ops is %+v, error %v", day, err)
	}
	if other, err := d.Day(ctx, notify.Default, since, time.Now()); err != nil || other.Waiting != 0 || other.LeftOut != 0 {
		t.Errorf("the day of others is %+v, error %v", other, err)
	}

	// The first morning after a start, once, even if a channel fails at first.
	morning := next(time.Now(), 8).Add(-time.Hour)
	d.SendDigests(ctx, morning)
	d.SendDigests(ctx, morning.Add(30*time.Minute))
	if n := ops.heard("waiting"); n != 0 {
		t.Errorf("a digest came before its time: %v", ops.said)
	}
	ops.down = true
	d.SendDigests(ctx, morning.Add(2*time.Hour))
	ops.down = false
	d.SendDigests(ctx, morning.Add(2*time.Hour+time.Minute))
	if n := ops.heard(""); n != 0 {
		t.Errorf("a failed digest is tried again at once: %v", ops.said)
	}
	d.SendDigests(ctx, morning.Add(4*time.Hour))
	d.SendDigests(ctx, morning.Add(5*time.Hour))
	if n := ops.heard("waiting"); n != 1 {
		t.Errorf("%d digests, want 1: %v", n, ops.said)
	}
	for _, text := range append(ops.said, others.said...) {
		mustNotHold(t, "a message", text, "candidate-000", "Person", "Number")
	}
	mustNotHold(t, "the log", w.log.String(), "secret-of-the-room")
}

// next is when it is the next time so many hours after midnight, in UTC.
func next(t time.Time, hours int) time.Time {
	at := t.UTC().Truncate(24 * time.Hour).Add(time.Duration(hours) * time.Hour)
	if !at.After(t) {
		at = at.Add(24 * time.Hour)
	}
	return at
}

// What is held and what has failed is one notice a rule, with its number.
func TestTelling_OnceACause(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{extra: "notify: {ops: {slack: {url: {file: ops-room}}}}\nsafety: {max_invites: {per_hour: 0}}\n"})
	newRoom(t, w, "ops-room")
	d := w.start(w.options())
	for n := range 4 {
		deliver(t.Context(), d.HookURL(), (person{n: n}).email(), person{n: n}.body())
	}
	eventually(t, "one notice for all", func() bool {
		all, err := d.Causes(context.Background(), time.Now())
		return err == nil && len(all) == 1 && all[0].Kind == notify.KindHeld && all[0].Owner == "ops" && all[0].Subject == "video" && all[0].Count == 4
	})
}

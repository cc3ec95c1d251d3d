package daemon_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// TestKill_NobodyTwiceNobodyLost kills the daemon with SIGKILL at random moments
// while people are moved and Hireflix fails in every way it can, starts it
// again each time, and asks Hireflix's own count at the end.
//
// FLOWD_TORTURE sets how long it goes on; the default keeps the suite quick.
func TestKill_NobodyTwiceNobodyLost(t *testing.T) {
	t.Parallel()
	span := 4 * time.Second
	if text := os.Getenv("FLOWD_TORTURE"); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatalf("FLOWD_TORTURE: %v", err)
		}
	}
	// The quiet time before a look-up must be longer than the slowest effect.
	w := newWorld(t, settings{
		listen: freePort(t),
		engine: "  concurrency: 8\n  rate: 0\n  timeout: 250ms\n  settle: 600ms\n  quota_probe: 300ms\n",
	})
	w.hireflix.SetFault(sim.Random(11,
		sim.Odds{Effect: sim.TimeoutBefore(), Share: 0.04},
		sim.Odds{Effect: sim.TimeoutAfter(), Share: 0.04},
		sim.Odds{Effect: sim.Refuse(), Share: 0.04},
		sim.Odds{Effect: sim.Effect{Answer: sim.ServerError, Applied: true}, Share: 0.03},
		sim.Odds{Effect: sim.Slow(60 * time.Millisecond), Share: 0.3},
	))
	hooks := "http://" + w.listen + "/hooks/"
	seed := rand.New(rand.NewPCG(3, 5))
	people, kills := 0, 0
	for end := time.Now().Add(span); time.Now().Before(end); {
		c := w.spawn()
		people += flood(t, hooks, people, time.Duration(100+seed.IntN(500))*time.Millisecond)
		c.kill()
		kills++
	}
	c := w.spawn()
	for n := range people {
		// Every sender delivers again what was not acknowledged, and sometimes
		// what was.
		eventually(t, "the hook answers", func() bool {
			return deliver(t.Context(), hooks, fmt.Sprintf("evt-%d", n), person{n: n}.body()) == 200
		})
	}
	var status web.Status
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%d people, %d kills, last status %+v", people, kills, status)
		}
	})
	within(t, time.Minute+4*span, "everybody is through", func() bool {
		api, err := daemon.DialFile(w.config)
		if err != nil || api.Get(t.Context(), "/api/v1/status", nil, &status) != nil {
			return false
		}
		return status.Undecided == 0 && status.People[flowd.WordInvited] == people
	})
	c.terminate()

	journal := w.hireflix.Journal()
	if twice := journal.Repeats(); len(twice) > 0 {
		t.Errorf("invited twice: %v", twice)
	}
	if blind := journal.BlindResends(); len(blind) > 0 {
		t.Errorf("sent again without a look: %v", blind)
	}
	invited := map[string]bool{}
	for _, i := range w.hireflix.Interviews(w.positions["AE screening"]) {
		invited[i.Email] = true
	}
	for n := range people {
		if !invited[person{n: n}.email()] {
			t.Errorf("%s was lost", person{n: n}.email())
		}
	}
	report := daemon.Check(t.Context(), w.options(), daemon.CheckOptions{State: true})
	for _, fault := range report.State {
		t.Errorf("the state after %d kills: %s", kills, fault)
	}
	t.Logf("%d people, %d kills, %d invites arrived, %d look-ups", people, kills,
		journal.Count(sim.Invite), journal.Count(sim.LookUp))
}

// flood delivers new people from several senders for a while and returns how
// many numbers were used.
func flood(t *testing.T, hooks string, from int, span time.Duration) int {
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	var mu sync.Mutex
	next := from
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			// A pace that dispatching can follow: what is proved is order and
			// durability, not speed.
			pace := time.NewTicker(20 * time.Millisecond)
			defer pace.Stop()
			for ctx.Err() == nil {
				<-pace.C
				mu.Lock()
				n := next
				next++
				mu.Unlock()
				event := fmt.Sprintf("evt-%d", n)
				deliver(ctx, hooks, event, person{n: n}.body())
				if n%3 == 0 {
					deliver(ctx, hooks, event, person{n: n}.body())
				}
			}
		})
	}
	senders.Wait()
	return next - from
}

// process is a flowd in a process of its own.
type process struct {
	t   testing.TB
	cmd *exec.Cmd
	log *bytes.Buffer
}

// spawn starts a flowd with more variables in its environment.
func (w *world) spawn(env ...string) *process {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	p := &process{t: w.t, cmd: exec.Command(self), log: &bytes.Buffer{}}
	p.cmd.Env = append(append(os.Environ(), childConfig+"="+w.config), env...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatalf("the daemon ended by itself: %v\n%s", err, p.log)
	}
	_ = p.cmd.Wait() // killed: its error says so
}

// terminate ends it in order, which must succeed.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("an ordinary stop failed: %v\n%s", err, p.log)
	}
}

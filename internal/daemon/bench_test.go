package daemon_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// BenchmarkHook measures a signed webhook until its durable 200, at several
// numbers of connections, beside a bare receiver that does the least anybody
// could: net/http, HMAC, one group-committed bbolt write, and an invite for
// each. What counts is the ratio of the two within one run.
func BenchmarkHook(b *testing.B) {
	for _, connections := range []int{1, 8, 64} {
		for _, kind := range []string{"bare", "flowd"} {
			b.Run(fmt.Sprintf("connections=%d/%s", connections, kind), func(b *testing.B) {
				w := newWorld(b, settings{engine: "  concurrency: 2\n  rate: 0\n  timeout: 5s\n  settle: 5s\n"})
				var hooks string
				switch kind {
				case "bare":
					hooks = newBare(b, w)
				default:
					hooks = w.startQuiet().HookURL()
				}
				flood64(b, hooks, connections)
			})
		}
	}
}

// flood64 delivers b.N different moves over so many connections.
func flood64(b *testing.B, hooks string, connections int) {
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 128
	var next, failed atomic.Int64
	bodies := make([][]byte, b.N)
	for n := range bodies {
		bodies[n] = person{n: n}.body()
	}
	b.ResetTimer()
	var senders sync.WaitGroup
	for range connections {
		senders.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= b.N {
					return
				}
				if deliver(context.Background(), hooks, fmt.Sprintf("evt-%d", n), bodies[n]) != http.StatusOK {
					failed.Add(1)
				}
			}
		})
	}
	senders.Wait()
	b.StopTimer()
	if failed.Load() > 0 {
		b.Fatalf("%d deliveries failed", failed.Load())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hooks/s")
}

// startQuiet runs a daemon that logs nothing.
func (w *world) startQuiet() *daemon.Daemon {
	o := w.options()
	o.Log = zerolog.Nop()
	d, err := daemon.New(context.Background(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	d.Start()
	w.t.Cleanup(func() { _ = d.Stop() })
	return d
}

// BenchmarkMoveToInvite measures a stage move until its invite is recorded,
// against the simulator: hook, decision, call, outcome.
func BenchmarkMoveToInvite(b *testing.B) {
	w := newWorld(b, settings{engine: "  concurrency: 8\n  rate: 0\n  timeout: 5s\n  settle: 5s\n"})
	d := w.startQuiet()
	api := w.api()
	b.ResetTimer()
	for n := range b.N {
		if deliver(context.Background(), d.HookURL(), fmt.Sprintf("evt-%d", n), person{n: n}.body()) != http.StatusOK {
			b.Fatal("a delivery failed")
		}
	}
	for {
		var s web.Status
		if err := api.Get(context.Background(), "/api/v1/status", nil, &s); err != nil {
			b.Fatal(err)
		}
		if s.Undecided == 0 && s.People[flowd.WordInvited] == b.N {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "invites/s")
}

// BenchmarkReload measures a reload of ten thousand rows, tests and all.
func BenchmarkReload(b *testing.B) {
	var s strings.Builder
	s.WriteString(testRules[:strings.Index(testRules, "    unless:")])
	for n := range 10_000 {
		fmt.Fprintf(&s, "      - job: \"Job %d\"\n        position: \"AE screening\"\n", n)
	}
	s.WriteString(testRules[strings.Index(testRules, "    unless:"):])
	w := newWorld(b, settings{rules: s.String()})
	d := w.startQuiet()
	b.ResetTimer()
	for range b.N {
		if err := d.Reload(context.Background(), daemon.OnlyRules); err != nil {
			b.Fatal(err)
		}
	}
}

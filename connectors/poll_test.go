package connectors_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// poller plays a script, one entry a poll, and repeats the last.
type poller struct {
	script  []page
	polls   []time.Duration // since the start
	cursors []string
	settled int
	settle  error
	began   time.Time
}

type page struct {
	cursor string
	more   bool
	err    error
	panics bool
}

func (p *poller) Poll(_ context.Context, cursor []byte) (flowd.Batch, bool, error) {
	now := p.script[min(len(p.polls), len(p.script)-1)]
	p.polls = append(p.polls, time.Since(p.began))
	p.cursors = append(p.cursors, string(cursor))
	if now.panics {
		panic("ada@example.com")
	}
	b := flowd.Batch{}
	if now.cursor != "" {
		b.Cursor, b.Events = []byte(now.cursor), []flowd.Event{{Key: "k" + now.cursor}}
	}
	return b, now.more, now.err
}

func (p *poller) Settled(context.Context, flowd.Batch) error { p.settled++; return p.settle }

// run polls a source for a span of synthetic time and returns what was admitted.
func run(t *testing.T, p *poller, span time.Duration, admit error) ([]string, *prometheus.Registry) {
	t.Helper()
	var admitted []string
	metrics := prometheus.NewRegistry()
	stored := []byte("c0")
	polls, err := connectors.NewPolls(connectors.PollOptions{
		Cursor: func(context.Context, string) ([]byte, error) { return stored, nil },
		Admit: func(_ context.Context, b flowd.Batch) error {
			if admit != nil {
				return admit
			}
			admitted = append(admitted, b.Source+"/"+b.ATS+"/"+b.Events[0].Key)
			stored = b.Cursor
			return nil
		},
		Metrics: metrics,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.began = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	polls.Run(ctx, []connectors.Source{{Name: "s", ATS: "a", Poller: p, Every: time.Minute}, {Name: "hook"}})
	if late := time.Since(p.began) - span; late != 0 {
		t.Errorf("stopped %s after the context", late)
	}
	return admitted, metrics
}

func TestPolls_DrainsAndResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &poller{script: []page{{cursor: "1", more: true}, {cursor: "2", more: true}, {cursor: "3"}, {}}}
		admitted, metrics := run(t, p, 3*time.Minute+30*time.Second, nil)
		if got := strings.Join(admitted, " "); got != "s/a/k1 s/a/k2 s/a/k3" {
			t.Errorf("admitted %s", got)
		}
		if got := strings.Join(p.cursors[:4], " "); got != "c0 1 2 3" {
			t.Errorf("cursors %s", got)
		}
		if p.polls[2] != 0 || len(p.polls) != 6 {
			t.Errorf("polled at %v: three pages at once, then three times in three minutes", p.polls)
		}
		for i := 3; i < len(p.polls); i++ {
			if gap := p.polls[i] - p.polls[i-1]; gap < 54*time.Second || gap > 66*time.Second {
				t.Errorf("poll %d came after %s", i, gap)
			}
		}
		if p.settled != len(p.polls) {
			t.Errorf("settled %d of %d", p.settled, len(p.polls))
		}
		if n := testutil.CollectAndCount(metrics, "flowd_poll_last_success_timestamp_seconds", "flowd_poll_duration_seconds"); n != 2 {
			t.Errorf("%d metrics moved", n)
		}
	})
}

// What wakes a source has it polled soon, and a burst only once more behind it; a
// source that failed is left alone all the same.
func TestPolls_Woken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want []time.Duration
	}{
		"well":   {nil, []time.Duration{0, 7 * time.Second, 9 * time.Second}},
		"failed": {fault.New(fault.Unauthorized, "poll", "no"), []time.Duration{0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &poller{script: []page{{err: c.err}}, began: time.Now()}
			polls, err := connectors.NewPolls(connectors.PollOptions{
				Cursor: func(context.Context, string) ([]byte, error) { return nil, nil },
				Admit:  func(context.Context, flowd.Batch) error { return nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
			defer cancel()
			wake := make(chan struct{}, 1)
			go func() {
				time.Sleep(5 * time.Second)
				for range 50 { // of a second and a half
					time.Sleep(30 * time.Millisecond)
					select {
					case wake <- struct{}{}:
					default:
					}
				}
			}()
			polls.Run(ctx, []connectors.Source{{Name: "s", Poller: p, Every: time.Hour, Wake: wake}})
			if got := p.polls; len(got) != len(c.want) || len(got) > 1 && got[1].Truncate(time.Second) != c.want[1] {
				t.Errorf("%s: polled at %v, want about %v", name, got, c.want)
			}
		})
	}
}

// A source that promises more and moves nothing does not spin.
func TestPolls_NoProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &poller{script: []page{{more: true}}}
		run(t, p, 30*time.Second, nil)
		if len(p.polls) != 1 {
			t.Errorf("polled %d times in half an interval", len(p.polls))
		}
	})
}

func TestPolls_Fails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page  page
		admit error
		kind  string
	}{
		"poll":  {page{err: fault.New(fault.Unavailable, "poll", "down")}, nil, "unavailable"},
		"panic": {page{panics: true}, nil, "internal"},
		"admit": {page{cursor: "1"}, errors.New("disk full"), "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &poller{script: []page{c.page}}
				admitted, metrics := run(t, p, 10*time.Minute, c.admit)
				if len(admitted) != 0 || p.settled != 0 {
					t.Errorf("admitted %v, settled %d", admitted, p.settled)
				}
				if len(p.polls) < 8 || len(p.polls) > 14 { // 1, 2, 4 … seconds up to five minutes
					t.Errorf("polled %d times in ten minutes", len(p.polls))
				}
				if cursors := strings.Join(p.cursors, ""); strings.Trim(cursors, "c0") != "" {
					t.Errorf("cursors %v moved", p.cursors)
				}
				want := "# HELP flowd_poll_failures_total Polls that failed, by kind of fault.\n# TYPE flowd_poll_failures_total counter\n" +
					`flowd_poll_failures_total{kind="` + c.kind + `",source="s"} ` + strconv.Itoa(len(p.polls)) + "\n"
				if err := testutil.GatherAndCompare(metrics, strings.NewReader(want), "flowd_poll_failures_total"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// What the source was not told is told again with the next batch.
func TestPolls_SettleFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &poller{script: []page{{cursor: "1", more: true}}, settle: errors.New("cannot move the file")}
		run(t, p, time.Second/2, nil)
		if len(p.polls) != 1 || p.settled != 1 {
			t.Errorf("%d polls, %d settled", len(p.polls), p.settled)
		}
	})
}

// What a source refuses for good is counted, and the rest is polled on.
func TestPolls_PartRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &poller{script: []page{{cursor: "1", more: true}, {cursor: "2", more: true}, {cursor: "3"}}, settle: fault.New(fault.Invalid, "folder", "2 rows were not taken")}
		admitted, metrics := run(t, p, time.Second, nil)
		if len(admitted) != 3 || p.settled != 3 {
			t.Errorf("admitted %v, settled %d", admitted, p.settled)
		}
		want := "# HELP flowd_poll_failures_total Polls that failed, by kind of fault.\n# TYPE flowd_poll_failures_total counter\n" +
			"flowd_poll_failures_total{kind=\"invalid\",source=\"s\"} 3\n"
		if err := testutil.GatherAndCompare(metrics, strings.NewReader(want), "flowd_poll_failures_total"); err != nil {
			t.Error(err)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	asked := fault.New(fault.RateLimited, "poll", "slow down")
	asked.RetryAfter = 2 * time.Minute
	for name, c := range map[string]struct {
		err      error
		failures int
		low, top time.Duration
	}{
		"first":        {fault.New(fault.Unavailable, "poll", ""), 0, time.Second / 2, time.Second},
		"third":        {fault.New(fault.Unavailable, "poll", ""), 2, 2 * time.Second, 4 * time.Second},
		"ceiling":      {fault.New(fault.Unavailable, "poll", ""), 1000, 150 * time.Second, 5 * time.Minute},
		"key refused":  {fault.New(fault.Unauthorized, "poll", ""), 0, 30 * time.Second, time.Minute},
		"still":        {fault.New(fault.Unauthorized, "poll", ""), 9, 15 * time.Minute, 30 * time.Minute},
		"asked to":     {asked, 0, 2 * time.Minute, 2 * time.Minute},
		"unclassified": {errors.New("x"), 0, time.Second / 2, time.Second},
	} {
		for _, random := range []float64{0, 0.999} {
			got := connectors.Backoff(c.err, c.failures, time.Minute, random)
			if got < c.low || got > c.top {
				t.Errorf("%s: %s, want %s to %s", name, got, c.low, c.top)
			}
		}
	}
}

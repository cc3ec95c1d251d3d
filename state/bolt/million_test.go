package bolt

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"flowd"
	"flowd/state"
)

// BenchmarkOpen opens a file of many histories, each of an application that was
// moved, decided on, invited and settled: after a clean stop, after a kill, and
// after a kill when the list of free pages was not written and the whole file has
// to be looked at. FLOWD_HISTORIES sets how many.
func BenchmarkOpen(b *testing.B) {
	n := 100_000
	if s := os.Getenv("FLOWD_HISTORIES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	clean, killed, unlisted := filepath.Join(dir, "clean.db"), filepath.Join(dir, "killed.db"), filepath.Join(dir, "unlisted.db")
	s, err := Open(clean, Options{}, day)
	if err != nil {
		b.Fatal(err)
	}
	live(b, s, n)
	for from := n; from < n+2000; from += 20 { // what comes day by day
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				b := flowd.Batch{Source: "hook", ATS: "ats", Events: []flowd.Event{history(from+i, day)}}
				if _, err := s.Admit(context.Background(), b, day); err != nil {
					panic(err)
				}
			})
		}
		wg.Wait()
	}
	s.exclusive.Lock()
	copyFile(b, clean, killed) // while it is open, as a kill leaves it
	s.db.NoFreelistSync = true
	if err := s.db.Update(func(*bbolt.Tx) error { return nil }); err != nil {
		b.Fatal(err)
	}
	copyFile(b, clean, unlisted)
	s.exclusive.Unlock()
	free := s.db.Stats().FreePageN
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for _, c := range [][2]string{{"clean", clean}, {"killed", killed}, {"unlisted", unlisted}} {
		name, path := c[0], c[1]
		b.Run(fmt.Sprintf("%s/histories=%d", name, n), func(b *testing.B) {
			var spent time.Duration
			var before, after runtime.MemStats
			for range b.N {
				b.StopTimer()
				victim := filepath.Join(b.TempDir(), "flowd.db")
				copyFile(b, path, victim)
				runtime.GC()
				runtime.ReadMemStats(&before)
				b.StartTimer()
				began := time.Now()
				s, err := Open(victim, Options{}, day)
				if err != nil {
					b.Fatal(err)
				}
				spent += time.Since(began)
				b.StopTimer()
				runtime.GC()
				runtime.ReadMemStats(&after)
				if _, err := s.Counts(context.Background(), day); err != nil {
					b.Fatal(err)
				}
				if err := s.db.Close(); err != nil {
					b.Fatal(err)
				}
				if err := os.Remove(victim); err != nil {
					b.Fatal(err)
				}
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(free), "free-pages")
			b.ReportMetric(float64(info.Size())/(1<<20), "MiB-file")
			b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MiB-heap")
			b.ReportMetric(float64(spent.Milliseconds())/float64(b.N), "ms/open")
		})
	}
}

var day = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// live gives a store n histories, without waiting for the disk.
func live(b *testing.B, s *Store, n int) {
	b.Helper()
	s.db.NoSync = true
	defer func() { s.db.NoSync = false }()
	const batch = 500
	for from := 0; from < n; from += batch {
		now := day.Add(time.Duration(from) * time.Second)
		events := make([]flowd.Event, 0, batch)
		for i := from; i < min(from+batch, n); i++ {
			events = append(events, history(i, now))
		}
		if _, err := s.Admit(b.Context(), flowd.Batch{Source: "hook", ATS: "ats", Events: events}, now); err != nil {
			b.Fatal(err)
		}
		for _, work := range []func(*tx, flowd.Event, time.Time) error{promiseFor, sendNext} {
			var units []*unit
			for _, ev := range events {
				units = append(units, &unit{ctx: b.Context(), run: func(t *tx) error { return work(t, ev, now) }})
			}
			s.exclusive.Lock()
			_, _, err := s.attempt(units)
			s.exclusive.Unlock()
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// history is a move of an application whose ids come in no order.
func history(i int, now time.Time) flowd.Event {
	id := fmt.Sprint(uint32(i) * 0x9e3779b1)
	return flowd.Event{
		Key: fmt.Sprintf("hook\x00%016x\x000", uint64(i)*0x9e3779b97f4a7c15), Type: flowd.StageEntered, At: now, Via: flowd.ViaMove,
		Stage: flowd.Stage{ID: "4521", Name: "Video interview"},
		Application: flowd.Application{
			ID: id, Status: flowd.StatusActive, Source: "LinkedIn", AppliedAt: now,
			Job:       flowd.Job{ID: "98", Name: "Account Executive, Berlin", Department: "Sales", Location: "Berlin", Country: "DE"},
			Candidate: flowd.Candidate{ID: "c" + id, Email: "rowan." + id + "@example.com", FirstName: "Rowan", LastName: "Brook", Country: "DE", Language: "de"},
		},
	}
}

// promiseFor decides an event.
func promiseFor(t *tx, ev flowd.Event, now time.Time) error {
	app := ev.Application
	a := flowd.Action{
		Key: flowd.InviteKey("ats", app.ID, "65afda7ad66b25c281f30a01", 1), Kind: flowd.ActionInvite, Mode: flowd.Live,
		Rule: "sales-video", Event: ev.Key, ATS: "ats", Source: "hook", Application: app.ID, Candidate: app.Candidate.ID,
		Job: app.Job, Stage: ev.Stage, Position: flowd.Position{ID: "65afda7ad66b25c281f30a01", Name: "SDR screening DE"},
		Generation: 1, Claims: []flowd.Claim{flowd.StageClaim("ats", app.ID, ev.Stage.Key())},
	}
	_, err := t.decide(state.Commitment{Event: ev.Key, Decisions: []flowd.Decision{{
		Event: ev.Key, Rule: a.Rule, RuleSet: "1f0c9a6b2d7e4f58", Verdict: flowd.Matched, Actions: []flowd.Action{a},
	}}}, now)
	return err
}

// sendNext leases the next invite and settles it.
func sendNext(t *tx, _ flowd.Event, now time.Time) error {
	leases, err := t.lease(state.LeaseRequest{Now: now, Max: 1, For: time.Minute})
	if err != nil || len(leases) != 1 {
		return fmt.Errorf("leased %d: %w", len(leases), err)
	}
	e, err := t.rowOf(keys, string(leases[0].Action.Key))
	if err != nil {
		return err
	}
	id := fmt.Sprintf("65b0%020x", e.number)
	if err := e.Settle(leases[0], flowd.Outcome{State: flowd.Done, Interview: flowd.Interview{
		ID: id, ExternalID: e.Action.Key.ExternalID(), Status: "pending", CreatedAt: now,
		PublicURL: "https://app.hireflix.com/" + id, ShortURL: "https://hfx.li/" + id[18:],
		PrivateURL: "https://admin.hireflix.com/interviews/" + id,
	}}, nil, now); err != nil {
		return err
	}
	return t.saveRow(e)
}

func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	in, err := os.Open(from)
	if err != nil {
		tb.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		tb.Fatal(err)
	}
	if err := out.Close(); err != nil {
		tb.Fatal(err)
	}
}

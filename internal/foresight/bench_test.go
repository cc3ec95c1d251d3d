//go:build unix

package foresight_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/bolt"
)

const (
	benchEvents = 100_000
	benchRules  = 1000
	benchStages = 50
)

// history is a store of moves that were decided: of three people one was left
// out, and one of those who were invited moved on.
func history(b *testing.B, set *rules.Set) state.Store {
	b.Helper()
	store, err := bolt.Open(filepath.Join(b.TempDir(), "flowd.db"), bolt.Options{}, noon)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	for from := 0; from < benchEvents; from += 1000 {
		var events []flowd.Event
		for i := from; i < from+1000; i++ {
			ev := move(i-i/4, fmt.Sprintf("Job %d", (i-i/4)%benchRules), []string{"referral", "LinkedIn", "Careers page"}[(i-i/4)/3%3])
			ev.Key, ev.Stage.ID, ev.Stage.Name = fmt.Sprint("move ", i), "", fmt.Sprintf("Video %d", (i-i/4)%benchStages)
			if i%4 == 0 && i > 0 { // of the one before
				ev.Stage.Name, ev.At = "Review", noon.Add(1)
			}
			events = append(events, ev)
		}
		if _, err := store.Admit(context.Background(), flowd.Batch{Source: "ats", ATS: "ats", Events: events}, noon); err != nil {
			b.Fatal(err)
		}
		pending, err := store.Undecided(b.Context(), 1000)
		if err != nil {
			b.Fatal(err)
		}
		var deciding sync.WaitGroup
		for _, p := range pending {
			deciding.Go(func() {
				c := state.Commitment{Event: p.Event.Key, Decisions: engine.Decide(set, p.Event, p.Facts, noon)}
				if _, err := store.Commit(context.Background(), c, noon); err != nil {
					b.Error(err)
				}
			})
		}
		deciding.Wait()
	}
	return store
}

// benchText is a thousand rules, twenty to a stage, in so many files.
func benchText(files int, edit func(n int, text string) string) []string {
	out := make([]string, files)
	for i := range benchRules {
		text := fmt.Sprintf("  - id: rule-%d\n    description: one of many\n    stage: Video %d\n"+
			"    tests: [{name: by phone, given: {candidate: {source: referral}}, expect: none}]\n"+
			"    unless:\n      - {when: candidate.source == \"referral\", because: \"by phone\"}\n"+
			"    pairs:\n      - {job: \"Job %d\", position: \"AE screening\"}\n", i, i%benchStages, i)
		out[i%files] += edit(i, text)
	}
	return out
}

// BenchmarkCompare goes through recorded events under two sets of a thousand
// rules: with one of them edited, where each stage has its file and where all
// stand in one, and with every one edited. Beside it stands the least that
// anybody could do, which is to read the events. What counts is the ratio of the
// two within one run, and the time of the processor, which does not depend on who
// else uses the machine.
func BenchmarkCompare(b *testing.B) {
	same := func(_ int, text string) string { return text }
	one := func(n int, text string) string {
		if n == 7 {
			return strings.Replace(text, `== "referral"`, `== "LinkedIn"`, 1)
		}
		return text
	}
	all := func(_ int, text string) string {
		return strings.Replace(text, "    unless:", "    wait: 1h\n    unless:", 1)
	}
	store := history(b, compile(b, benchText(1, same)...))
	rate := func(b *testing.B, since time.Duration) {
		events := benchEvents * float64(b.N)
		b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(float64((spent(b)-since).Microseconds())/events, "cpu-µs/event")
		b.ReportMetric(0, "ns/op")
	}
	b.Run("read", func(b *testing.B) {
		begun := spent(b)
		for b.Loop() {
			seen := 0
			f := state.Filter{Subject: state.Events, Pick: func(state.Told) bool { seen++; return false }}
			if _, err := store.Find(b.Context(), f, state.Page{}); err != nil || seen != benchEvents {
				b.Fatalf("%d events: %v", seen, err)
			}
		}
		rate(b, begun)
	})
	for _, c := range []struct {
		name   string
		files  int
		edit   func(int, string) string
		change web.Change
	}{
		{"edited=one/files=50", 50, one, web.WouldInvite}, {"edited=one/files=1", 1, one, web.WouldInvite},
		{"edited=all/files=1", 1, all, web.WouldBeLater},
	} {
		b.Run(c.name, func(b *testing.B) {
			served, edited := compile(b, benchText(c.files, same)...), compile(b, benchText(c.files, c.edit)...)
			var made web.Plan
			begun := spent(b)
			for b.Loop() {
				made = ask(b, store, served, edited, nil)
			}
			if made.Events != benchEvents || made.Changes[c.change] == 0 {
				b.Fatalf("planned %+v of %d events", made.Changes, made.Events)
			}
			rate(b, begun)
		})
	}
}

// spent is the time of the processor that the process has used.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

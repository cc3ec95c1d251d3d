package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
)

// BenchmarkDecide shows that an event costs the same however long the map is,
// whether its rows name jobs or not.
func BenchmarkDecide(b *testing.B) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, by := range []string{"job", "department"} {
		for _, pairs := range []int{10, 1_000, 10_000} {
			b.Run(fmt.Sprintf("by=%s/pairs=%d", by, pairs), func(b *testing.B) {
				set := compile(b, mapOf(by, pairs))
				name := fmt.Sprintf("%s %d", by, pairs/2)
				app := flowd.Application{
					ID: "app", Status: flowd.StatusActive, Source: "LinkedIn",
					Job:       flowd.Job{ID: "j", Name: name, Department: name},
					Candidate: flowd.Candidate{ID: "c", Email: "rosa.field@example.com", FirstName: "Rosa"},
				}
				ev := flowd.Event{Key: "k", Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: now, Application: app, Stage: flowd.Stage{ID: "s", Name: "Video"}}
				facts := flowd.Facts{Application: app}
				if d := engine.Decide(set, ev, facts, now); len(d) != 1 || d[0].Verdict != flowd.Matched {
					b.Fatalf("decided %+v", d)
				}
				b.ReportAllocs()
				for b.Loop() {
					engine.Decide(set, ev, facts, now)
				}
			})
		}
	}
}

// mapOf is a rule with so many rows that name a job or a department.
func mapOf(by string, pairs int) string {
	var s strings.Builder
	s.WriteString("version: 1\nowner: ops\nrules:\n  - id: video\n    stage: Video\n    unless:\n" +
		"      - {when: candidate.source == \"referral\", because: \"by phone\"}\n    pairs:\n")
	for n := range pairs {
		fmt.Fprintf(&s, "      - {%s: \"%s %d\", position: pos-ae}\n", by, by, n)
	}
	return s.String()
}

package daemon

import (
	"testing"
	"time"
)

// A file that is gone for a moment has not ended its rules, whatever else changes
// in the folder meanwhile.
func TestAbsence(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 6, 18, 0, 0, 0, time.UTC)
	type look struct {
		after   time.Duration
		missing bool
		left    time.Duration
	}
	for name, looks := range map[string][]look{
		"all are there":              {{0, false, 0}, {time.Hour, false, 0}},
		"back in time":               {{0, true, gone}, {gone - 1, true, 1}, {gone, false, 0}, {gone + 1, true, gone}},
		"gone":                       {{0, true, gone}, {gone / 2, true, gone / 2}, {gone, true, 0}},
		"looked at late":             {{0, true, gone}, {10 * gone, true, 0}},
		"gone, refused, and again":   {{0, true, gone}, {gone, true, 0}, {2 * gone, true, gone}, {3 * gone, true, 0}},
		"others change all the time": {{0, true, gone}, {1, true, gone - 1}, {2, true, gone - 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a absence
			for i, l := range looks {
				if got := a.left(l.missing, start.Add(l.after)); got != l.left {
					t.Errorf("look %d: %s are left, want %s", i, got, l.left)
				}
			}
		})
	}
}

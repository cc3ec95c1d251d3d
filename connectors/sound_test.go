package connectors_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
)

func TestSound(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	long := "Rosa" + strings.Repeat("x", 10<<10)
	for says, change := range map[string]func(*flowd.Snapshot){
		"": func(s *flowd.Snapshot) {
			s.Fields = []flowd.Field{{Name: "Essay", Value: long}}
			s.Entered = now.Add(12 * time.Hour)
		},
		"candidate.name of the application 77 has 10244 bytes, and 4096 at most can be taken": func(s *flowd.Snapshot) { s.Candidate.Name = long },
		"stage.name of the application 77":                   func(s *flowd.Snapshot) { s.Stage.Name = long },
		"candidate.tags of the application 77":               func(s *flowd.Snapshot) { s.Candidate.Tags = []string{"a", long, "b"} },
		"the name of a custom field of the application 77":   func(s *flowd.Snapshot) { s.Fields = []flowd.Field{{Name: long}} },
		"fields.Essay of the application 77 has 71708 bytes": func(s *flowd.Snapshot) { s.Fields = []flowd.Field{{Name: "Essay", Value: strings.Repeat(long, 7)}} },
		"fields.List of the application 77": func(s *flowd.Snapshot) {
			s.Fields = []flowd.Field{{Name: "List", Value: []string{strings.Repeat(long, 7)}}}
		},
		"application.applied_at of the application 77 lies": func(s *flowd.Snapshot) { s.AppliedAt = now.AddDate(0, 0, 2) },
		"event.at of the application 77 lies in the future": func(s *flowd.Snapshot) { s.Entered = now.AddDate(10, 0, 0) },
		"the id has 10244 bytes":                            func(s *flowd.Snapshot) { s.ID = long },
		"job.name has":                                      func(s *flowd.Snapshot) { s.ID, s.Job.Name = "rosa@example.com", long },
	} {
		s := flowd.Snapshot{Application: flowd.Application{ID: "77"}}
		change(&s)
		err := connectors.Sound(s, now)
		if (err != nil) != (says != "") || err != nil && !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
		if err != nil && strings.Contains(strings.ToLower(err.Error()), "rosa") {
			t.Errorf("%v quotes what it is about", err)
		}
	}
}

package connectors

import (
	"fmt"
	"strings"
	"time"

	"flowd"
)

const (
	longestText  = 4 << 10        // bytes of what a system itself has
	longestField = 64 << 10       // bytes of a custom field
	clocksApart  = 24 * time.Hour // how far ahead a time may be: clocks differ, and zones are set wrong
)

// Sound tells what a polled application cannot have: a text longer than anybody
// writes, a time still to come. It names the part and the application, and quotes
// nothing.
func Sound(s flowd.Snapshot, now time.Time) error {
	c := s.Candidate
	for _, t := range []struct{ part, text string }{
		{"the id", s.ID}, {"application.source", s.Source}, {"application.url", s.URL}, {"application.recruiter", s.Recruiter}, {"moved_by", s.MovedBy},
		{"candidate.id", c.ID}, {"candidate.email", c.Email}, {"candidate.first_name", c.FirstName}, {"candidate.last_name", c.LastName},
		{"candidate.name", c.Name}, {"candidate.phone", c.Phone},
		{"job.id", s.Job.ID}, {"job.name", s.Job.Name}, {"job.department", s.Job.Department}, {"job.location", s.Job.Location},
		{"stage.id", s.Stage.ID}, {"stage.name", s.Stage.Name}, {"stage.kind", s.Stage.Kind},
		{"application.tags", longest(s.Tags)}, {"candidate.tags", longest(c.Tags)}, {"job.tags", longest(s.Job.Tags)},
	} {
		if len(t.text) > longestText {
			return tooLong(s, t.part, len(t.text), longestText)
		}
	}
	for _, f := range s.Fields {
		text, _ := f.Value.(string)
		if list, ok := f.Value.([]string); ok {
			text = strings.Join(list, "")
		}
		if n := max(len(f.Key), len(f.Name)); n > longestText {
			return tooLong(s, "the name of a custom field", n, longestText)
		}
		if len(text) > longestField {
			return tooLong(s, "fields."+f.Name, len(text), longestField)
		}
	}
	for _, t := range []struct {
		part string
		at   time.Time
	}{{"application.applied_at", s.AppliedAt}, {"event.at", s.Entered}} {
		if t.at.After(now.Add(clocksApart)) {
			return fmt.Errorf("%s%s lies in the future", t.part, of(s))
		}
	}
	return nil
}

func tooLong(s flowd.Snapshot, part string, has, most int) error {
	return fmt.Errorf("%s%s has %d bytes, and %d at most can be taken", part, of(s), has, most)
}

// of names an application where its id can be shown.
func of(s flowd.Snapshot) string {
	if id := keyPart(s.ID); id == s.ID {
		return " of the application " + id
	}
	return ""
}

func longest(texts []string) (most string) {
	for _, t := range texts {
		if len(t) > len(most) {
			most = t
		}
	}
	return most
}

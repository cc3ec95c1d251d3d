package rules

import (
	"time"

	"flowd"
)

// Links are the values of templates that have to be fetched or made. Each is
// called at most once in a rendering, and only where the template names it. A
// nil one is a value that is missing.
type Links struct{ Recording, Admin, Candidate, Transcript func() (string, error) }

// Render fills in a template. A value that is missing is an error that names it;
// no error holds a value.
func (s *Set) Render(template string, ev flowd.Event, facts flowd.Facts, links Links, now time.Time) (string, error) {
	return template, nil
}

// Uses tells whether a template of a rule that is not disabled names the value,
// such as recording_link.
func (s *Set) Uses(value string) bool { return false }

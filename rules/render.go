package rules

import (
	"fmt"
	"strings"
	"time"

	"flowd"
	"flowd/internal/expression"
)

// Links are the values of templates that have to be fetched or made. Each is
// called at most once in a rendering, and only where the template names it. A
// nil one is a value that is missing.
type Links struct{ Recording, Admin, Candidate, Transcript func() (string, error) }

// linkMembers are the values that templates alone have.
var linkMembers = map[string]bool{"recording_link": true, "admin_link": true, "candidate_link": true, "transcript": true}

// Render fills in a template. A value that is missing is an error that names it;
// no error holds a value of a person's.
func (s *Set) Render(template string, ev flowd.Event, facts flowd.Facts, links Links, now time.Time) (string, error) {
	t, ok := s.templates[template]
	if !ok { // of a rule that was changed since
		var err error
		if t, err = s.language.CompileTemplate(template); err != nil {
			return "", err
		}
	}
	w := s.asked(ev, facts, now).witness()
	members := t.Reads().Members
	if err := links.fill(&w.env, members); err != nil {
		return "", err
	}
	for _, m := range members {
		if missing := w.unknown([]string{m}); missing != "" || isBlank(w.env, m) {
			return "", fmt.Errorf("%s has no value", m)
		}
	}
	return t.Render(w.env)
}

// fill gets the links that are named.
func (l Links) fill(env *environment, members []string) error {
	for _, m := range members {
		var get func() (string, error)
		var into *string
		switch m {
		case "recording_link":
			get, into = l.Recording, &env.RecordingLink
		case "admin_link":
			get, into = l.Admin, &env.AdminLink
		case "candidate_link":
			get, into = l.Candidate, &env.CandidateLink
		case "transcript":
			get, into = l.Transcript, &env.Transcript
		default:
			continue
		}
		if get == nil {
			return fmt.Errorf("%s has no value", m)
		}
		value, err := get()
		if err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		*into = value
	}
	return nil
}

// Uses tells whether a template of a rule that is not disabled names the value,
// such as recording_link.
func (s *Set) Uses(value string) bool {
	for _, r := range s.rules {
		if r.Mode == Disabled {
			continue
		}
		for _, st := range r.steps {
			if s.reads(st.Target, value) || s.reads(st.Text, value) {
				return true
			}
		}
	}
	return false
}

func (s *Set) reads(template, member string) bool {
	t, ok := s.templates[template]
	if !ok {
		return false
	}
	for _, m := range t.Reads().Members {
		if m == member {
			return true
		}
	}
	return false
}

// inReaction is the hint for an expression that is wrong: people look for one
// link, and there are three.
func inReaction(e *expression.Error) string {
	if strings.HasPrefix(e.Message, "there is no interview.url") || strings.HasPrefix(e.Message, "there is no interview.link") {
		return "there are three: recording_link for colleagues without a login, admin_link for those with one, candidate_link for the candidate alone"
	}
	return e.Hint
}

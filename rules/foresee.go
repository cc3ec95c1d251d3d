package rules

import (
	"maps"
	"slices"
	"time"

	"flowd"
)

// Fields are the folded names of the custom fields that the set reads: those
// that are kept because of it.
func (s *Set) Fields() []string { return slices.Sorted(maps.Keys(s.fields)) }

// HangsOn names the first of some custom fields that a rule's answer hangs on
// and that the application does not hold, or "". It goes as far as the lines of
// if and unless are asked, and counts a line as a whole: one that reads a
// missing field may come out either way. The names are folded.
func (s *Set) HangsOn(id string, missing []string, ev flowd.Event, facts flowd.Facts, now time.Time) string {
	r, ok := s.Rule(id)
	if !ok || r.Reaction || len(missing) == 0 {
		return ""
	}
	q := s.asked(ev, facts, now)
	held := fields(facts.Application.Fields)
	for i, c := range slices.Concat(r.ifs, r.unless) {
		for _, f := range c.Reads().Fields {
			if name := FoldName(f.Name); slices.Contains(missing, name) && !held.has(name) {
				return name
			}
		}
		holds, err := c.ask(q.witnessFor(r))
		if err != nil || holds != (i < len(r.ifs)) {
			return ""
		}
	}
	return ""
}

// Changed names the rule files that say something else in another set, or are
// not there: the rules of all others answer alike in both, where both were
// compiled for the same sources and bound to the same positions. A table may
// belong to any file: where one differs, all do.
func (s *Set) Changed(other *Set) map[string]bool {
	said := map[string]string{}
	for _, f := range other.files {
		said[f.Name] = string(f.Data)
	}
	out, all := map[string]bool{}, false
	for _, f := range s.files {
		if text, ok := said[f.Name]; !ok || text != string(f.Data) {
			out[f.Name], all = true, all || !f.IsRules()
		}
		delete(said, f.Name)
	}
	for name := range said {
		out[name], all = true, all || !isYAML(name)
	}
	for _, r := range s.rules {
		out[r.File] = out[r.File] || all
	}
	return out
}

// Looks tells whether a rule of one of the files looks at an event.
func (s *Set) Looks(ev flowd.Event, files map[string]bool) bool {
	if ev.Type == flowd.StageEntered {
		for _, i := range s.mapped(ev.Stage) {
			if files[s.rules[i].File] {
				return true
			}
		}
	}
	for _, i := range s.byEvent[ev.Type] {
		if files[s.rules[i].File] {
			return true
		}
	}
	return false
}

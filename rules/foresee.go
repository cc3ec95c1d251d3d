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

// EvaluateActing is Evaluate without the rules that no row leads to and that hold
// nobody because of it: those ask for nothing, and why not is not looked for.
func (s *Set) EvaluateActing(ev flowd.Event, facts flowd.Facts, now time.Time) []Answer {
	q := s.asked(ev, facts, now)
	return s.answers(slices.DeleteFunc(s.looking(q), func(i int) bool {
		r := s.rules[i]
		return !r.Reaction && !r.HoldUnmapped && r.Group == "" && s.win(r, q.values).row < 0
	}), q)
}

// GoesByRule tells whether a reaction that is live or closing acts by which rule it was that invited.
func (s *Set) GoesByRule() bool {
	return slices.ContainsFunc(s.rules, func(r *Rule) bool { return r.Reaction && r.ActsAs() == flowd.Live && len(r.trigger.of) > 0 })
}

// RowInWords is the row of a rule that an event gets, with its place; "" for none.
func (s *Set) RowInWords(id string, ev flowd.Event, facts flowd.Facts) string {
	r, ok := s.Rule(id)
	if !ok || r.Reaction {
		return ""
	}
	won := s.win(r, s.asked(ev, facts, time.Time{}).values)
	if won.row < 0 {
		return ""
	}
	return s.rowInWords(r.rows[won.row])
}

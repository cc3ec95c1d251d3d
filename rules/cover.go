package rules

import (
	"fmt"
	"slices"
	"time"

	"flowd"
	"flowd/internal/expression"
)

// Coverage is what a rule's own tests have seen of it: each leaf of its
// conditions is to come out true once and false once. It holds what the rule
// file says and nobody's data.
type Coverage struct {
	Rule  string `json:"rule"`
	File  string `json:"file"`
	Line  int    `json:"line"`
	Tests int    `json:"tests"`
	// Answers are two for each leaf, and Seen those that a test came to.
	Answers int `json:"answers"`
	Seen    int `json:"seen"`
	// Percent is 0 for a rule without a test, and 100 only where all was seen.
	Percent int      `json:"percent"`
	Missing []Unseen `json:"missing"`
	// Rows are those of the map that no test picks, in words. They do not count in
	// Percent: a table of ten thousand rows needs no ten thousand tests.
	Rows []string `json:"rows"`
}

// Unseen is a leaf that the tests did not see both ways.
type Unseen struct {
	Kind       string `json:"kind"` // if, unless, or the kind of the action whose if it is
	When       string `json:"when"` // the line as written
	Leaf       string `json:"leaf"`
	Line       int    `json:"line"`
	NeverTrue  bool   `json:"never_true"`
	NeverFalse bool   `json:"never_false"`
}

// Cover runs the tests as RunTests does, and tells what they saw of each rule of
// the set; where only some are chosen, of the rules that they belong to.
// Only a rule's own tests count for it: those of a whole file pass through rules
// that they say nothing of.
func Cover(set *Set, decide Decide, o TestOptions) ([]TestResult, []Coverage) {
	sights := map[string]*sight{}
	for _, r := range set.rules {
		sights[r.ID] = newSight(r)
	}
	results := runTests(set, o, func(r *Rule) Decide {
		if r == nil {
			return decide
		}
		s := sights[r.ID]
		s.tests++
		return func(on *Set, ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Decision {
			decided := decide(on, ev, facts, now)
			s.look(on, on.asked(ev, facts, now), decided)
			return decided
		}
	})
	out := []Coverage{}
	for _, r := range set.rules {
		if s := sights[r.ID]; o.Match == nil || s.tests > 0 {
			out = append(out, s.coverage(set, r))
		}
	}
	return results, out
}

// sight is what was seen of a rule.
type sight struct {
	tests int
	rows  []bool // by number: picked
	lines []lineSeen
}

// lineSeen is one line of conditions and what was seen of its leaves.
type lineSeen struct {
	kind string
	condition
	leaves       []string
	holds, fails []bool // by leaf
}

func newSight(r *Rule) *sight {
	s := &sight{rows: make([]bool, len(r.rows))}
	s.add("if", r.ifs)
	s.add("unless", r.unless)
	for _, st := range r.steps {
		s.add(string(st.Kind), st.ifs)
	}
	return s
}

func (s *sight) add(kind string, list []condition) {
	for _, c := range list {
		leaves := c.Leaves()
		s.lines = append(s.lines, lineSeen{kind, c, leaves, make([]bool, len(leaves)), make([]bool, len(leaves))})
	}
}

// look notes what an event comes to in the rule, as far as its conditions are
// asked: what is not reached decides nothing.
func (s *sight) look(set *Set, q *question, decided []flowd.Decision) {
	if !slices.Contains(set.looking(q), 0) {
		return
	}
	r := set.rules[0]
	if r.Reaction {
		if _, early := r.early(q); early {
			return
		}
	} else if won := set.win(r, q.values); won.row >= 0 {
		s.rows[won.row] = true
	}
	lines := s.lines
	conditions := len(r.ifs) + len(r.unless)
	w := q.witnessFor(r)
	if !walk(lines[:len(r.ifs)], w, false) || !walk(lines[len(r.ifs):conditions], w, true) {
		return
	}
	asked := make([]bool, len(r.steps))
	for _, d := range decided {
		for _, a := range d.Actions {
			if n := r.stepOf(a); n >= 0 {
				asked[n] = true
			}
		}
	}
	lines = lines[conditions:]
	for n, st := range r.steps {
		if asked[n] {
			walk(lines[:len(st.ifs)], q.latest(), false)
		}
		lines = lines[len(st.ifs):]
	}
}

// walk asks lines in their order until one decides; on tells that none did.
func walk(lines []lineSeen, w *witness, decides bool) (on bool) {
	decided := false
	for _, l := range lines {
		explained := l.explain(l.kind, w, &decided, decides)
		if explained.Tree != nil {
			l.note(explained.Tree.Leaves())
		}
		if decided {
			return false
		}
	}
	return true
}

func (l lineSeen) note(leaves []expression.Step) {
	for i, leaf := range leaves {
		if leaf.Reached && leaf.Problem == "" && i < len(l.leaves) {
			l.holds[i] = l.holds[i] || leaf.Value
			l.fails[i] = l.fails[i] || !leaf.Value
		}
	}
}

func (s *sight) coverage(set *Set, r *Rule) Coverage {
	out := Coverage{Rule: r.ID, File: r.File, Line: r.Line, Tests: s.tests, Missing: []Unseen{}, Rows: []string{}}
	for _, l := range s.lines {
		for i, leaf := range l.leaves {
			out.Answers += 2
			for _, seen := range []bool{l.holds[i], l.fails[i]} {
				if seen {
					out.Seen++
				}
			}
			if !l.holds[i] || !l.fails[i] {
				out.Missing = append(out.Missing, Unseen{Kind: l.kind, When: l.String(), Leaf: leaf, Line: l.place.line,
					NeverTrue: !l.holds[i], NeverFalse: !l.fails[i]})
			}
		}
	}
	switch {
	case s.tests == 0:
	case out.Answers == 0:
		out.Percent = 100
	default:
		out.Percent = 100 * out.Seen / out.Answers
	}
	for i, picked := range s.rows {
		if row := r.rows[i]; !picked {
			out.Rows = append(out.Rows, fmt.Sprintf("%s: %s → %s", row.place, row.fits(), set.positionOf(row)))
		}
	}
	return out
}

// String is the leaf in words, as a line of a report.
func (u Unseen) String() string {
	never := "never true"
	switch {
	case u.NeverTrue && u.NeverFalse:
		never = "never asked"
	case u.NeverFalse:
		never = "never false"
	}
	if u.Leaf == u.When {
		return fmt.Sprintf("%s %s (line %d): %s", u.Kind, u.When, u.Line, never)
	}
	return fmt.Sprintf("%s %s (line %d): %s is %s", u.Kind, u.When, u.Line, u.Leaf, never)
}

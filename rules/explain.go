package rules

import (
	"fmt"
	"strings"
	"time"

	"flowd"
	"flowd/internal/expression"
)

// Explanation is how one rule came to its answer. It holds the values that
// conditions read, which are people's data: for those who may see them, and
// never for a log.
type Explanation struct {
	Rule     string        `json:"rule"`
	Place    string        `json:"place"` // file:line
	Verdict  flowd.Verdict `json:"verdict"`
	Reason   flowd.Reason  `json:"reason,omitempty"`
	Why      string        `json:"why,omitempty"`
	Position string        `json:"position,omitempty"`
	// Row is the row that won, in words, and how.
	Row        string          `json:"row,omitempty"`
	Won        string          `json:"won,omitempty"`
	Conditions []ExplainedLine `json:"conditions,omitempty"`
	// Near is the one change that would have turned a condition and made the rule fit,
	// in words and without anybody's values.
	Near string `json:"near,omitempty"`
	// Due is when a rule that waits for a time is decided again, and Steps are what
	// a matched reaction asks for, in words.
	Due time.Time `json:"due,omitzero"`
	// NotBefore is when what matched may be done at the earliest; zero where it is
	// done at once. Deferred is why then, or why when it is Due.
	NotBefore time.Time `json:"not_before,omitzero"`
	Deferred  string    `json:"deferred,omitempty"`
	Steps     []string  `json:"steps,omitempty"`
}

// ExplainedLine is one line of if or unless.
type ExplainedLine struct {
	Kind    string `json:"kind"` // if or unless
	When    string `json:"when"`
	Because string `json:"because,omitempty"`
	Place   string `json:"place"`
	// Problem is why the line has no answer; the tree is empty where nothing of
	// it could be evaluated.
	Problem string           `json:"problem,omitempty"`
	Reached bool             `json:"reached"` // whether the lines before left it open
	Tree    *expression.Step `json:"tree,omitempty"`
}

// Explain answers for one rule as Evaluate does and shows how. It is false for a
// rule that the set does not have.
func (s *Set) Explain(id string, ev flowd.Event, facts flowd.Facts, now time.Time) (Explanation, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Explanation{}, false
	}
	return s.explain(i, s.asked(ev, facts, now)), true
}

// ExplainRule is Explain of what EvaluateRule answers.
func (s *Set) ExplainRule(id string, ev flowd.Event, facts flowd.Facts, now time.Time) (Explanation, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Explanation{}, false
	}
	q := s.asked(ev, facts, now)
	q.owed = s.rules[i]
	return s.explain(i, q), true
}

func (s *Set) explain(i int, q *question) Explanation {
	a, r := s.alone(i, q), s.rules[i]
	out := Explanation{Rule: r.ID, Place: r.place.String(), Verdict: a.Verdict, Reason: a.Reason, Why: a.Because}
	if out.Why == "" {
		out.Why = a.Reason.InWords()
	}
	if a.Verdict == flowd.Matched {
		out.NotBefore, out.Deferred = a.NotBefore, a.Deferred
		out.Position = a.Position.Name
		if out.Position == "" {
			out.Position = a.Position.ID
		}
	}
	if a.Reason == flowd.ReasonDisabled || a.Reason == flowd.ReasonClosing || a.Reason == flowd.ReasonNoRule {
		return out
	}
	decided := false
	if r.Reaction {
		out.Due = a.At
		_, decided = r.early(q)
		for _, st := range a.Steps {
			out.Steps = append(out.Steps, r.steps[st.Index].inWords())
		}
	} else {
		out.Row, out.Won = s.explainRow(r, q.values)
	}
	w := q.witnessFor(r)
	for _, c := range r.ifs {
		out.Conditions = append(out.Conditions, c.explain("if", w, &decided, false))
	}
	for _, c := range r.unless {
		out.Conditions = append(out.Conditions, c.explain("unless", w, &decided, true))
	}
	against := out.against()
	switch {
	case !r.Reaction && out.Row == "" && len(against) == 0:
		out.Won += r.nearMiss(q)
	case (r.Reaction || out.Row != "") && len(against) == 1 && (a.Reason == flowd.ReasonCondition || a.Reason == flowd.ReasonUnless):
		out.Near = against[0].turning()
	}
	return out
}

// explain shows a line; decides is the answer of the line that ends the search.
func (c condition) explain(kind string, w *witness, decided *bool, decides bool) ExplainedLine {
	line := ExplainedLine{Kind: kind, When: c.String(), Because: c.because, Place: c.place.String(), Reached: !*decided}
	if err := c.askable(w); err != nil {
		line.Problem = err.Error()
		*decided = true // an error ends the search too
		return line
	}
	tree := c.Explain(w.env)
	if *decided {
		tree = unreached(tree)
	}
	line.Tree, line.Problem = &tree, tree.Problem
	if tree.Problem != "" || tree.Value == decides {
		*decided = true
	}
	return line
}

// unreached marks a tree of a line that the evaluation did not come to.
func unreached(s expression.Step) expression.Step {
	s.Reached = false
	for i := range s.Steps {
		s.Steps[i] = unreached(s.Steps[i])
	}
	return s
}

// maxRivals is how many of the rows that lost are shown.
const maxRivals = 3

// explainRow is the row that won and how it did.
func (s *Set) explainRow(r *Rule, v values) (row, won string) {
	w := s.win(r, v)
	if w.row < 0 {
		return "", "no row fits"
	}
	best := r.rows[w.row]
	row = s.rowInWords(best)
	var lost []string
	more := 0
	r.index.find(v, func(i int, named columnSet) bool {
		switch {
		case i == w.row:
		case len(lost) == maxRivals:
			more++
		default:
			lost = append(lost, fmt.Sprintf("%s %s", r.rows[i].place, over(best.named, named)))
		}
		return true
	})
	if len(lost) == 0 {
		return row, "no other row fits"
	}
	won = "it beats " + strings.Join(lost, ", ")
	if more > 0 {
		won += fmt.Sprintf(" and %d more", more)
	}
	return row, won
}

func (s *Set) rowInWords(r row) string {
	return fmt.Sprintf("%s: %s → %s", r.place, r.fits(), s.positionOf(r))
}

// over is why one set of columns beats another.
func over(winner, loser columnSet) string {
	switch {
	case winner.rank() == loser.rank():
		return "(which fits as closely)"
	case winner.has(colJob) && !loser.has(colJob):
		return "(which does not name the job)"
	case loser == 0:
		return "(which names nothing)"
	}
	return fmt.Sprintf("(which names only %s)", loser)
}

// Lines is the explanation for a terminal.
func (e Explanation) Lines() []string {
	head := fmt.Sprintf("%s (%s): %s", e.Rule, e.Place, e.Verdict)
	if e.Position != "" {
		head += fmt.Sprintf(", to %q", e.Position)
	}
	if e.Why != "" {
		head += ": " + e.Why
	}
	out := []string{head}
	switch {
	case e.Row != "":
		out = append(out, "  row "+e.Row, "    "+e.Won)
	case e.Won != "":
		out = append(out, "  "+e.Won)
	}
	if !e.Due.IsZero() {
		out = append(out, "  waits until "+e.Due.Format(time.RFC3339)+": "+e.Deferred)
	}
	for _, c := range e.Conditions {
		out = append(out, c.lines()...)
	}
	if e.Near != "" {
		out = append(out, "  one change would make it fit: "+e.Near)
	}
	if !e.NotBefore.IsZero() {
		out = append(out, "  not before "+e.NotBefore.Format(time.RFC3339)+": "+e.Deferred)
	}
	for _, step := range e.Steps {
		out = append(out, "  then "+step)
	}
	return out
}

func (l ExplainedLine) lines() []string {
	head := "  " + l.Kind + " " + l.When
	if l.Because != "" {
		head += " (" + l.Because + ")"
	}
	if l.Tree == nil {
		answer := "error: " + l.Problem
		if !l.Reached {
			answer = "not reached; would be " + answer
		}
		return []string{head, "    " + answer}
	}
	out := []string{head}
	for _, line := range strings.Split(strings.TrimRight(l.Tree.String(), "\n"), "\n") {
		out = append(out, "    "+line)
	}
	return out
}

package rules

import (
	"fmt"
	"slices"
	"time"

	"flowd"
)

// Evaluate answers an event: one answer for each rule that looks at the stage
// entered, in file order. An error in one rule does not touch the others. It
// costs the same whatever the number of rows.
func (s *Set) Evaluate(ev flowd.Event, facts flowd.Facts, now time.Time) []Answer {
	return s.answers(s.looking(ev), s.asked(ev, facts, now))
}

// EvaluateRule answers for one rule, beside the others of its group. It is
// false for a rule that the set does not have.
func (s *Set) EvaluateRule(id string, ev flowd.Event, facts flowd.Facts, now time.Time) (Answer, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Answer{}, false
	}
	return s.alone(i, s.asked(ev, facts, now)), true
}

func (s *Set) alone(i int, q *question) Answer {
	looking := s.looking(q.ev)
	if !slices.Contains(looking, i) {
		return Answer{Rule: s.rules[i], Verdict: flowd.Unmatched, Reason: flowd.ReasonNoRule, Because: "the rule is not for this stage"}
	}
	r := s.rules[i]
	beside := []int{i}
	if r.Group != "" {
		beside = slices.DeleteFunc(slices.Clone(looking), func(j int) bool {
			return s.rules[j].Group != r.Group || s.rules[j].File != r.File
		})
	}
	answers := s.answers(beside, q)
	return answers[slices.Index(beside, i)]
}

// question is one event as all rules are asked about it.
type question struct {
	ev     flowd.Event
	facts  flowd.Facts
	now    time.Time
	values values
	set    *Set
	made   *witness
}

func (s *Set) asked(ev flowd.Event, facts flowd.Facts, now time.Time) *question {
	app := facts.Application
	return &question{ev: ev, facts: facts, now: now, set: s, values: valuesOf(ev.Source, app.Job, ev.Stage, app.Candidate)}
}

// witness is made for the first condition that asks; many rules have none.
func (q *question) witness() *witness {
	if q.made == nil {
		q.made = &witness{env: newEnvironment(q.ev, q.facts, q.now), supplies: q.set.supplies(q.ev.Source), app: q.facts.Application}
	}
	return q.made
}

// looking are the numbers of the rules that look at the stage entered.
func (s *Set) looking(ev flowd.Event) []int {
	if ev.Type != flowd.StageEntered {
		return nil
	}
	found := slices.Clone(s.anyStage)
	for _, stage := range folded(ev.Stage.ID, ev.Stage.Name) {
		found = append(found, s.byStage[stage]...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (s *Set) answers(rules []int, q *question) []Answer {
	out := make([]Answer, 0, len(rules))
	grouped := false
	for _, i := range rules {
		out = append(out, s.answer(s.rules[i], q))
		grouped = grouped || s.rules[i].Group != ""
	}
	if grouped {
		applyGroups(out)
	}
	return out
}

func (s *Set) answer(r *Rule, q *question) Answer {
	if r.Mode == Disabled {
		return Answer{Rule: r, Verdict: flowd.Unmatched, Reason: flowd.ReasonDisabled, Because: r.Reason}
	}
	won := s.win(r, q.values)
	a := r.ask(q)
	switch {
	case won.row < 0 && (a.Verdict == flowd.Matched || a.Verdict == flowd.Failed):
		// A condition's error says nothing of a person whom no row fits.
		return Answer{Rule: r, Verdict: flowd.Unmatched, Reason: flowd.ReasonUnmapped}
	case won.row < 0:
		return a
	}
	a.Row = r.rows[won.row].place.String()
	if a.Verdict != flowd.Matched {
		return a
	}
	if won.against >= 0 {
		a.Verdict, a.Reason = flowd.Failed, flowd.ReasonError
		a.Because = fmt.Sprintf("two rows fit equally well and name different positions: %s and %s", a.Row, r.rows[won.against].place)
		return a
	}
	a.Position = s.positions[r.rows[won.row].position]
	return a
}

// ask puts the conditions, in their order, until one decides.
func (r *Rule) ask(q *question) Answer {
	a := Answer{Rule: r, Verdict: flowd.Matched}
	for _, c := range r.ifs {
		holds, err := c.ask(q.witness())
		if err != nil {
			return Answer{Rule: r, Verdict: flowd.Failed, Reason: flowd.ReasonError, Because: err.Error()}
		}
		if !holds {
			return Answer{Rule: r, Verdict: flowd.Unmatched, Reason: flowd.ReasonCondition, Because: c.reason()}
		}
	}
	for _, c := range r.unless {
		holds, err := c.ask(q.witness())
		if err != nil {
			return Answer{Rule: r, Verdict: flowd.Failed, Reason: flowd.ReasonError, Because: err.Error()}
		}
		if holds {
			return Answer{Rule: r, Verdict: flowd.Skipped, Reason: flowd.ReasonUnless, Because: c.reason()}
		}
	}
	return a
}

// winner is the row of a rule that an event gets: -1 for none. against is one
// that fits as closely and names another position, which the check of the files
// cannot see where a job is named by its id in one and its name in the other.
type winner struct{ row, against int }

func (s *Set) win(r *Rule, v values) winner {
	won := winner{-1, -1}
	rank := 0
	r.index.find(v, func(row int, named columnSet) bool {
		switch {
		case won.row < 0:
			won.row, rank = row, named.rank()
		case named.rank() < rank:
			return false
		case s.names(r, row) != s.names(r, won.row):
			won.against = row
		}
		return true
	})
	return won
}

// names is the position of a row: what is written, or the id where a name and an
// id turned out to be one position.
func (s *Set) names(r *Rule, row int) string {
	p := s.positions[r.rows[row].position]
	if p.ID != "" {
		return p.ID
	}
	return "\x00" + FoldName(p.Name)
}

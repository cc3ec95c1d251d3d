package rules

import (
	"fmt"
	"slices"
	"time"

	"flowd"
)

// Evaluate answers an event: one answer for each rule that looks at the stage
// entered, or whose trigger the event sets off, in file order. An error in one
// rule does not touch the others. It costs the same whatever the number of rows.
func (s *Set) Evaluate(ev flowd.Event, facts flowd.Facts, now time.Time) []Answer {
	q := s.asked(ev, facts, now)
	return s.answers(s.looking(q), q)
}

// EvaluateRule answers for one rule, beside the others of its group, about what it
// promised before: a closing rule answers as a live one. It is false for a rule that
// the set does not have.
func (s *Set) EvaluateRule(id string, ev flowd.Event, facts flowd.Facts, now time.Time) (Answer, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Answer{}, false
	}
	q := s.asked(ev, facts, now)
	q.owed = s.rules[i]
	return s.alone(i, q), true
}

func (s *Set) alone(i int, q *question) Answer {
	looking, r := s.looking(q), s.rules[i]
	if !slices.Contains(looking, i) {
		because := "the rule is not for this stage"
		if r.Reaction {
			because = "the rule is not for this event"
		}
		return Answer{Rule: r, Verdict: flowd.Unmatched, Reason: flowd.ReasonNoRule, Because: because}
	}
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
	// ordered asks the rules that invite alone, as if the stage were entered now.
	ordered bool
	owed    *Rule       // which is asked about what it promised before
	made    [2]*witness // of the interview as the event tells it, and as it is known now
}

func (s *Set) asked(ev flowd.Event, facts flowd.Facts, now time.Time) *question {
	app, ordered := facts.Application, ev.Type == flowd.StageOrdered
	if ordered {
		ev.Type = flowd.StageEntered
	}
	stage, _ := stagesOf(ev, facts)
	return &question{ordered: ordered, ev: ev, facts: facts, now: now, set: s, values: valuesOf(ev.Source, app.Job, stage, app.Candidate)}
}

// witness is made for the first condition that asks; many rules have none.
func (q *question) witness() *witness { return q.witnessOf(0) }

// latest is a witness of the interview as it is known now, for what is asked
// later than the event.
func (q *question) latest() *witness { return q.witnessOf(1) }

func (q *question) witnessOf(n int) *witness {
	if q.made[n] == nil {
		w := &witness{env: newEnvironment(q.ev, q.facts, q.now), supplies: q.set.supplies(q.ev), app: q.facts.Application}
		w.env.Interview = interviewValuesOf(q.ev, q.facts, n == 1)
		q.made[n] = w
	}
	return q.made[n]
}

// looking are the numbers of the rules that look at the stage entered, and of
// the reactions that the event sets off.
func (s *Set) looking(q *question) []int {
	var found []int
	if q.ev.Type == flowd.StageEntered {
		found = s.mapped(q.ev.Stage)
	}
	reactions := s.byEvent[q.ev.Type]
	if len(reactions) == 0 || q.ordered {
		return found
	}
	for _, i := range reactions {
		if s.sets(s.rules[i].trigger, q) {
			found = append(found, i)
		}
	}
	slices.Sort(found)
	return found
}

// mapped are the numbers of the invite rules that look at a stage.
func (s *Set) mapped(stage flowd.Stage) []int {
	found := slices.Clone(s.anyStage)
	for _, name := range folded(stage.ID, stage.Name) {
		found = append(found, s.byStage[name]...)
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
	if r.Reaction {
		return s.react(r, q)
	}
	if a, off := r.off(q); off {
		return a
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
	a.Position, a.Silent = s.positions[r.rows[won.row].position], r.silent
	a.putOff(q)
	return a
}

// off is the answer of a rule whose mode lets it say no more.
func (r *Rule) off(q *question) (a Answer, off bool) {
	a = Answer{Rule: r, Verdict: flowd.Unmatched, Because: r.Reason}
	switch {
	case r.Mode == Disabled:
		a.Reason = flowd.ReasonDisabled
	case r.Mode == Closing && q.owed != r:
		a.Reason = flowd.ReasonClosing
	default:
		return Answer{}, false
	}
	return a, true
}

// witnessFor is what a rule's conditions are asked about: when a timer's time has
// come, the interview as it is by then.
func (q *question) witnessFor(r *Rule) *witness {
	if r.Reaction && r.trigger.timer.waits() {
		return q.latest()
	}
	return q.witness()
}

// ask puts the conditions, in their order, until one decides.
func (r *Rule) ask(q *question) Answer {
	a := Answer{Rule: r, Verdict: flowd.Matched}
	for _, c := range r.ifs {
		holds, err := c.ask(q.witnessFor(r))
		if err != nil {
			return Answer{Rule: r, Verdict: flowd.Failed, Reason: flowd.ReasonError, Because: err.Error()}
		}
		if !holds {
			return Answer{Rule: r, Verdict: flowd.Unmatched, Reason: flowd.ReasonCondition, Because: c.reason()}
		}
	}
	for _, c := range r.unless {
		holds, err := c.ask(q.witnessFor(r))
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
		case s.key(r.rows[row].position) != s.key(r.rows[won.row].position):
			won.against = row
		}
		return true
	})
	return won
}

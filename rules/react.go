package rules

import (
	"flowd"
)

// react is a reaction's answer to an event that set it off.
func (s *Set) react(r *Rule, q *question) Answer {
	if a, decided := r.early(q); decided {
		return a
	}
	a := r.ask(q)
	if a.Verdict == flowd.Matched {
		a.Steps = make([]Step, len(r.steps))
		for i := range r.steps {
			a.Steps[i] = r.steps[i].Step
			// A yes to the whole of it is a person's decision.
			a.Steps[i].Adverse = !r.AsksEachTime() && s.adverse(r.steps[i], q.ev, q.facts)
		}
		a.putOff(q)
	}
	return a
}

// early is the answer where the conditions need not be asked: of a rule that its mode
// keeps from it, and of a timer before its time, or when nothing is left to do.
func (r *Rule) early(q *question) (a Answer, decided bool) {
	if a, off := r.off(q); off {
		return a, true
	}
	wait := r.trigger.timer
	if !wait.waits() {
		return Answer{}, false
	}
	if at := wait.due(q.ev, q.facts.Application); q.now.Before(at) {
		return Answer{Rule: r, Verdict: flowd.Matched, At: at, Deferral: flowd.ReasonTimer, Deferred: r.trigger.waiting()}, true
	}
	if why := wait.over(q.ev, q.facts); why != "" {
		return Answer{Rule: r, Verdict: flowd.Skipped, Reason: why}, true
	}
	return Answer{}, false
}

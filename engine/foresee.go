package engine

import (
	"time"

	"flowd"
	"flowd/rules"
)

// DecideActing is Decide as far as it asks for something: for many events, where
// nobody reads why a rule does not.
func DecideActing(set *rules.Set, ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Decision {
	return decide(set, ev, facts, set.EvaluateActing(ev, facts, now))
}

// Marked are the facts with what the configuration says of the ATS's marks: as
// they are before every decision.
func (a Alternative) Marked(facts flowd.Facts) flowd.Facts {
	facts.Application = a.mark(facts.Application)
	return facts
}

// Marked is Alternative.Marked as the engine is tuned.
func (e *Engine) Marked(facts flowd.Facts) flowd.Facts { return e.marked(facts) }

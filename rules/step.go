package rules

import (
	"time"

	"flowd"
)

// Step is one action of a reaction.
type Step struct {
	Kind flowd.ActionKind
	// Target and Text are templates, as flowd.Action has them. The target of a
	// message is a channel's name, or one value in ${…} that gives an address.
	Target, Text string
	Days         int  // how long a shared link lives
	Personal     bool // a message may name the person
	Index        int  // its place in the rule, from 0
	// Adverse tells that it ends somebody's application, or may: a discard, or a
	// move to a stage whose kind says so or is unknown, on an event that records no
	// person's decision.
	Adverse bool
}

// StepFits answers the step's own if, with what is known now; true where it has
// none. because is the line that did not hold, as people read it. An error is no
// answer. A rule or step that the set does not have does not fit.
func (s *Set) StepFits(rule string, step int, ev flowd.Event, facts flowd.Facts, now time.Time) (fits bool, because string, err error) {
	return true, "", nil
}

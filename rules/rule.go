package rules

import (
	"time"

	"flowd"
)

// Modes of a rule beside flowd.Live and flowd.Shadow. One that is disabled answers
// nothing, and what it promised ends. One that is closing takes nobody new, and what
// it promised goes on as under a live one.
const (
	Disabled flowd.Mode = "disabled"
	Closing  flowd.Mode = "closing"
)

// Rule is one rule of a set. It is read-only.
type Rule struct {
	ID          string // stable: history and metrics hang on it
	Description string
	Owner       string // who is told when it fails
	File        string
	Line        int
	Mode        flowd.Mode // Live, Shadow, Closing or Disabled
	Reason      string     // why the mode is not live
	ReviewOn    time.Time  // the day to remind the owner of the mode; zero when none
	// Of the rules of one group in one file, at most one acts on an event.
	Group     string
	Otherwise bool // acts only where no other rule of the group does
	// HoldUnmapped holds a person in the rule's stage whom no row fits.
	HoldUnmapped bool
	// OncePerCandidate invites a person once over all their applications.
	OncePerCandidate bool
	// Reaction tells a rule with a trigger and actions from one that invites.
	Reaction bool
	// OncePerInterview lets each step of a reaction happen once for an interview;
	// else once for an event.
	OncePerInterview bool
	// Wait is how long after its event an action is put off, so that leaving the
	// stage within it cancels an invite.
	Wait time.Duration
	Holds
	// Approvers are the owners who are asked for a yes; the rule's own where there
	// are none.
	Approvers []string
	// SelfApproval lets those say yes who moved the people themselves.
	SelfApproval bool
	// Digest changes when what the rule does changes: its description, notes and
	// tests do not count.
	Digest string

	promise string // the digest as if it were live where it is closing

	place  place
	named  place    // where its stage is, or else the rule
	stages []string // as written at the rule; none where the rows name them
	rows   []row
	index  index
	ifs    []condition
	unless []condition
	silent bool // mail: none

	window   *window  // nil is always
	trigger  *trigger // of a reaction
	steps    []step
	followed []*Rule // the invite rules that the trigger names

	tests []test
}

// ActsAs is the mode of what it asks for: all that a closing rule still asks for, it
// promised while it was live.
func (r *Rule) ActsAs() flowd.Mode {
	if r.Mode == Closing {
		return flowd.Live
	}
	return r.Mode
}

// TakesNew tells whether it may act on what comes from now on.
func (r *Rule) TakesNew() bool { return r.Mode != Disabled && r.Mode != Closing }

// Keeps tells whether what the rule promised as it was before is what it promises
// now, so that nothing of it is to be planned anew.
func (r *Rule) Keeps(was *Rule) bool { return r.promise == was.promise }

// place is a spot in a file; column may be 0.
type place struct {
	file         string
	line, column int
}

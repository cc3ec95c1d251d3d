package rules

import (
	"time"

	"flowd"
)

// Answer is what one rule says to one event. A set gives one for each rule that
// looks at the event, in file order.
type Answer struct {
	Rule    *Rule
	Verdict flowd.Verdict
	Reason  flowd.Reason
	// Because is the reason in the author's words, or the text of the condition
	// that decided; for a failed verdict, what could not be evaluated.
	Because string
	// Position is where a matched answer invites to. Its ID is empty while the
	// row names a position that no catalogue resolved.
	Position flowd.Position
	// Row is the place of the row that won, as file:line, for explanations.
	Row string
	// Silent invites without Hireflix's e-mail (mail: none).
	Silent bool
	// Steps are what a matched reaction asks for, in order.
	Steps []Step
	// At is, of a timer that matched, when the event is to be decided again; zero
	// once its time has come.
	At time.Time
	// NotBefore is, of a matched answer, when it may be done at the earliest: behind
	// the rule's wait, when its window is open. It is zero for at once. Deferral is
	// which of the two puts it off, or that a timer waits for its time, and Deferred
	// says it in words.
	NotBefore time.Time
	Deferral  flowd.Reason
	Deferred  string
}

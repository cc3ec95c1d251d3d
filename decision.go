package flowd

// Verdict is one rule's answer to one event.
type Verdict string

// A failed verdict is an evaluation error: the rule could not be answered, and
// a person is neither invited nor left out because of it.
const (
	Matched   Verdict = "matched"
	Unmatched Verdict = "unmatched"
	Skipped   Verdict = "skipped"
	Failed    Verdict = "failed"
)

// Decision is one rule's answer to one event, and what it asks for. An event
// that no rule looks at has one decision with an empty Rule.
type Decision struct {
	Event   string // key
	Rule    string // rule id
	RuleSet string // digest of the set that answered
	Verdict Verdict
	Reason  Reason
	// Because is the reason in the rule author's own words, or the text of the
	// condition that decided. It holds no personal data: rules cannot.
	Because string
	Actions []Action
}

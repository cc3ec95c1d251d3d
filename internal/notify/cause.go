package notify

import "fmt"

// Kind is why people are told: one of a closed list, so that the words are the
// same everywhere.
type Kind string

// The kinds of causes.
const (
	KindPaused    Kind = "paused"    // somebody or flowd stopped everything, or one rule
	KindQuota     Kind = "quota"     // Hireflix accepts no more invites in this period
	KindKey       Kind = "key"       // a key is refused: Hireflix's, or a source's
	KindSilent    Kind = "silent"    // a source brings nothing, longer than it should
	KindPosition  Kind = "position"  // archived, not ready or not found
	KindMailless  Kind = "mailless"  // invited people got no mail: the position's Messages box
	KindHeld      Kind = "held"      // people of a rule wait for a person
	KindFailed    Kind = "failed"    // actions of a rule were given up
	KindRules     Kind = "rules"     // a changed rule file is not served
	KindUnread    Kind = "unread"    // deliveries that could not be understood
	KindUntied    Kind = "untied"    // interviews that belong to no application for sure
	KindUnwritten Kind = "unwritten" // an ATS takes no write-backs
	KindStore     Kind = "store"     // the state cannot be written
	KindApproval  Kind = "approval"  // what a rule holds together wants a person's yes
	KindReview    Kind = "review"    // the day to look at a rule's mode again
	KindQuiet     Kind = "quiet"     // people come to a rule's stages and nothing comes of it
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{KindPaused, KindQuota, KindKey, KindSilent, KindPosition, KindMailless, KindHeld, KindFailed,
		KindRules, KindUnread, KindUntied, KindUnwritten, KindStore, KindApproval, KindReview, KindQuiet}
}

// Cause is what a notice is about: two notices of one cause are one.
type Cause struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject,omitempty"` // an id: of a position, rule or source; never of a person
	Owner   string `json:"owner"`             // who is told
}

// title is the cause as a heading. Name is what people call the subject.
func (c Cause) title(name string) string {
	if name == "" {
		name = c.Subject
	}
	of := func(words, without string) string {
		if name == "" {
			return without
		}
		return fmt.Sprintf(words, name)
	}
	switch c.Kind {
	case KindPaused:
		return of("%s is paused", "everything is paused")
	case KindQuota:
		return "Hireflix accepts no more invites in this period"
	case KindKey:
		return of("%s refuses the key", "Hireflix refuses the key")
	case KindSilent:
		return of("nothing arrives from %s", "nothing arrives")
	case KindPosition:
		return of("the position %s accepts no invites", "a position accepts no invites")
	case KindMailless:
		return of("the position %s sends no invitations by e-mail", "a position sends no invitations by e-mail")
	case KindHeld:
		return of("people of %s are held", "people are held")
	case KindFailed:
		return of("%s has failed for somebody", "something has failed for somebody")
	case KindRules:
		return of("the changed %s is not served", "changed rules are not served")
	case KindUnread:
		return of("deliveries from %s cannot be read", "deliveries cannot be read")
	case KindUntied:
		return "no one application fits some interviews"
	case KindUnwritten:
		return of("%s takes no write-backs", "write-backs are not taken")
	case KindStore:
		return "flowd cannot write its state"
	case KindApproval:
		return of("%s wants a person's yes", "a person's yes is wanted")
	case KindReview:
		return of("%s is to be looked at again", "a rule is to be looked at again")
	case KindQuiet:
		return of("%s invites too few", "a rule invites too few")
	}
	return of(string(c.Kind)+": %s", string(c.Kind))
}

package flowd

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
)

// IdempotencyKey identifies what an action does, whoever asks for it and how
// often: its parts joined by NUL, the kind first. It is derived from ids alone,
// stored before the call and given to Hireflix as external id.
type IdempotencyKey string

// InviteKey is the key of an invite of one application to one position. Only a
// person's order to invite again raises the generation.
func InviteKey(ats, application, position string, generation int) IdempotencyKey {
	return join("invite", ats, application, position, strconv.Itoa(generation))
}

// DecideKey is the key of a decision that waits: one for each event and rule.
func DecideKey(event, rule string) IdempotencyKey { return join("decide", event, rule) }

// TimerKey is the key of a rule's wait for its time after an event.
func TimerKey(event, rule string) IdempotencyKey { return join("timer", event, rule) }

// TieKey is the key of an interview that waits to be tied.
func TieKey(interview string) IdempotencyKey { return join("tie", interview) }

// WithdrawKey is the key of taking an interview back, whoever asks for it.
func WithdrawKey(interview string) IdempotencyKey {
	return join(string(ActionWithdraw), interview)
}

// ReactionKey is the key of what follows an event: what is done to what, for
// which application, once within the scope (an event or an interview).
func ReactionKey(kind ActionKind, ats, application, target, scope string) IdempotencyKey {
	return join(string(kind), ats, application, target, scope)
}

// ShadowKey is the key of the same action recorded by a shadow rule: apart from
// the live one, and one for each rule.
func ShadowKey(k IdempotencyKey, rule string) IdempotencyKey {
	return join("shadow", rule, string(k))
}

// StageClaim is held by the invite of one application for one stage, whatever
// the position: a person is not invited twice for one move.
func StageClaim(ats, application, stage string) Claim {
	return Claim(join("stage", ats, application, stage))
}

// PersonClaim is held by the invite of one person to one position across
// applications, where a rule says `once: candidate`.
func PersonClaim(ats, candidate, position string) Claim {
	return Claim(join("person", ats, candidate, position))
}

// ShadowClaim is the same claim among what a shadow rule records.
func ShadowClaim(c Claim, rule string) Claim { return Claim(join("shadow", rule, string(c))) }

func join(parts ...string) IdempotencyKey {
	return IdempotencyKey(strings.Join(parts, "\x00"))
}

var externalEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)

// ExternalID is the key as Hireflix gets it: "flowd1-" and 32 characters, of the
// letters and digits of lower-case base32hex, well below its limit of 255, and
// without any personal data.
func (k IdempotencyKey) ExternalID() string {
	sum := sha256.Sum256([]byte(k))
	return "flowd1-" + strings.ToLower(externalEncoding.EncodeToString(sum[:]))[:32]
}

// Short is the key as people read and type it: eight characters of ExternalID.
func (k IdempotencyKey) Short() string { return k.ExternalID()[7:15] }

package state

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
)

// Guard bounds what one rule may ask for in a short time: `flood` and `approve`.
// The zero value bounds nothing.
type Guard struct {
	// PerHour is how many invites the rule may promise in an hour. One more makes
	// it pause itself (ScopeRule, ReasonFlood); what it asks for then is held.
	PerHour int
	// Above actions promised Within a span, one more makes all of the span wait for
	// a person's yes: each is held, ReasonApproval, and so is what the rule promises
	// until nothing was promised for a whole span. Zero Within never does. What is
	// promised must wait for the span at least, so that none has gone out before,
	// unless Above is zero.
	//
	// What is held together is a batch (BatchOf). What comes later in the span joins
	// it while anybody of it is held still; after that it begins another.
	Above  int
	Within time.Duration
}

// Counts tells whether PerHour is about an action: an invite of a rule that goes
// out.
func (g Guard) Counts(a flowd.Action) bool {
	return g.PerHour > 0 && a.Kind == flowd.ActionInvite && goesOut(a)
}

// Asks tells whether a yes is wanted for an action where there are too many: an
// invite of a rule that goes out, or the first step of what follows an event. The
// steps behind it wait for it.
func (g Guard) Asks(a flowd.Action) bool {
	return g.Within > 0 && (a.Kind == flowd.ActionInvite || a.Kind.Reaction() && a.After == "") && goesOut(a)
}

func goesOut(a flowd.Action) bool { return a.Mode != flowd.Shadow && a.Rule != "" }

// Since is when what the guard counts at a time may have been promised; its start
// is outside.
func (Guard) Since(now time.Time) time.Time { return now.Add(-time.Hour) }

// Joins tells whether what is promised now belongs to a span that is held, of
// which last was promised then.
func (g Guard) Joins(last, now time.Time) bool { return within(last, g.Within, now) }

// Approve holds a row of a batch for a person's yes, and tells whether that
// changed it. What may be out stays as it is.
func (e *Entry) Approve(g Guard, batch string, now time.Time) bool {
	if e.State != flowd.Due && e.State != flowd.Waiting || !e.Sent.IsZero() {
		return false
	}
	why := fmt.Sprintf("its rule asked for more than %d at once", g.Above)
	if g.Above == 0 {
		why = "its rule asks each time"
	}
	e.Action.Batch = batch
	e.turn(flowd.Held, flowd.ReasonApproval, why, now)
	return true
}

// Asks tells whether the row is of a batch and waits for a person's yes to it.
func (e *Entry) Asks(batch string) bool {
	return batch != "" && e.Action.Batch == batch && e.State == flowd.Held && e.Reason == flowd.ReasonApproval
}

// BatchOf names what a rule's guard holds together: the rule, the day on which
// that began, in UTC, and four characters that tell it from others of that day. It
// is derived, so that each back end gives the same name.
func BatchOf(rule string, why flowd.Reason, began time.Time) string {
	began = Instant(began)
	sum := sha256.Sum256([]byte(rule + "\x00" + string(why) + "\x00" + began.Format(time.RFC3339Nano)))
	return rule + "-" + began.Format("0102") + "-" + strings.ToLower(base32.HexEncoding.EncodeToString(sum[:])[:4])
}

// Trip is the change that pauses a rule which promised so many within the hour
// and asks for one more; false where it may go on. Lifting the pause begins a new
// hour: a person has said that it is meant.
func (g Guard) Trip(rule string, promised int) (PauseChange, bool) {
	return PauseChange{Scope: ScopeRule(rule), Pause: Pause{Reason: flowd.ReasonFlood,
		Detail: fmt.Sprintf("it asked for more than %d invites within an hour", g.PerHour)}}, promised >= g.PerHour
}

// Rate is how many invites of one rule go out in any hour and day: `limit`. Zero
// bounds nothing.
type Rate struct{ PerHour, PerDay int }

// Opens returns until when one more has to wait, and the bound in words; the zero
// time is not at all. Sent are the rule's invites, oldest first: those that went
// out or may have, and those that were given a time to come.
func (r Rate) Opens(sent []time.Time, now time.Time) (until time.Time, bound string) {
	for _, b := range []struct {
		most int
		span time.Duration
		word string
	}{{r.PerHour, time.Hour, "an hour"}, {r.PerDay, 24 * time.Hour, "a day"}} {
		if b.most <= 0 || len(sent) < b.most {
			continue
		}
		if next := sent[len(sent)-b.most].Add(b.span); next.After(now) && next.After(until) {
			until, bound = next, fmt.Sprintf("its rule lets at most %d out in %s", b.most, b.word)
		}
	}
	return until, bound
}

// Paces are the invites of rules with a limit, as one Lease sees them.
type Paces struct {
	Rates map[string]Rate
	Sent  map[string][]time.Time // by rule, oldest first
}

// Put tells whether a row has to wait for its rule's limit, and makes it wait for
// a place of its own. What may have been sent before stays uncertain.
func (p *Paces) Put(e *Entry, now time.Time) (waits bool) {
	rule := e.Action.Rule
	rate, ok := p.Rates[rule]
	if !ok || !e.Counts() {
		return false
	}
	others := p.Sent[rule]
	if i := slices.IndexFunc(others, e.Sent.Equal); i >= 0 && !e.Sent.IsZero() { // its own
		others = slices.Delete(slices.Clone(others), i, i+1)
	}
	until, bound := rate.Opens(others, now)
	switch {
	case until.IsZero():
		return false
	case e.State != flowd.Uncertain:
		e.Due = Instant(until)
		e.turn(flowd.Waiting, flowd.ReasonLimit, bound, now)
		p.Went(rule, until)
	}
	return true
}

// Went counts an invite that goes out at a time not before those counted so far.
func (p *Paces) Went(rule string, at time.Time) {
	if _, ok := p.Rates[rule]; ok {
		p.Sent[rule] = append(p.Sent[rule], at)
	}
}

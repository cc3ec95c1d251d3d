package state

import (
	"slices"
	"strings"
	"time"

	"flowd"
)

// PauseChange sets or lifts one pause. A change without a scope changes nothing.
type PauseChange struct {
	Scope Scope
	Lift  bool
	Pause Pause // when not lifting; its Scope is ignored
}

// Scope is what a pause stops: everything, the Hireflix account, one position
// or one rule.
type Scope string

// ScopeAll and ScopeAccount stop leasing and leave rows as they are, since they
// concern every row alike: ScopeAll everything that goes out, ScopeAccount what
// calls Hireflix (ActionKind.AtHireflix), and with ReasonQuota invites alone.
// ScopePosition and ScopeRule park: the invites of a position and all rows of a
// rule are held, each with the pause's reason.
const (
	ScopeAll     Scope = "all"
	ScopeAccount Scope = "account:default"
)

// ScopePosition is the queue of one Hireflix position, by id.
func ScopePosition(id string) Scope { return Scope("position:" + id) }

// ScopeRule is everything one rule asked for.
func ScopeRule(id string) Scope { return Scope("rule:" + id) }

// Split returns the kind of a scope (all, account, position, rule) and what it
// names within the kind.
func (s Scope) Split() (kind, id string) {
	kind, id, _ = strings.Cut(string(s), ":")
	return kind, id
}

// Pause is a stop in force.
type Pause struct {
	Scope  Scope
	Reason flowd.Reason
	Detail string
	Since  time.Time
	By     string // empty when flowd did it
	// ProbeAt is when one action may try whether the cause is over; zero never.
	// It applies to ScopeAccount.
	ProbeAt time.Time
}

// Pauses are those in force, by scope.
type Pauses []Pause

// Change sets or lifts one pause. It returns the pauses after it, and the one
// that was in force for the scope before, if any.
func (ps Pauses) Change(c PauseChange, now time.Time) (after Pauses, before *Pause) {
	after = slices.Clone(ps)
	if i := slices.IndexFunc(after, func(p Pause) bool { return p.Scope == c.Scope }); i >= 0 {
		old := after[i]
		before = &old
		after = slices.Delete(after, i, i+1)
	}
	if !c.Lift {
		after = append(after, c.made(now))
	}
	slices.SortFunc(after, func(a, b Pause) int { return strings.Compare(string(a.Scope), string(b.Scope)) })
	return after, before
}

// made is the pause that the change sets.
func (c PauseChange) made(now time.Time) Pause {
	p := c.Pause
	p.Scope = c.Scope
	if p.Reason == "" {
		p.Reason = flowd.ReasonPaused
	}
	if p.Since.IsZero() {
		p.Since = now
	}
	p.Since, p.ProbeAt = Instant(p.Since), Instant(p.ProbeAt)
	return p
}

// In returns the pause of one scope.
func (ps Pauses) In(s Scope) (Pause, bool) {
	for _, p := range ps {
		if p.Scope == s {
			return p, true
		}
	}
	return Pause{}, false
}

// Parks returns the pause that parks an action.
func (ps Pauses) Parks(a flowd.Action) (Pause, bool) {
	for _, p := range ps {
		if p.parks(a) {
			return p, true
		}
	}
	return Pause{}, false
}

// A decision that waits owes no call, so nothing parks it; a position is a queue
// of invites, what follows them goes on.
func (p Pause) parks(a flowd.Action) bool {
	if a.Kind == flowd.ActionDecide || a.Kind == flowd.ActionTie {
		return false
	}
	return a.Kind == flowd.ActionInvite && a.Position.ID != "" && p.Scope == ScopePosition(a.Position.ID) ||
		a.Rule != "" && p.Scope == ScopeRule(a.Rule)
}

// Batch names what a rule that paused itself holds; other pauses hold no batch.
func (p Pause) Batch() string {
	if kind, rule := p.Scope.Split(); kind == "rule" && p.Reason == flowd.ReasonFlood {
		return BatchOf(rule, p.Reason, p.Since)
	}
	return ""
}

// join puts the row into the batch of a pause that parks it, where it has one.
func (e *Entry) join(p Pause) {
	if batch := p.Batch(); batch != "" {
		e.Action.Batch = batch
	}
}

// Lane is what a pause of everything or of the account stops or lets go as one:
// a back end keeps a queue of each, so that what is stopped is in nobody's way.
type Lane int

// The lanes of the outbox.
const (
	Invites Lane = iota
	Errands      // everything else that calls Hireflix
	Others       // what calls the ATS, messages, timers
	Lanes        // how many there are
)

// LaneOf returns the lane of a kind of action.
func LaneOf(k flowd.ActionKind) Lane {
	switch {
	case k == flowd.ActionInvite:
		return Invites
	case k.AtHireflix():
		return Errands
	}
	return Others
}

// Open tells which lanes may be leased from, and whether one row of those that
// are not may try whether the account's stop is over.
func (ps Pauses) Open(now time.Time) (open [Lanes]bool, probe [Lanes]bool) {
	if _, ok := ps.In(ScopeAll); ok {
		return open, probe
	}
	open = [Lanes]bool{true, true, true}
	p, ok := ps.In(ScopeAccount)
	if !ok {
		return open, probe
	}
	tries := !p.ProbeAt.IsZero() && !p.ProbeAt.After(now)
	open[Invites], probe[Invites] = false, tries
	if p.Reason != flowd.ReasonQuota {
		open[Errands], probe[Errands] = false, tries
	}
	return open, probe
}

// Probed moves the account's next probe to when this one's lease runs out, so
// that one at a time tries.
func (ps Pauses) Probed(until time.Time) Pauses {
	out := slices.Clone(ps)
	for i := range out {
		if out[i].Scope == ScopeAccount {
			out[i].ProbeAt = Instant(until)
		}
	}
	return out
}

package flowd

import (
	"strings"
	"time"
)

// ActionKind names what an action does.
type ActionKind string

// An ActionDecide row stands for a decision that waits for a person or for a
// changed rule: an evaluation error, an unmapped person that is to be held, a
// conflict. To release it is to decide its event again.
//
// An ActionTimer row waits for its time, and then has its event decided again
// for its rule. An ActionTie row stands for an interview that no application
// could be found for: a person ties it, or cancels it.
const (
	ActionInvite    ActionKind = "invite"
	ActionDecide    ActionKind = "decide"
	ActionTimer     ActionKind = "timer"
	ActionTie       ActionKind = "tie"
	ActionNote      ActionKind = "ats.note"
	ActionTag       ActionKind = "ats.tag"
	ActionField     ActionKind = "ats.field"
	ActionMove      ActionKind = "ats.move"
	ActionLink      ActionKind = "ats.link"
	ActionShare     ActionKind = "hireflix.share"
	ActionShortlist ActionKind = "hireflix.shortlist"
	ActionDiscard   ActionKind = "hireflix.discard"
	ActionWithdraw  ActionKind = "hireflix.withdraw"
	ActionNotify    ActionKind = "notify"
)

// ActionKinds lists every kind, in the order of the constants.
func ActionKinds() []ActionKind {
	return []ActionKind{ActionInvite, ActionDecide, ActionTimer, ActionTie, ActionNote, ActionTag, ActionField, ActionMove,
		ActionLink, ActionShare, ActionShortlist, ActionDiscard, ActionWithdraw, ActionNotify}
}

// AtATS tells whether an action of this kind writes to the ATS.
func (k ActionKind) AtATS() bool { return strings.HasPrefix(string(k), "ats.") }

// AtHireflix tells whether an action of this kind calls Hireflix.
func (k ActionKind) AtHireflix() bool {
	return k == ActionInvite || strings.HasPrefix(string(k), "hireflix.")
}

// Repeatable tells whether doing it twice is the same as doing it once, so that
// it may be repeated where nobody can be asked whether it took effect. A note, a
// link or a message would stand there twice.
func (k ActionKind) Repeatable() bool {
	switch k {
	case ActionTag, ActionField, ActionMove, ActionShare, ActionShortlist, ActionDiscard, ActionWithdraw:
		return true
	}
	return false
}

// Reaction tells whether an action of this kind follows an interview or a move,
// rather than inviting: it is still done when the application has ended.
func (k ActionKind) Reaction() bool {
	return k.AtATS() || k.AtHireflix() && k != ActionInvite || k == ActionNotify
}

// Mode says which driver performs an action.
type Mode string

// A shadow action is recorded and never sent; its uniqueness is apart from that
// of live ones.
const (
	Live   Mode = "live"
	Shadow Mode = "shadow"
)

// Action is something a matched rule asks for: one row of the ledger, for ever.
// It holds ids and never a person's name or address; those are read when it is
// leased.
type Action struct {
	Key    IdempotencyKey
	Kind   ActionKind
	Mode   Mode
	Rule   string
	Event  string // key of the event that asked for it
	ATS    string
	Source string
	// Application, Candidate, Job and Stage are ids in the ATS; the names beside
	// them are for screens.
	Application string
	Candidate   string
	Job         Job
	Stage       Stage
	Position    Position
	Generation  int // of the invite; 1 unless a person asked to invite again
	// Claims are what must be free for the action to be promised: each can be
	// held by one action only, for ever.
	Claims    []Claim
	NotBefore time.Time
	// Reason is why a row is held from the beginning: those of kind ActionDecide
	// and ActionTie, and any other whose HeldFirst is set.
	Reason    Reason
	Detail    string
	HeldFirst bool

	// Step is the action's place in its rule, from 0, and After the action that
	// must end well before it may begin.
	Step  int
	After IdempotencyKey
	// Interview is the Hireflix id of the interview that it is about.
	Interview string
	// Target is what is written to: the tag, the field, the stage to move to, the
	// label of a link, the name of a channel. Text is what is written. Both are
	// templates as the rule has them; a driver gets them with their values
	// filled in.
	Target, Text string
	// Silent invites without Hireflix's e-mail: the ATS sends its own.
	Silent bool
	// Days is how long a shared link lives.
	Days int
	// Personal lets a message name the person.
	Personal bool
	// Batch names what it was ordered, or is held, together with; empty for what
	// stands alone.
	Batch string
	// Priority is how far, from -50 to 50, the action goes before others when more
	// is due than may go; 0 is usual.
	Priority int
}

// Rendered is an action's text with its values filled in, as it was stored
// before the first attempt: what is sent again is the same. It may hold a
// person's values and goes with them.
type Rendered struct{ Target, Text string }

// Position is a Hireflix set of questions that candidates are invited to.
type Position struct {
	ID   string
	Name string
	// Archived positions accept no invites. Only the catalogue knows.
	Archived bool
}

// Claim is a fact that at most one action may hold, such as "this application
// was invited for this stage".
type Claim string

// ActionState is where an action stands. Nothing else is a state.
type ActionState string

// The first six still owe work; the others are ends, which a person's release
// alone can re-open.
const (
	Blocked     ActionState = "blocked"   // an earlier step has to end first
	Waiting     ActionState = "waiting"   // until a time
	Held        ActionState = "held"      // until a person or a changed circumstance
	Due         ActionState = "due"       // as soon as there is a free slot
	Leased      ActionState = "leased"    // under way
	Uncertain   ActionState = "uncertain" // may have taken effect: looked up first
	Done        ActionState = "done"
	Shared      ActionState = "shared"       // linked to an interview of another application
	NeedsPerson ActionState = "needs_person" // Hireflix's answer wants a person's judgement
	Would       ActionState = "would"        // recorded instead of sent
	GivenUp     ActionState = "failed"
	Cancelled   ActionState = "cancelled"
	Replaced    ActionState = "superseded"
)

// ActionStates lists every state, in the order of the constants.
func ActionStates() []ActionState {
	return []ActionState{Blocked, Waiting, Held, Due, Leased, Uncertain,
		Done, Shared, NeedsPerson, Would, GivenUp, Cancelled, Replaced}
}

// Owing tells whether the state still owes work.
func (s ActionState) Owing() bool {
	switch s {
	case Blocked, Waiting, Held, Due, Leased, Uncertain:
		return true
	}
	return false
}

// Outcome is how an attempt at an action ended. A State that still owes work
// (Due, Waiting, Uncertain, Held) puts it back with NotBefore as its due time.
type Outcome struct {
	State     ActionState
	Reason    Reason
	Detail    string // words for a person, without personal data
	Interview Interview
	NotBefore time.Time
	RequestID string // the far side's id of the call, for its support
	// Uncounted attempts do not bring an action nearer to being given up: the
	// far side said that nothing happened and that the fault is not the action's.
	Uncounted bool
	// SharedWith is the key of the action whose interview this one is linked to.
	SharedWith IdempotencyKey
}

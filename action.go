package flowd

import "time"

// ActionKind names what an action does.
type ActionKind string

// An ActionDecide row stands for a decision that waits for a person or for a
// changed rule: an evaluation error, an unmapped person that is to be held, a
// conflict. To release it is to decide its event again.
const (
	ActionInvite ActionKind = "invite"
	ActionDecide ActionKind = "decide"
)

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
	// Reason is why a row of kind ActionDecide is held.
	Reason Reason
	Detail string
}

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

// Interview is one candidate's run at a Hireflix position.
type Interview struct {
	ID         string
	ExternalID string
	Status     string // in whichever of Hireflix's vocabularies it came
	Answered   bool
	CreatedAt  time.Time
	PublicURL  string // the candidate's own link, not the recording
	ShortURL   string
	PrivateURL string // the recruiter's page, behind a Hireflix login
}

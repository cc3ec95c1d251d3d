package flowd

import (
	"strings"
	"time"
)

// EventType names something that happened in a source.
type EventType string

// The events a source may bring. StageEntered also stands for the first stage
// of a new application.
const (
	ApplicationCreated    EventType = "application.created"
	StageEntered          EventType = "stage.entered"
	ApplicationRejected   EventType = "application.rejected"
	ApplicationWithdrawn  EventType = "application.withdrawn"
	ApplicationHired      EventType = "application.hired"
	ApplicationReopened   EventType = "application.reopened"
	ApplicationMerged     EventType = "application.merged"
	ApplicationAnonymized EventType = "application.anonymized"
	ApplicationDeleted    EventType = "application.deleted"
	JobClosed             EventType = "job.closed"
	// What became of an interview, whether Hireflix called or flowd looked.
	InterviewInvited       EventType = "interview.invited"
	InterviewFinished      EventType = "interview.finished"
	InterviewStatusChanged EventType = "interview.status_changed" // shortlisted, discarded, or back
	InterviewScored        EventType = "interview.scored"
	InterviewDeleted       EventType = "interview.deleted"
	// What a person ordered; see Order.
	InviteOrdered      EventType = "invite.ordered"
	WithdrawOrdered    EventType = "withdraw.ordered"
	AlternativeOrdered EventType = "alternative.ordered" // the person is interviewed in another way
	StageOrdered       EventType = "stage.ordered"       // who stands in a stage is decided as if they came to it now
)

// Ends tells whether an event of this type closes the application (or the job),
// so that whatever is still owed to it must not go out.
func (t EventType) Ends() bool {
	switch t {
	case ApplicationRejected, ApplicationWithdrawn, ApplicationHired,
		ApplicationMerged, ApplicationAnonymized, ApplicationDeleted, JobClosed:
		return true
	}
	return false
}

// Erases tells whether the source no longer holds the person behind the
// application, so that flowd must not either.
func (t EventType) Erases() bool {
	return t == ApplicationAnonymized || t == ApplicationDeleted
}

// Status is where an event of this type leaves the application; false for one
// that says nothing of it.
func (t EventType) Status() (Status, bool) {
	switch t {
	case ApplicationRejected:
		return StatusRejected, true
	case ApplicationWithdrawn:
		return StatusWithdrawn, true
	case ApplicationHired:
		return StatusHired, true
	case ApplicationReopened:
		return StatusActive, true
	case ApplicationDeleted, ApplicationAnonymized:
		return StatusDeleted, true
	}
	return "", false
}

// OfInterview tells whether an event of this type is about an interview: its
// Interview is set.
func (t EventType) OfInterview() bool { return strings.HasPrefix(string(t), "interview.") }

// OfSource tells whether a source brings events of this type: what is left are
// those about an interview and what a person ordered.
func (t EventType) OfSource() bool { return !t.OfInterview() && !t.Ordered() }

// Ordered tells whether an event of this type is a person's order: its Order is
// set.
func (t EventType) Ordered() bool { return strings.HasSuffix(string(t), ".ordered") }

// Enters tells whether the rules that invite are asked about an event of this
// type: somebody came to a stage, or is to be decided as if.
func (t EventType) Enters() bool { return t == StageEntered || t == StageOrdered }

// EventTypes lists every type, in the order of the constants.
func EventTypes() []EventType {
	return []EventType{
		ApplicationCreated, StageEntered, ApplicationRejected, ApplicationWithdrawn, ApplicationHired,
		ApplicationReopened, ApplicationMerged, ApplicationAnonymized, ApplicationDeleted, JobClosed,
		InterviewInvited, InterviewFinished, InterviewStatusChanged, InterviewScored, InterviewDeleted,
		InviteOrdered, WithdrawOrdered, AlternativeOrdered, StageOrdered,
	}
}

// Via says how a change came about, as far as the source tells.
type Via string

// The values a rule may compare `event.via` with.
const (
	ViaMove    Via = "move"
	ViaApply   Via = "apply"
	ViaImport  Via = "import"
	ViaAPI     Via = "api"
	ViaMerge   Via = "merge"
	ViaUnknown Via = "unknown"
)

// Event is one thing that happened to one application, in normal form. A
// connector makes it; admitting fills From, Received and the application's
// missing parts from what is known already.
type Event struct {
	// Key is the event's identity for ever: a second event with the same key
	// is a repetition and is dropped. For a hook it is made of the source, the
	// sender's event id (else the SHA-256 of the body) and the ordinal within
	// the delivery; for a poll of the ATS, application, stage and time entered.
	Key    string
	Source string // configured name of the source that brought it
	ATS    string // identity of the system behind the source: sources may share one
	Type   EventType
	At     time.Time // when it happened there; zero when the source does not say
	// Received is when flowd took it in.
	Received time.Time
	Via      Via
	// Application as far as this event tells; empty parts mean "not said".
	Application Application
	From        Stage // the stage left; filled on admission from the last known one when empty
	Stage       Stage // the stage entered, or the current one for other types
	// MergedInto is the id of the candidate that survives an ApplicationMerged.
	MergedInto string
	// Interview is the interview as it was seen with the event; of interview
	// events only.
	Interview Interview
	// Order is what a person asked for; of ordered events only.
	Order Order
}

// Order is a person's order about one application. It becomes an event like any
// other, so that it is as durable, as unique and as well explained.
type Order struct {
	By, Why string
	// Batch names the orders that were given together.
	Batch string
	// Position is where to invite to; Again asks for another interview after the
	// one that is unanswered was taken back.
	Position Position
	Again    bool
	// Invite is the invite to take back.
	Invite IdempotencyKey
}

// Time returns At, or Received when the source did not say when.
func (e Event) Time() time.Time {
	if e.At.IsZero() {
		return e.Received
	}
	return e.At
}

// Novelty says what an event is beside what was known when it was admitted.
type Novelty string

// Fresh events are decided by the rules; the others are skipped with the
// novelty as the reason.
const (
	Fresh      Novelty = ""           // a move
	SameStage  Novelty = "same_stage" // the application already stood in this stage
	Superseded Novelty = "superseded" // a later change of the application was admitted before
	Baseline   Novelty = "baseline"   // first sight of a poll: a state, not a move
	Stale      Novelty = "stale"      // longer ago than the source's max_age, or while nobody looked
	Own        Novelty = "own"        // flowd did it: the echo of its own call
)

// Facts is what the store knew when an event was admitted: never keys
// (uniqueness is decided on commit), never time.
type Facts struct {
	Application Application // merged from every event so far, this one included
	Previous    Stage       // the last known stage before the event
	Novelty     Novelty
	// Invites are what was promised to the application, oldest first, as it is
	// known now: the invite whose interview an event is about is among them.
	Invites []Invite
}

// Invite is an invite as facts tell of it.
type Invite struct {
	Key        IdempotencyKey
	Rule       string
	Position   Position
	Generation int
	State      ActionState
	Interview  Interview // as last seen; zero before there is one
}

// Batch is what one delivery or one page of a poll brought. It is kept whole or
// refused whole.
type Batch struct {
	Source string
	ATS    string
	Events []Event
	// Seen are snapshots of applications from a poll that reports states, not
	// moves; admitting turns what is new about one into events.
	Seen []Snapshot
	// Polled says how far to act on what a poll brought; zero for deliveries.
	Polled Polled
	// Sightings are interviews as Hireflix shows them; admitting turns what is
	// new about one into events of the applications it is tied to.
	Sightings []Sighting
	// Baseline tells that the batch shows how things stand and not what happened,
	// as after a lost cursor: a snapshot is no move, and an interview never seen
	// before, and not flowd's, is taken note of without an event.
	Baseline bool
	// Cursor is where the poll goes on; it is stored in the same transaction as
	// the events. Nil leaves the stored one alone.
	Cursor []byte
	// Fields are the custom fields seen in the batch, by name and type; the
	// values of those that nothing asks for are not in Events.
	Fields []FieldSeen
	// Raw is the delivery's body, kept for a bounded time for inspection.
	Raw []byte
}

package state

import (
	"slices"
	"time"

	"flowd"
)

// Row is one action with its history.
type Row struct {
	Action    flowd.Action
	State     flowd.ActionState
	Reason    flowd.Reason
	Detail    string
	Due       time.Time // when it is (or was) to be done next
	Created   time.Time
	Updated   time.Time
	Attempts  int
	Interview flowd.Interview // as last seen
	RequestID string
	// SharedWith is the row whose interview this one is linked to.
	SharedWith flowd.IdempotencyKey
	// Steps is what happened to the row, oldest first, at most 20: the first and
	// the newest ones.
	Steps []Step
}

// Step is one change of a row.
type Step struct {
	At        time.Time
	State     flowd.ActionState
	Reason    flowd.Reason
	Detail    string
	By        string // a person, where one gave the order
	RequestID string
}

// Told is an event with what was decided on it.
type Told struct {
	Event     flowd.Event
	Facts     flowd.Facts // of the day the event was admitted where still known
	Decided   time.Time   // zero while undecided
	Decisions []flowd.Decision
}

// Story is everything known of one person at one application.
type Story struct {
	ATS         string
	Application flowd.Application // with the person's values, while they are kept
	Events      []Told            // oldest first
	Rows        []Row             // oldest first
}

// MovedBy is who moved the application by an event, as the ATS says it: an address,
// else an id or a name. Empty: it does not say, or the event is no move.
func (s Story) MovedBy(event string) string {
	for _, t := range s.Events {
		if t.Event.Key == event && t.Event.Type == flowd.StageEntered && t.Facts.Novelty == flowd.Fresh {
			return t.Event.Application.MovedBy
		}
	}
	return ""
}

// Came is Told.Came by the newest move to where the application stands.
func (s Story) Came() (from flowd.Stage, via flowd.Via) {
	for _, t := range slices.Backward(s.Events) {
		if t.Moves() {
			return t.Came(s.Application.Stage)
		}
	}
	return from, flowd.ViaUnknown
}

// ToldLast is the last event that a source told of; false where none is kept.
func (s Story) ToldLast() (Told, bool) {
	for _, t := range slices.Backward(s.Events) {
		if t.Event.Type.OfSource() {
			return t, true
		}
	}
	return Told{}, false
}

// Ref names what a person asks about: exactly one member is set.
type Ref struct {
	Email       string
	Candidate   string // the ATS's id
	Application string // the ATS's id
	Event       string // key
	Interview   string // Hireflix's id
	Action      flowd.IdempotencyKey
	ExternalID  string // as given to Hireflix
	Short       string // the eight characters people type: IdempotencyKey.Short
}

// Subject is what a filter pages through.
type Subject string

// Actions are rows of the ledger. Left are the applications that have no row
// (superseded ones aside), each with the last move that the rules left it out
// of: with Actions, everybody stands in exactly one place. Events are what was
// taken in.
//
// Standing are the applications that are not at their end and for whose stage
// nobody was promised an invite, by ATS and id. Each is told as it is known now:
// its Facts are of now, but for the event's novelty, and its Event is the newest
// move that a source told of, or whatever else one told last; only the ATS is set
// where none of it is kept. Moves that were none (a repetition, one that was
// overtaken) count where there is no other. With Covered those for whom an invite
// was promised are told of as well.
const (
	Actions  Subject = "actions"
	Left     Subject = "left"
	Events   Subject = "events"
	Standing Subject = "standing"
)

// Filter is what Find looks for; every part that is set must fit.
type Filter struct {
	Subject Subject
	States  []flowd.ActionState // Actions only
	Reasons []flowd.Reason
	// Word, when set, is what the row reads as (flowd.WordOf): with it, finished
	// and withdrawn are told from invited.
	Word   flowd.Word
	Kind   flowd.ActionKind // Actions only; empty is every kind
	Rule   string
	Rules  []string  // Actions only: any of them; none is all
	Batch  string    // Actions only
	Job    string    // id or name
	Source string    // Events only
	Since  time.Time // by when the row was made or the event taken in
	// Covered, of Standing alone, fills Rows beside Told: the row that Covers the stage
	// where the application stands, an invite before anything else and the newest of
	// each; zero where there is none.
	Covered bool
	// Pick, when set, is asked about each event that the rest fits, and each
	// application that stands somewhere: before anything personal is read, and of an
	// event's decisions more than the first and those that asked for something,
	// without their actions. What it says no to is left out; an event that it says yes
	// to is told with the invites of its application. It holds the store up, and must
	// not call it. It may be asked again about what begins the next page. With it no
	// Rule and no Reasons narrow the events; Standing knows no other part than this,
	// Covered and Job.
	Pick func(Told) bool
}

// Page is where to go on: an empty After is the beginning. Limit is at most
// 1,000; zero means 100. Until, where it is set, is where to stop: what a page
// after it would begin with is left out. Standing has no such end.
type Page struct {
	After string
	Until string
	Limit int
}

// Found is one page. The slice of the filter's subject is filled. Next is empty on
// the last page.
type Found struct {
	Rows []Row  // of Standing, see Filter.Covered
	Told []Told // Left, Events and Standing
	// People holds the person's values of each entry, in the same order.
	People []flowd.Candidate
	Next   string
}

// Counts is a summary of the store.
type Counts struct {
	Undecided int
	States    map[flowd.ActionState]int
	Reasons   map[flowd.ActionState]map[flowd.Reason]int // owing states and those that want a person
	// Pending counts owing rows by rule and state.
	Pending map[string]map[flowd.ActionState]int
	// Applications counts the known ones of each ATS.
	Applications map[string]int
	LastEvent    map[string]time.Time // of each source, by arrival
	OldestDue    time.Time            // of what is due now; zero when nothing is
	Quarantined  int
	Fields       []flowd.FieldSeen
	SentHour     int // invites sent in the last hour and day
	SentDay      int
	// Words counts live invites by what they read as.
	Words map[flowd.Word]int
}

package flowd

import (
	"strconv"
	"strings"
	"time"
)

// InterviewStatus is where an interview stands, in the words of Hireflix's
// screen. Its API has two more vocabularies for the same four.
type InterviewStatus string

// Finished covers what Hireflix calls "to evaluate". That somebody has answered
// is told by Interview.Answered alone: a shortlisted or discarded interview may
// or may not be answered.
const (
	InterviewPending     InterviewStatus = "invited"
	InterviewToEvaluate  InterviewStatus = "finished"
	InterviewShortlisted InterviewStatus = "shortlisted"
	InterviewDiscarded   InterviewStatus = "discarded"
)

// Interview is one candidate's run at a Hireflix position.
type Interview struct {
	ID         string
	ExternalID string
	Position   Position
	Status     InterviewStatus
	// Answered tells that the candidate has recorded it, and CompletedAt when,
	// where Hireflix says so.
	Answered    bool
	CompletedAt time.Time
	// Again tells that it was answered anew: the recruiter deleted the answers
	// and the candidate recorded again on the same link.
	Again     bool
	Score     float64       // the team's average, 0.5 to 5; 0 while there is none
	Duration  time.Duration // of all answers; 0 while unknown
	Deleted   bool
	CreatedAt time.Time
	PublicURL string // the candidate's own link, not the recording
	ShortURL  string
	// PrivateURL is the recruiter's page, behind a Hireflix login.
	PrivateURL string
}

// IsZero tells whether there is no interview.
func (i Interview) IsZero() bool { return i.ID == "" }

// Open tells whether the candidate may still answer it.
func (i Interview) Open() bool { return i.ID != "" && !i.Answered && !i.Deleted }

// EventKey is the identity of what an event of this type tells of the
// interview: the interview, the type, and of (completed, status, score) what the
// type is about. Whoever brings it, the webhook or a look, it is one event.
func (i Interview) EventKey(t EventType) string {
	parts := []string{"interview", i.ID, string(t)}
	completed := ""
	if !i.CompletedAt.IsZero() {
		completed = strconv.FormatInt(i.CompletedAt.UnixMilli(), 10)
	}
	switch t {
	case InterviewFinished:
		parts = append(parts, completed)
	case InterviewStatusChanged:
		parts = append(parts, completed, string(i.Status))
	case InterviewScored:
		parts = append(parts, completed, strconv.FormatFloat(i.Score, 'f', -1, 64))
	}
	return strings.Join(parts, "/")
}

// Sighting is an interview as Hireflix showed it, and whose it is.
type Sighting struct {
	Interview Interview
	// Candidate is the person as Hireflix holds them, without an id.
	Candidate Candidate
	At        time.Time // when it was so, by Hireflix's clock where it says
}

// Untied is the ATS under which interviews stand that no application is found
// for: each is an application of its own there, with the interview's id.
const Untied = "hireflix"

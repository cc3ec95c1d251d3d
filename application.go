package flowd

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Status is an application's standing in the ATS.
type Status string

// The statuses a connector may report. Empty means "not said".
const (
	StatusActive    Status = "active"
	StatusRejected  Status = "rejected"
	StatusWithdrawn Status = "withdrawn"
	StatusHired     Status = "hired"
	StatusDeleted   Status = "deleted" // the ATS no longer has it
)

// Application is one person's run at one job: the unit that rules act on.
type Application struct {
	ID        string
	Job       Job
	Stage     Stage // last known
	Candidate Candidate
	Status    Status
	Source    string    // where the application came from, such as "LinkedIn"
	AppliedAt time.Time // zero when not said
	Tags      []string
	Fields    []Field // custom fields, application's before candidate's
	URL       string  // the profile in the ATS
	// NoContact is why the person must not be written to, as the ATS says it;
	// empty when nothing speaks against it.
	NoContact Reason
	// Alternative tells that the person is interviewed in another way: they are
	// never invited or reminded, and nothing counts them as unanswered.
	Alternative bool
	// Recruiter is the address of the one in charge, where the ATS says it.
	Recruiter string
	// MovedBy is who moved it into its stage, as the ATS says it: an address, else
	// an id or a name; empty where it does not.
	MovedBy string
	// OriginalID is the ATS's own id where it held a personal address and ID is
	// therefore its digest.
	OriginalID string
}

// Candidate is the person behind one or more applications. It is the only type
// that holds personal values.
type Candidate struct {
	ID         string
	Email      string
	FirstName  string
	LastName   string
	Name       string // full name, for systems that know no first and last one
	Phone      string
	Country    string // ISO 3166-1 alpha-2, or empty
	Language   string // BCP 47, or empty
	Tags       []string
	CanEmail   *bool // nil when the source does not say
	IsInternal *bool // nil when the source does not say
	OriginalID string
}

// FullName is the name for a screen: Name, else first and last name.
func (c Candidate) FullName() string {
	if c.Name != "" {
		return c.Name
	}
	return strings.TrimSpace(c.FirstName + " " + c.LastName)
}

// Job is an opening in an ATS. (Hireflix's "position" is a set of questions.)
type Job struct {
	ID         string
	Name       string
	Department string
	Location   string
	Country    string // ISO 3166-1 alpha-2, or empty
	Tags       []string
}

// Stage is a step of a job's pipeline.
type Stage struct {
	ID   string
	Name string
	Kind string // as the ATS classifies it, or empty
}

// Same tells whether two stages are one: by id where both have one, else by
// name, since some systems send only one of the two.
func (s Stage) Same(other Stage) bool {
	if s.ID != "" && other.ID != "" {
		return s.ID == other.ID
	}
	return strings.EqualFold(strings.TrimSpace(s.Name), strings.TrimSpace(other.Name))
}

// IsZero tells whether nothing is known of the stage.
func (s Stage) IsZero() bool { return s.ID == "" && s.Name == "" }

// Key identifies the stage within its ATS: the id, else the folded name.
func (s Stage) Key() string {
	if s.ID != "" {
		return s.ID
	}
	return strings.ToLower(strings.Join(strings.Fields(s.Name), " "))
}

// Field is one custom field of an application or its candidate.
type Field struct {
	Key  string
	Name string // as people see it in the ATS
	Type string // as the ATS calls it
	// Value is nil, a string, a float64, a bool or a []string.
	Value any
}

// FieldSeen says that a custom field exists, without its value.
type FieldSeen struct {
	ATS  string
	Name string
	Type string
	Day  string // the last day it was seen, as 2006-01-02 in UTC
}

// SafeID returns an id that can be stored and logged everywhere. Some systems
// use an address as id; such an id (it contains an @) is replaced by its
// digest, and the second result is true.
func SafeID(id string) (safe string, replaced bool) {
	if !strings.Contains(id, "@") {
		return id, false
	}
	sum := sha256.Sum256([]byte(id))
	return "id-" + hex.EncodeToString(sum[:12]), true
}

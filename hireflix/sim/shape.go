package sim

import "time"

// The types below are objects of the schema as the GraphQL library reads them:
// a field or method for each field of the object, a pointer where it may be
// null. An object holds what was true when it was read.

type positionObject struct {
	unfilledPosition
	server    *Server
	of        *position
	ID        string
	Name      *string
	Active    *bool
	Archived  *timestamp
	CreatedAt *timestamp
	Tags      *[]string
}

// newPositionObject is called under the server's lock.
func (s *Server) newPositionObject(p *position) *positionObject {
	always := true
	return &positionObject{
		server: s, of: p, ID: p.id, Name: &p.name, Active: &always,
		Archived: stamp(p.archived), CreatedAt: stamp(p.created), Tags: &[]string{},
	}
}

type interviewObject struct {
	unfilledInterview
	server               *Server
	of                   *interview
	ID                   string
	Hash                 *string
	Status               *string
	Answered             *bool
	ExternalID           *string
	Candidate            *candidateObject
	URL                  *urlObject
	Score                *scoreObject
	CreatedAt            *timestamp
	UpdatedAt            *timestamp
	CompletedAt          *timestamp
	ShortlistedAt        *timestamp
	DiscardedAt          *timestamp
	Completed            *timestamp
	Finalist             *timestamp
	Archived             *timestamp
	DisableNotifications *bool
	InviteSource         *string
	UserMetadata         *jsonValue
	Tracking             *[]*trackingObject
}

type candidateObject struct {
	Email                                 *emailAddress
	FirstName, LastName, FullName, Name   *string
	FormattedName                         *string
	FormattedFirstName, FormattedLastName *string
	Phone                                 *string
}

type urlObject struct{ Public, Short, Private *string }

type scoreObject struct {
	Value *float64
	Type  *string
}

type trackingObject struct {
	Date              *timestamp
	Message, Template *string
}

// newInterviewObject is called under the server's lock.
func (s *Server) newInterviewObject(iv *interview) *interviewObject {
	status := iv.status()
	if s.options.NewerStatus {
		status = newerStatus(status)
	}
	answered := !iv.completed.IsZero()
	source := "api"
	if iv.byHand {
		source = "manual"
	}
	email := emailAddress(iv.email)
	full := iv.firstName
	if iv.lastName != "" {
		full += " " + iv.lastName
	}
	changed := latest(iv.created, iv.completed, iv.shortlisted, iv.discarded)
	tracking := []*trackingObject{}
	if !iv.mailed.IsZero() {
		message := "invite"
		tracking = append(tracking, &trackingObject{Date: stamp(iv.mailed), Message: &message})
	}
	return &interviewObject{
		server: s, of: iv, ID: iv.id, Hash: &iv.hash, Status: &status, Answered: &answered,
		ExternalID: optional(iv.externalID),
		Candidate: &candidateObject{
			Email: &email, FirstName: &iv.firstName, LastName: optional(iv.lastName), FullName: &full, Name: &full,
			FormattedName: &full, FormattedFirstName: &iv.firstName, FormattedLastName: optional(iv.lastName),
			Phone: optional(iv.phone),
		},
		URL: iv.urls(), Score: &scoreObject{},
		CreatedAt: stamp(iv.created), UpdatedAt: stamp(changed),
		CompletedAt: stamp(iv.completed), ShortlistedAt: stamp(iv.shortlisted), DiscardedAt: stamp(iv.discarded),
		Completed: stamp(iv.completed), Finalist: stamp(iv.shortlisted), Archived: stamp(iv.discarded),
		DisableNotifications: &iv.silent, InviteSource: &source, UserMetadata: iv.metadata, Tracking: &tracking,
	}
}

// Position is a method because positions hold interviews and interviews a
// position: the chain is only followed as far as a document asks.
func (i *interviewObject) Position() *positionObject {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.server.newPositionObject(i.of.home)
}

// urls are on the vendor's hosts, as in the answers of the real API; nothing
// is served there.
func (iv *interview) urls() *urlObject {
	public := "https://app.hireflix.com/" + iv.hash
	short := "https://hflx.io/c/" + iv.hash
	private := "https://admin.hireflix.com/jobs/" + iv.home.id + "/interview/" + iv.id
	return &urlObject{Public: &public, Short: &short, Private: &private}
}

type hardError struct {
	Name    string
	Code    errorCode
	Message string
}

// softError has the message of the members whose message may be null.
type softError struct {
	Name        string
	Code        errorCode
	Message     *string
	FieldErrors *[]*fieldError
}

// inviteResult is the union: an interview or a refusal, among them the member
// that [UnknownMember] adds.
type inviteResult struct {
	interview *interviewObject
	refused   *refusal
	quoted    bool
}

func (r *inviteResult) hard(typename string) (*hardError, bool) {
	if r.refused == nil || r.refused.typename != typename {
		return nil, false
	}
	return &hardError{typename, errorCode{r.refused.number, r.quoted}, r.refused.message}, true
}

func (r *inviteResult) soft(typename string) (*softError, bool) {
	if r.refused == nil || r.refused.typename != typename {
		return nil, false
	}
	return &softError{typename, errorCode{r.refused.number, r.quoted}, &r.refused.message, &r.refused.faults}, true
}

func (r *inviteResult) ToInterviewType() (*interviewObject, bool) {
	return r.interview, r.interview != nil
}

func (r *inviteResult) ToInterviewAlreadyExistsInPositionError() (*hardError, bool) {
	return r.hard("InterviewAlreadyExistsInPositionError")
}

func (r *inviteResult) ToExceededInvitesThisPeriodError() (*hardError, bool) {
	return r.hard("ExceededInvitesThisPeriodError")
}

func (r *inviteResult) ToInterviewExternalIdAlreadyExistsInPositionError() (*softError, bool) {
	return r.soft("InterviewExternalIdAlreadyExistsInPositionError")
}

func (r *inviteResult) ToPositionNotFoundError() (*hardError, bool) {
	return r.hard("PositionNotFoundError")
}

func (r *inviteResult) ToPositionNotReadyToAcceptInvitesError() (*softError, bool) {
	return r.soft("PositionNotReadyToAcceptInvitesError")
}

func (r *inviteResult) ToValidationError() (*softError, bool) {
	return r.soft("ValidationError")
}

func (r *inviteResult) ToInviteHeldForReviewError() (*softError, bool) {
	return r.soft("InviteHeldForReviewError")
}

// archiveResult is the union of archivePosition.
type archiveResult struct {
	done    *archiveSuccess
	missing *hardError
}

type archiveSuccess struct{ Data *positionObject }

func (r *archiveResult) ToMutationArchivePositionSuccess() (*archiveSuccess, bool) {
	return r.done, r.done != nil
}

func (r *archiveResult) ToPositionNotFoundError() (*hardError, bool) {
	return r.missing, r.missing != nil
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

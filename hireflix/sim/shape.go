package sim

import (
	"slices"
	"time"
)

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
	Questions *[]*questionObject
}

// newPositionObject is called under the server's lock.
func (s *Server) newPositionObject(p *position) *positionObject {
	always := true
	return &positionObject{
		server: s, of: p, ID: p.id, Name: &p.name, Active: &always,
		Archived: stamp(p.archived), CreatedAt: stamp(p.created), Tags: &[]string{}, Questions: p.questionObjects(),
	}
}

type interviewObject struct {
	unfilledInterview
	server               *Server
	of                   *interview
	recorded             *recording
	read                 time.Time
	ID                   string
	Hash                 *string
	Status               *string
	Answered             *bool
	ExternalID           *string
	Candidate            *candidateObject
	URL                  *urlObject
	ExternalLink         *externalLinkObject
	Score                *scoreObject
	Scores               *[]*teamScoreObject
	Comments             *[]*commentObject
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
	Thumbnail            *string
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
	full := iv.fullName()
	tracking := []*trackingObject{}
	if !iv.mailed.IsZero() {
		message := "invite"
		tracking = append(tracking, &trackingObject{Date: stamp(iv.mailed), Message: &message})
	}
	read := s.options.Now()
	comments := slices.Clone(iv.comments)
	return &interviewObject{
		server: s, of: iv, recorded: iv.recorded, read: read, ID: iv.id, Hash: &iv.hash, Status: &status, Answered: &answered,
		ExternalID: optional(iv.externalID),
		Candidate: &candidateObject{
			Email: &email, FirstName: &iv.firstName, LastName: optional(iv.lastName), FullName: &full, Name: &full,
			FormattedName: &full, FormattedFirstName: &iv.firstName, FormattedLastName: optional(iv.lastName),
			Phone: optional(iv.phone),
		},
		URL: iv.urls(), ExternalLink: iv.share.object(),
		Score: &scoreObject{Value: iv.score()}, Scores: iv.teamScores(), Comments: &comments,
		CreatedAt: stamp(iv.created), UpdatedAt: stamp(iv.updated), Thumbnail: iv.thumbnail(read),
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

// Questions is a method because a listing of many interviews is seldom asked
// for what was said in them.
func (i *interviewObject) Questions() *[]*answeredQuestionObject {
	return i.server.answeredQuestions(i.of, i.recorded, i.read)
}

// urls are on the vendor's hosts, as in the answers of the real API; nothing
// is served there.
func (iv *interview) urls() *urlObject {
	public := "https://app.hireflix.com/" + iv.hash
	short := "https://hflx.io/c/" + iv.hash
	private := "https://admin.hireflix.com/jobs/" + iv.home.id + "/interview/" + iv.id
	return &urlObject{Public: &public, Short: &short, Private: &private}
}

func (iv *interview) fullName() string {
	if iv.lastName == "" {
		return iv.firstName
	}
	return iv.firstName + " " + iv.lastName
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

package state

import (
	"context"
	"time"

	"flowd"
)

// Interviews is what Hireflix showed, and whose it is.
type Interviews interface {
	// Tie says that an interview belongs to an application. What was taken in of it
	// while it was tied to none becomes undecided again as events of that
	// application, and the row that stood for it (ActionTie) ends. Tying again is a
	// no-op. An interview or application that is not known is ErrNotFound.
	Tie(ctx context.Context, t Tie, now time.Time) error
	// Interviews pages through the known interviews that the filter fits, by id.
	Interviews(ctx context.Context, f InterviewFilter, p Page) ([]Seen, string, error)
}

// Tie is whose an interview is.
type Tie struct {
	Interview        string
	ATS, Application string
	By, Why          string // By is empty when flowd found it
}

// InterviewFilter is what to page through; every part that is set must fit.
type InterviewFilter struct {
	ID       string
	Position string // id
	Open     bool   // unanswered and there
}

// Seen is an interview as it was seen last.
type Seen struct {
	Interview flowd.Interview
	At        time.Time
	Ties      []Tie // none while untied
}

// Fits tells whether an interview is looked for.
func (f InterviewFilter) Fits(i flowd.Interview) bool {
	return fits(f.ID, i.ID) && fits(f.Position, i.Position.ID) && (!f.Open || i.Open())
}

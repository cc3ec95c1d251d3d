package rules

import (
	"cmp"
	"time"

	"flowd"
)

// interviewValues are what conditions and templates of reactions read of the
// interview. The status is empty where there is none.
type interviewValues struct {
	ID         string        `expr:"id"`
	Status     string        `expr:"status"`
	Score      float64       `expr:"score"`
	Duration   time.Duration `expr:"duration"`
	InvitedAt  time.Time     `expr:"invited_at"`
	FinishedAt time.Time     `expr:"finished_at"`
	Ours       bool          `expr:"ours"`
	Again      bool          `expr:"again"`
}

// about is the invite whose interview an event is about: of other events the
// application's newest that led to an interview. It is nil where there is none.
func about(ev flowd.Event, facts flowd.Facts) *flowd.Invite {
	for i := len(facts.Invites) - 1; i >= 0; i-- {
		in := &facts.Invites[i]
		switch {
		case in.Interview.ID == "":
		case !ev.Type.OfInterview(), in.Interview.ID == ev.Interview.ID:
			return in
		}
	}
	return nil
}

// interviewOf is the interview that an event is about, as the event tells it;
// latest, as it is known now. What one of the two does not tell is taken from the
// other.
func interviewOf(ev flowd.Event, facts flowd.Facts, latest bool) flowd.Interview {
	first, in := ev.Interview, about(ev, facts)
	if in == nil {
		return first
	}
	second := in.Interview
	if latest || first.ID == "" {
		first, second = second, first
	}
	first.ID = cmp.Or(first.ID, second.ID)
	first.Status = cmp.Or(first.Status, second.Status)
	first.Score = cmp.Or(first.Score, second.Score)
	first.Duration = cmp.Or(first.Duration, second.Duration)
	if first.CreatedAt.IsZero() {
		first.CreatedAt = second.CreatedAt
	}
	if first.CompletedAt.IsZero() {
		first.CompletedAt = second.CompletedAt
	}
	if first.Position == (flowd.Position{}) {
		first.Position = cmp.Or(second.Position, in.Position)
	}
	return first
}

func interviewValuesOf(ev flowd.Event, facts flowd.Facts, latest bool) interviewValues {
	i, in := interviewOf(ev, facts, latest), about(ev, facts)
	return interviewValues{ID: i.ID, Status: string(i.Status), Score: i.Score, Duration: i.Duration, InvitedAt: i.CreatedAt, FinishedAt: i.CompletedAt,
		Ours: in != nil && in.Key != "", Again: i.Again}
}

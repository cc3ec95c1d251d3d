package hireflix

import (
	"math"
	"strconv"
	"strings"
	"time"

	"flowd"
)

// scoredRow adds the score, whose value the vendor's webhooks show (Q6).
type scoredRow struct {
	fullRow
	Score struct{ Value word }
}

// seenRow is all that a sighting is made of. What it adds to scoredRow is seen
// in public client code alone.
type seenRow struct {
	scoredRow
	Person        struct{ FirstName, LastName, Phone word } `graphql:"candidate"`
	ShortlistedAt instant
	DiscardedAt   instant
}

// placedRow is a seenRow that says where it is.
type placedRow struct {
	seenRow
	Position struct{ ID, Name word }
}

// whole makes the largest of the selections of any.
func (r row) whole() placedRow {
	return placedRow{seenRow: seenRow{scoredRow: scoredRow{fullRow: fullRow{row: r}}}}
}

func (r scoredRow) whole() placedRow { return placedRow{seenRow: seenRow{scoredRow: r}} }

func (r seenRow) whole() placedRow { return placedRow{seenRow: r} }

func (r placedRow) whole() placedRow { return r }

// seenType is any of the selections that sightings are made of.
type seenType interface {
	row | scoredRow | seenRow | placedRow
	whole() placedRow
}

func (r placedRow) sighting(position flowd.Position, at time.Time) flowd.Sighting {
	interview := r.bare().interview()
	interview.Position = position
	if position.ID == "" {
		interview.Position = flowd.Position{ID: string(r.Position.ID), Name: string(r.Position.Name)}
	}
	interview.CompletedAt = completedAt(r.Completed, r.CompletedAt)
	interview.Score = score(r.Score.Value)
	interview.Status = standing(interview.Status, r.DiscardedAt, r.ShortlistedAt, interview.Answered)
	return flowd.Sighting{
		Interview: interview,
		Candidate: flowd.Candidate{
			Email:     strings.TrimSpace(string(r.Candidate.Email)),
			FirstName: strings.TrimSpace(string(r.Person.FirstName)),
			LastName:  strings.TrimSpace(string(r.Person.LastName)),
			Phone:     strings.TrimSpace(string(r.Person.Phone)),
		},
		At: at,
	}
}

// completedAt prefers the name that webhooks use too: the time is part of an
// event's identity, whoever brings it.
func completedAt(completed, newer instant) time.Time {
	if completed.at.IsZero() {
		return newer.at
	}
	return completed.at
}

// score rounds to a hundredth, so that an average which is written in one place
// with more digits than in another stays one score.
func score(w word) float64 {
	v, err := strconv.ParseFloat(string(w), 64)
	if err != nil || !(v > 0 && v <= 100) {
		return 0
	}
	return math.Round(v*100) / 100
}

// standing is the status, or where it is none of the known words what the times
// say of it.
func standing(said flowd.InterviewStatus, discarded, shortlisted instant, answered bool) flowd.InterviewStatus {
	switch {
	case said != "":
		return said
	case discarded.happened:
		return flowd.InterviewDiscarded
	case shortlisted.happened:
		return flowd.InterviewShortlisted
	case answered:
		return flowd.InterviewToEvaluate
	}
	return flowd.InterviewPending
}

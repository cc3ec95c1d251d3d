package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// Interview is what is known of an interview, without any link of the
// candidate's own.
type Interview struct {
	ID       string    `json:"id"`
	Position string    `json:"position,omitempty"`
	Status   string    `json:"status,omitempty"`
	Answered bool      `json:"answered"`
	Deleted  bool      `json:"deleted,omitempty"`
	Invited  time.Time `json:"invited,omitzero"`
	Finished time.Time `json:"finished_at,omitzero"`
	Score    float64   `json:"score,omitempty"`
	Duration Duration  `json:"duration,omitempty"`
	// Page is where recruiters watch it, behind a login at Hireflix.
	Page string `json:"page,omitempty"`
	// Untied tells that no application is known for it: Key is what `release`
	// takes to name one.
	Untied     bool   `json:"untied,omitempty"`
	Key        string `json:"key,omitempty"`
	Transcript string `json:"transcript,omitempty"`
}

// interviewsOf are the interviews of a story as they were seen last, oldest
// first: those of its invites, and those that were only heard of.
func interviewsOf(s state.Story) []Interview {
	out := []Interview{}
	put := func(in flowd.Interview) {
		if in.ID == "" {
			return
		}
		i := slices.IndexFunc(out, func(o Interview) bool { return o.ID == in.ID })
		if i < 0 {
			i = len(out)
			out = append(out, Interview{})
		}
		out[i] = interviewOf(in)
		out[i].Untied = s.ATS == flowd.Untied
	}
	for _, t := range s.Events {
		if t.Event.Type.OfInterview() {
			put(t.Event.Interview)
		}
	}
	for _, row := range s.Rows {
		if row.Action.Kind == flowd.ActionInvite {
			put(row.Interview)
		}
	}
	for _, row := range s.Rows {
		if row.Action.Kind != flowd.ActionTie {
			continue
		}
		for i := range out {
			if out[i].ID == row.Action.Interview {
				out[i].Key = row.Action.Key.Short()
			}
		}
	}
	return out
}

func interviewOf(in flowd.Interview) Interview {
	return Interview{
		ID: in.ID, Position: nameOf(in.Position.Name, in.Position.ID), Status: interviewWord(in), Answered: in.Answered,
		Deleted: in.Deleted, Invited: in.CreatedAt, Finished: in.CompletedAt, Score: in.Score, Duration: Duration(in.Duration),
		Page: in.PrivateURL,
	}
}

// interviewWord is where an interview stands. A status alone does not say that
// somebody answered.
func interviewWord(in flowd.Interview) string {
	var words []string
	switch {
	case in.Deleted:
		words = append(words, "deleted")
	case in.Answered:
		words = append(words, string(flowd.WordFinished))
	default:
		words = append(words, "not answered")
	}
	if in.Status == flowd.InterviewShortlisted || in.Status == flowd.InterviewDiscarded {
		words = append(words, string(in.Status))
	}
	return strings.Join(words, ", ")
}

// seenAs is an interview and its results in one line.
func seenAs(in flowd.Interview) string {
	words := interviewWord(in)
	if in.Again {
		words += ", recorded anew"
	}
	if in.Score > 0 {
		words += fmt.Sprintf(", score %g", in.Score)
	}
	if in.Duration > 0 {
		words += ", " + in.Duration.Round(time.Second).String()
	}
	return words
}

// transcripts adds what the candidates said.
func (a api) transcripts(ctx context.Context, list []Interview) error {
	for i := range list {
		in := &list[i]
		if !in.Answered || in.Deleted {
			continue
		}
		text, ok, err := a.Transcript(ctx, in.ID)
		switch {
		case err != nil:
			return err
		case !ok:
			text = "Hireflix has not written it yet: it comes some time after the interview"
		}
		in.Transcript = text
	}
	return nil
}

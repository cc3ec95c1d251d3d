package web

import (
	"strings"
	"time"

	"flowd"
	"flowd/internal/redact"
	"flowd/state"
)

// Entry is one line of a list: who is where, and why in words.
type Entry struct {
	Word        flowd.Word        `json:"word"`
	State       flowd.ActionState `json:"state,omitempty"`
	Why         string            `json:"why,omitempty"`
	Reason      flowd.Reason      `json:"reason,omitempty"`
	At          time.Time         `json:"at,omitzero"`
	Due         time.Time         `json:"due,omitzero"`
	Name        string            `json:"name,omitempty"`
	Email       string            `json:"email,omitempty"`
	ATS         string            `json:"ats"`
	Application string            `json:"application"`
	Candidate   string            `json:"candidate,omitempty"`
	Job         string            `json:"job,omitempty"`
	Stage       string            `json:"stage,omitempty"`
	Position    string            `json:"position,omitempty"`
	Rule        string            `json:"rule,omitempty"`
	Batch       string            `json:"batch,omitempty"` // what it was ordered or held together with
	Key         string            `json:"key,omitempty"`   // short; what release and cancel take
	Interview   string            `json:"interview,omitempty"`
	Event       string            `json:"event,omitempty"`
	Attempts    int               `json:"attempts,omitempty"`
	Kind        flowd.ActionKind  `json:"kind,omitempty"`
	Target      string            `json:"target,omitempty"` // the tag, field, stage or channel
	Finished    time.Time         `json:"finished_at,omitzero"`
	Score       float64           `json:"score,omitempty"`
	Duration    Duration          `json:"duration,omitzero"`

	verdict flowd.Verdict // of the decision that is shown
}

func entries(f state.Found, show bool) []Entry {
	var out []Entry
	person := func(i int, e Entry) Entry {
		if i < len(f.People) {
			e.Name, e.Email = shown(f.People[i], show)
		}
		return e
	}
	for i, row := range f.Rows {
		out = append(out, person(i, entryOf(row)))
	}
	for i, told := range f.Told {
		out = append(out, person(i, leftEntry(told)))
	}
	return out
}

// shown is a person's name and address as this reader may see them.
func shown(c flowd.Candidate, show bool) (name, email string) {
	if show {
		return c.FullName(), c.Email
	}
	return redact.Name(c.FullName()), redact.Email(c.Email)
}

func entryOf(row state.Row) Entry {
	act := row.Action
	e := Entry{
		Word: rowWord(row), State: row.State, Kind: act.Kind, Target: act.Target, Reason: row.Reason, Why: why(row.Reason, row.Detail), At: row.Updated,
		ATS: act.ATS, Application: act.Application, Candidate: act.Candidate, Job: nameOf(act.Job.Name, act.Job.ID),
		Stage: nameOf(act.Stage.Name, act.Stage.ID), Position: nameOf(act.Position.Name, act.Position.ID), Rule: act.Rule, Batch: act.Batch,
		Key: act.Key.Short(), Interview: row.Interview.ID, Event: act.Event, Attempts: row.Attempts,
		Finished: row.Interview.CompletedAt, Score: row.Interview.Score, Duration: Duration(row.Interview.Duration),
	}
	if e.Interview == "" {
		e.Interview = act.Interview
	}
	if row.State.Owing() && row.State != flowd.Held {
		e.Due = row.Due
	}
	return e
}

// leftEntry is an event, under the decision that says most.
func leftEntry(t state.Told) Entry {
	app := t.Facts.Application
	e := Entry{
		Word: flowd.WordNotInvited, At: t.Event.Time(), ATS: t.Event.ATS, Application: t.Event.Application.ID,
		Candidate: app.Candidate.ID, Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(t.Event.Stage.Name, t.Event.Stage.ID),
		Event: t.Event.Key,
	}
	if t.Decided.IsZero() {
		e.Word, e.Why = flowd.WordWaiting, "not decided yet"
	}
	for _, d := range t.Decisions {
		// The first rule that left the person out says more than one that never
		// looked; one that acts says most.
		more := e.Rule == "" || d.Verdict == flowd.Skipped && e.verdict != flowd.Skipped
		if len(d.Actions) > 0 {
			e.Word, e.Reason, e.Rule, e.verdict = "", d.Reason, d.Rule, d.Verdict
			e.Position = nameOf(d.Actions[0].Position.Name, d.Actions[0].Position.ID)
			e.Why = "the rule acts: `flowd explain` tells what came of it"
			if t.Event.Type.Ordered() {
				e.Why = ordered(t.Event) + ", ordered by " + t.Event.Order.By
			}
			break
		}
		if more {
			e.Reason, e.Rule, e.Why, e.verdict = d.Reason, d.Rule, why(d.Reason, d.Because), d.Verdict
		}
	}
	return e
}

// why joins the closed reason and the words beside it.
func why(r flowd.Reason, detail string) string {
	words := r.InWords()
	switch {
	case detail == "":
		return words
	case strings.HasPrefix(detail, words): // it says more of the same
		return detail
	}
	return words + ": " + detail
}

func nameOf(name, id string) string {
	if name != "" {
		return name
	}
	return id
}

package web

import (
	"net/http"
	"strconv"
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
	Key         string            `json:"key,omitempty"` // short; what release and cancel take
	Interview   string            `json:"interview,omitempty"`
	Event       string            `json:"event,omitempty"`
	Attempts    int               `json:"attempts,omitempty"`
}

// List is one page of entries.
type List struct {
	Entries []Entry `json:"entries"`
	Next    string  `json:"next,omitempty"`
}

// listStates maps what a person types after --state to what it means.
var listStates = map[string]struct {
	words []flowd.Word
	left  bool // decisions that asked for nothing as well
}{
	"waiting": {words: []flowd.Word{flowd.WordWaiting}},
	"held":    {words: []flowd.Word{flowd.WordHeld}},
	"sent":    {words: []flowd.Word{flowd.WordInvited, flowd.WordChecking}},
	"failed":  {words: []flowd.Word{flowd.WordFailed}},
	"skipped": {words: []flowd.Word{flowd.WordNotInvited}, left: true},
	"would":   {words: []flowd.Word{flowd.WordWould}},
	"":        {words: flowd.Words(), left: true},
}

// ListStates is what --state takes.
var ListStates = []string{"waiting", "held", "sent", "failed", "skipped", "would"}

func (a api) list(r *http.Request) (any, error) {
	q := r.URL.Query()
	which, ok := listStates[q.Get("state")]
	if !ok {
		return nil, wrong("--state is one of " + strings.Join(ListStates, ", "))
	}
	limit, err := limitOf(q.Get("limit"))
	if err != nil {
		return nil, err
	}
	f := state.Filter{Rule: q.Get("rule"), Job: q.Get("job"), Source: q.Get("source")}
	if s := q.Get("reason"); s != "" {
		f.Reasons = []flowd.Reason{flowd.Reason(s)}
	}
	if s := q.Get("since"); s != "" {
		if f.Since, err = time.Parse(time.RFC3339, s); err != nil {
			return nil, wrong("since is a time such as 2026-03-02T09:00:00Z")
		}
	}
	subjects := a.subjects(q.Get("events") != "", which.left)
	if f.States = statesOf(which.words); len(f.States) == 0 {
		return nil, wrong("nothing to list")
	}
	return a.page(r, f, subjects, q.Get("after"), limit, q.Get("show") != "")
}

func (a api) subjects(events, left bool) []state.Subject {
	switch {
	case events:
		return []state.Subject{state.Events}
	case left:
		return []state.Subject{state.Actions, state.Left}
	}
	return []state.Subject{state.Actions}
}

func statesOf(words []flowd.Word) []flowd.ActionState {
	var out []flowd.ActionState
	for _, w := range words {
		for _, s := range w.States() {
			// A row that was decided again is not where its person stands: the
			// newer row is.
			if s != flowd.Replaced {
				out = append(out, s)
			}
		}
	}
	return out
}

// page walks the subjects in turn; the token says in which one it stopped.
func (a api) page(r *http.Request, f state.Filter, subjects []state.Subject, after string, limit int, show bool) (any, error) {
	stopped, err := a.stopped(r)
	if err != nil {
		return nil, err
	}
	list := List{Entries: []Entry{}}
	at, token, _ := strings.Cut(after, ":")
	start, _ := strconv.Atoi(at) // an unknown token begins at the front
	for i := max(start, 0); i < len(subjects); i++ {
		f.Subject = subjects[i]
		found, err := a.Store.Find(r.Context(), f, state.Page{After: token, Limit: limit - len(list.Entries)})
		if err != nil {
			return nil, err
		}
		for _, e := range entries(found, show) {
			if e.State == flowd.Due && e.Why == "" {
				e.Why = stopped // due, and nothing goes out: say why
			}
			list.Entries = append(list.Entries, e)
		}
		token = found.Next
		switch {
		case token != "":
			list.Next = strconv.Itoa(i) + ":" + token
			return list, nil
		case len(list.Entries) >= limit && i+1 < len(subjects):
			list.Next = strconv.Itoa(i+1) + ":"
			return list, nil
		}
	}
	return list, nil
}

// stopped is why nothing goes out at the moment, or "".
func (a api) stopped(r *http.Request) (string, error) {
	if a.Info().PausedByFile {
		return "the file PAUSED lies beside the state", nil
	}
	pauses, err := a.Store.Pause(r.Context(), state.PauseChange{}, a.Now())
	for _, p := range pauses {
		if p.Scope == state.ScopeAll || p.Scope == state.ScopeAccount {
			return why(p.Reason, p.Detail), nil
		}
	}
	return "", err
}

func limitOf(text string) (int, error) {
	if text == "" {
		return 200, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1000 {
		return 0, wrong("limit is between 1 and 1000")
	}
	return n, nil
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
		Word: row.State.Word(), State: row.State, Reason: row.Reason, Why: why(row.Reason, row.Detail), At: row.Updated,
		ATS: act.ATS, Application: act.Application, Candidate: act.Candidate, Job: nameOf(act.Job.Name, act.Job.ID),
		Stage: nameOf(act.Stage.Name, act.Stage.ID), Position: nameOf(act.Position.Name, act.Position.ID), Rule: act.Rule,
		Key: act.Key.Short(), Interview: row.Interview.ID, Event: act.Event, Attempts: row.Attempts,
	}
	if row.State.Owing() && row.State != flowd.Held {
		e.Due = row.Due
	}
	return e
}

// leftEntry is an event that asked for nothing, under the reason that says most.
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
		if e.Reason == "" || d.Verdict == flowd.Skipped {
			e.Reason, e.Rule, e.Why = d.Reason, d.Rule, why(d.Reason, d.Because)
		}
		if len(d.Actions) > 0 {
			e.Word, e.Why = "", "see its action"
		}
	}
	return e
}

// why joins the closed reason and the words beside it.
func why(r flowd.Reason, detail string) string {
	words := r.InWords()
	switch {
	case detail == "" || detail == words:
		return words
	case words == "":
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

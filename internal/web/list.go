package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// List is one page of entries.
type List struct {
	Entries []Entry `json:"entries"`
	Next    string  `json:"next,omitempty"`
	// Note is what else is to be said of an order, in words.
	Note string `json:"note,omitempty"`
}

// listStates maps what a person types after --state to what it means.
var listStates = map[string]struct {
	words []flowd.Word
	left  bool // decisions that asked for nothing as well
}{
	"waiting":   {words: []flowd.Word{flowd.WordWaiting}},
	"held":      {words: []flowd.Word{flowd.WordHeld}},
	"sent":      {words: []flowd.Word{flowd.WordInvited, flowd.WordChecking}},
	"finished":  {words: []flowd.Word{flowd.WordFinished}},
	"withdrawn": {words: []flowd.Word{flowd.WordWithdrawn}},
	"failed":    {words: []flowd.Word{flowd.WordFailed}},
	"skipped":   {words: []flowd.Word{flowd.WordNotInvited}, left: true},
	"would":     {words: []flowd.Word{flowd.WordWould}},
	"":          {words: flowd.Words(), left: true},
}

// ListStates is what --state takes.
var ListStates = []string{"waiting", "held", "sent", "finished", "withdrawn", "failed", "skipped", "would"}

// listed tells whether a row stands for a person, or for a thing that wants one:
// what follows an invite and went well is shown only when all is asked for.
func listed(row state.Row) bool {
	switch row.Action.Kind {
	case flowd.ActionInvite, flowd.ActionDecide:
		return true
	}
	return row.State == flowd.Held || row.State == flowd.NeedsPerson || row.State == flowd.GivenUp
}

// narrowed keeps the rows of a page, and their people, that are listed under one
// of the words.
func narrowed(f state.Found, words []flowd.Word, all bool) state.Found {
	if f.Rows == nil {
		return f
	}
	out := state.Found{Next: f.Next}
	for i, row := range f.Rows {
		// What follows an invite reads as done or not: as its state, here.
		word := row.State.Word()
		if row.Action.Kind == flowd.ActionInvite {
			word = flowd.WordOf(row.State, row.Interview)
		}
		if !all && !listed(row) || !slices.Contains(words, word) {
			continue
		}
		out.Rows = append(out.Rows, row)
		if i < len(f.People) {
			out.People = append(out.People, f.People[i])
		}
	}
	return out
}

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
	f := state.Filter{Rule: q.Get("rule"), Batch: q.Get("batch"), Job: q.Get("job"), Source: q.Get("source")}
	if s := q.Get("reason"); s != "" {
		f.Reasons = []flowd.Reason{flowd.Reason(s)}
	}
	if s := q.Get("since"); s != "" {
		if f.Since, err = time.Parse(time.RFC3339, s); err != nil {
			return nil, wrong("since is a time such as 2026-03-02T09:00:00Z")
		}
	}
	subjects := a.subjects(q.Get("events") != "", which.left && f.Batch == "") // who was left out is of no batch
	f.States = statesOf(which.words)
	if len(which.words) == 1 {
		f.Word = which.words[0]
	}
	keep := func(found state.Found) state.Found {
		return narrowed(found, which.words, q.Get("all") != "" || f.Batch != "")
	}
	list, err := search(q.Get("text"), q.Get("after"), limit, func(after string) (List, error) {
		return a.page(r, f, subjects, after, limit, keep, q.Get("show") != "")
	})
	if err != nil || q.Get("after") != "" || q.Get("events") != "" || f.Batch != "" || !slices.Contains(which.words, flowd.WordWaiting) {
		return list, err
	}
	undecided, err := a.undecided(r, q.Get("show") != "")
	list.Entries = append(holding(undecided, q.Get("text")), list.Entries...)
	return list, err
}

// undecided are events that wait for their decision: for a name that only
// Hireflix can resolve, say. They stand before the first page.
func (a api) undecided(r *http.Request, show bool) ([]Entry, error) {
	pending, err := a.Store.Undecided(r.Context(), maxUndecided)
	entries := make([]Entry, 0, len(pending))
	for _, p := range pending {
		if p.Event.Type.OfInterview() {
			continue // news of somebody who stands in the list already
		}
		e := leftEntry(state.Told{Event: p.Event, Facts: p.Facts})
		e.Name, e.Email = shown(p.Facts.Application.Candidate, show)
		entries = append(entries, e)
	}
	return entries, err
}

// maxUndecided bounds how many of them are listed; status tells the number.
const maxUndecided = 1000

func (a api) subjects(events, left bool) []state.Subject {
	switch {
	case events:
		return []state.Subject{state.Events}
	case left:
		return []state.Subject{state.Actions, state.Left, state.Standing}
	}
	return []state.Subject{state.Actions}
}

func statesOf(words []flowd.Word) []flowd.ActionState {
	var out []flowd.ActionState
	for _, w := range words {
		if w == flowd.WordFinished || w == flowd.WordWithdrawn {
			w = flowd.WordInvited // what became of it is told by the interview
		}
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
func (a api) page(r *http.Request, f state.Filter, subjects []state.Subject, after string, limit int, keep func(state.Found) state.Found, show bool) (List, error) {
	list := List{Entries: []Entry{}}
	stopped, err := a.stopped(r)
	if err != nil {
		return list, err
	}
	at, token, _ := strings.Cut(after, ":")
	start, _ := strconv.Atoi(at) // an unknown token begins at the front
	for i := max(start, 0); i < len(subjects); i++ {
		if f.Subject = subjects[i]; f.Subject != state.Actions {
			f.Word = "" // of rows alone
		}
		page := state.Page{After: token, Limit: limit - len(list.Entries)}
		var part []Entry
		if f.Subject == state.Standing {
			part, token, err = a.unlisted(r.Context(), f, page, show)
		} else {
			var found state.Found
			found, err = a.Store.Find(r.Context(), f, page)
			part, token = entries(keep(found), show), found.Next
		}
		if err != nil {
			return list, err
		}
		for _, e := range part {
			if e.State == flowd.Due && e.Why == "" {
				e.Why = stopped // due, and nothing goes out: say why
			}
			list.Entries = append(list.Entries, e)
		}
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

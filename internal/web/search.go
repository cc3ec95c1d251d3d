package web

import (
	"slices"
	"strings"
)

// maxSearched bounds how many entries one request looks through; the token of
// its answer goes on where it stopped.
const maxSearched = 20_000

// search pages on until something is found, or enough was looked at: what a page
// of the state holds need not be listed. With a text, only the entries that have
// it count, and it goes on for about as many as a page may have. Only the last
// page has no token.
func search(text, after string, limit int, page func(after string) (List, error)) (List, error) {
	enough := 1
	if text != "" {
		enough = limit
	}
	out := List{Entries: []Entry{}}
	for looked := 0; ; {
		list, err := page(after)
		if err != nil {
			return out, err
		}
		looked += limit
		out.Entries = append(out.Entries, holding(list.Entries, text)...)
		after, out.Next = list.Next, list.Next
		if list.Next == "" || len(out.Entries) >= enough || looked >= maxSearched {
			return out, nil
		}
	}
}

// holding keeps the entries in which each word of the text stands, as far as the
// reader sees them: a masked name must not be found by guessing it.
func holding(entries []Entry, text string) []Entry {
	words := strings.Fields(strings.ToLower(text))
	return slices.DeleteFunc(entries, func(e Entry) bool {
		shown := strings.ToLower(strings.Join([]string{
			e.Name, e.Email, e.Job, e.Stage, e.Position, e.Rule, e.Batch, e.Why, e.ATS, e.Application, e.Candidate, e.Key, e.Interview,
		}, "\n"))
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(shown, word) })
	})
}

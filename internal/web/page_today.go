package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// todayPage is `flowd status` for a browser.
type todayPage struct {
	Status
	Wants  []want
	Counts []wordCount
	Chart  chart
}

// want is something that waits for a person, with what to type and where it is
// shown here.
type want struct {
	Count   int // 0 where there is nothing to count
	What    string
	Detail  string
	Command string
	Link    string
}

// wordCount is how many stand under a word.
type wordCount struct {
	Word  flowd.Word
	Count int
	Link  string
}

func (p *pages) today(w http.ResponseWriter, r *http.Request, g Grant) {
	s, err := ask[Status](r, p.status, nil)
	if err != nil {
		p.problem(w, r, err)
		return
	}
	body := todayPage{Status: s, Wants: wants(s)}
	if body.Chart, err = p.chart.of(r.Context(), p.Store, p.Now()); err != nil {
		p.problem(w, r, err)
		return
	}
	for _, word := range flowd.Words() {
		// Whom the rules leave out never became a row that could be counted.
		if n := s.People[word]; n > 0 && word != flowd.WordNotInvited {
			body.Counts = append(body.Counts, wordCount{word, n, peopleLink(stateOf(word), "")})
		}
	}
	p.render(w, http.StatusOK, "today", frame{Title: "Today", Place: "/", Command: commandLine("flowd", "status"), Grant: g, Body: body})
}

// wants groups what needs a person: what stops everything first.
func wants(s Status) []want {
	var out []want
	for _, stop := range s.Pauses {
		out = append(out, stopped(stop))
	}
	for _, text := range s.Problems {
		out = append(out, want{What: text})
	}
	if s.Rules.Stale != "" {
		out = append(out, want{What: "The files on disk are not served", Detail: s.Rules.Stale, Command: commandLine("flowd", "check")})
	}
	if n := s.People[flowd.WordFailed]; n > 0 {
		out = append(out, want{Count: n, What: "failed: flowd gave up on them", Link: peopleLink("failed", ""),
			Command: commandLine("flowd", "list", "--state", "failed")})
	}
	for _, words := range sortedByCount(s.Held) {
		w := want{Count: s.Held[words], What: "held: " + words, Link: peopleLink("held", ""), Command: commandLine("flowd", "list", "--state", "held")}
		if reason := reasonOf(words); reason != "" {
			w.Link = peopleLink("held", string(reason))
			w.Command = commandLine("flowd", "list", "--state", "held", "--reason", string(reason))
		}
		out = append(out, w)
	}
	if s.Unread > 0 {
		out = append(out, want{Count: s.Unread, What: "unread: deliveries that could not be understood", Detail: "flowd's log names the source and what is missing"})
	}
	return out
}

// stopped is a pause, with the way out of it.
func stopped(p Stop) want {
	w := want{What: "Paused: " + p.What, Detail: p.Reason}
	if p.By != "" {
		w.Detail = "by " + p.By
	}
	if p.Detail != "" {
		w.Detail += ": " + p.Detail
	}
	if !p.Since.IsZero() {
		w.Detail += ", since " + when(p.Since)
	}
	if !p.Probe.IsZero() {
		w.Detail += ", tried again " + when(p.Probe)
	}
	switch kind, id := state.Scope(p.Scope).Split(); {
	case p.Since.IsZero():
		w.Detail += ": delete it to go on"
	case kind == "rule":
		w.Command = commandLine("flowd", "resume", id)
	case kind == "position":
		w.Detail += ". Open it in Hireflix; its queue goes on by itself"
	default:
		w.Command = commandLine("flowd", "resume", "--all")
	}
	return w
}

func sortedByCount(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if m[a] != m[b] {
			return m[b] - m[a]
		}
		return strings.Compare(a, b)
	})
	return keys
}

// reasonOf is the reason that reads as these words, or "".
func reasonOf(words string) flowd.Reason {
	for _, r := range flowd.Reasons() {
		if r.InWords() == words {
			return r
		}
	}
	return ""
}

// stateOf is the --state under which a word is listed.
func stateOf(w flowd.Word) string {
	for _, name := range ListStates {
		if slices.Contains(listStates[name].words, w) {
			return name
		}
	}
	return ""
}

func peopleLink(state, reason string) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", state)
	}
	if reason != "" {
		q.Set("reason", reason)
	}
	return "/people?" + q.Encode()
}

// when is a time as a person reads it, in the zone of the machine that flowd
// runs on: the pages say which that is.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2 Jan 2006 15:04")
}

// agoFrom is a span in the largest unit that fits.
func agoFrom(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min ago"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h ago"
	}
	return strconv.Itoa(int(d.Hours()/24)) + " days ago"
}

// plural is "1 person" or "3 people".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

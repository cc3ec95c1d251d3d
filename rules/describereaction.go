package rules

import (
	"fmt"
	"strings"

	"flowd"
)

// describeReaction is what sets a reaction off and what it does, in words.
func (s *Set) describeReaction(b *strings.Builder, r *Rule) {
	b.WriteString(s.inWords(r.trigger))
	describeConditions(b, r)
	b.WriteString(":\n")
	for _, st := range r.steps {
		fmt.Fprintf(b, "  %d. %s\n", st.Index+1, st.inWords())
	}
	if r.OncePerInterview {
		b.WriteString("Each step is done once for an interview.\n")
	} else {
		b.WriteString("Each step is done once for an event.\n")
	}
	if r.Holds.Span > 0 {
		b.WriteString(r.asks() + "\n")
	}
	for _, line := range r.later() {
		b.WriteString(line + "\n")
	}
	b.WriteString(r.grouped())
}

// happening is an event in words.
func happening(e flowd.EventType) string {
	switch e {
	case flowd.StageEntered:
		return "an application enters a stage"
	case stageLeft:
		return "an application leaves a stage"
	case flowd.JobClosed:
		return "a job is closed"
	case flowd.InterviewInvited:
		return "somebody is invited to an interview"
	case flowd.InterviewStatusChanged:
		return "an interview's status changes"
	case flowd.ApplicationWithdrawn:
		return "an application is withdrawn"
	}
	of, what, _ := strings.Cut(string(e), ".")
	return "an " + of + " is " + what
}

// waiting is what a timer waits for: 3d after the invite, where it is still
// unanswered.
func (t *trigger) waiting() string {
	since := "the invite"
	if len(t.events) > 0 && t.events[0] == flowd.InterviewFinished {
		since = "the interview was finished"
	}
	out := fmt.Sprintf("%s after %s", t.timer.inWords(), since)
	if t.timer.still != "" {
		out += ", where it is still " + t.timer.still
	}
	return out
}

// inWords is the trigger for people.
func (s *Set) inWords(t *trigger) string {
	var events []string
	for _, e := range t.events {
		events = append(events, happening(e))
	}
	out := "When " + strings.Join(events, ", or ")
	if t.timer.waits() {
		out = t.waiting()
	}
	var filters []string
	for col := range columnCount {
		if len(t.cells[col]) > 0 {
			filters = append(filters, col.String()+" "+alternatives(t.cells[col]))
		}
	}
	if len(t.from) > 0 {
		filters = append(filters, "from "+alternatives(t.from))
	}
	if len(t.positions) > 0 {
		var names []string
		for _, n := range t.positions {
			names = append(names, s.book.positions[n].text)
		}
		filters = append(filters, "position "+alternatives(names))
	}
	if len(t.status) > 0 {
		filters = append(filters, "status "+alternatives(t.status))
	}
	if len(t.via) > 0 {
		filters = append(filters, "via "+alternatives(t.via))
	}
	if len(filters) > 0 {
		out += ", for " + strings.Join(filters, ", ")
	}
	switch {
	case len(t.of) > 0:
		out += ", of " + strings.Join(t.of, " or ")
	case t.anyOf:
		out += ", whoever invited"
	}
	return out
}

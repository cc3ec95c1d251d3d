package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd/state"
)

// holdings says what kinds of data are kept of a person, since when, and until
// when.
func (a api) holdings(stories []state.Story) []Holding {
	var values, fields, systems []string
	var events, bodies, rows, interviews int
	var first, firstRow, firstInterview, newest time.Time
	for _, s := range stories {
		c := s.Application.Candidate
		for _, part := range []struct{ name, value string }{
			{"name", c.FullName()}, {"address", c.Email}, {"phone", c.Phone}, {"country", c.Country}, {"language", c.Language},
			{"profile link", s.Application.URL}, {"tags", strings.Join(append(slices.Clone(c.Tags), s.Application.Tags...), "")},
		} {
			if part.value != "" && !slices.Contains(values, part.name) {
				values = append(values, part.name)
			}
		}
		for _, f := range s.Application.Fields {
			if f.Value != nil && !slices.Contains(fields, nameOf(f.Name, f.Key)) {
				fields = append(fields, nameOf(f.Name, f.Key))
			}
		}
		if !slices.Contains(systems, s.ATS) {
			systems = append(systems, s.ATS)
		}
		for _, t := range s.Events {
			events++
			first = earliest(first, t.Event.Received)
			if t.Event.Received.After(newest) {
				newest = t.Event.Received
			}
			if a.Retention != nil && a.Now().Sub(t.Event.Received) < a.Retention().Raw {
				bodies++
			}
		}
		for _, row := range s.Rows {
			rows++
			firstRow = earliest(firstRow, row.Created)
		}
		for _, in := range interviewsOf(s) {
			interviews++
			firstInterview = earliest(firstInterview, in.Invited)
		}
	}
	var keep state.Retention
	if a.Retention != nil {
		keep = a.Retention()
	}
	const erased = "until the person is erased"
	out := []Holding{}
	add := func(n int, what string, since time.Time, until string) {
		if n > 0 {
			out = append(out, Holding{What: what, Since: since, Until: until})
		}
	}
	add(len(values), "of the person: "+strings.Join(values, ", ")+" (told by "+strings.Join(systems, ", ")+")", first, erased)
	add(len(fields), "custom fields: "+strings.Join(fields, ", "), first, erased)
	add(events, count(events, "event", "events")+" with what the rules decided on them", first, untilAge(keep.Decisions))
	add(bodies, "the deliveries that brought them, as they came", first, untilAge(keep.Raw))
	add(rows, count(rows, "promise", "promises")+" (invites and what follows them) and their outcomes, by ids", firstRow,
		"kept for ever without the person's values, so that nobody is invited twice")
	add(interviews, count(interviews, "interview", "interviews")+" at Hireflix: ids, status, score, duration; no recording", firstInterview,
		"kept with the promise they belong to; Hireflix holds the recording")
	return out
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func untilAge(span time.Duration) string {
	if span <= 0 {
		return "as `retention:` says"
	}
	if span%(24*time.Hour) == 0 {
		return fmt.Sprintf("%s after they came, or the person is erased", count(int(span/(24*time.Hour)), "day", "days"))
	}
	return fmt.Sprintf("%s after they came, or the person is erased", span)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

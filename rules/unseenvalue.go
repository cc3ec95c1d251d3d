package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// enough is how many events must have told a member before a value that none of
// them had is doubtful though nothing seen looks like it. Of tags that is never
// so: some are rare and meant.
const enough = 20

// shortestNear is how long a text must be to look like another: of two codes,
// each is meant.
const shortestNear = 4

// literals looks the texts up that a condition compares something with.
func (u unseen) literals(at place, reads expression.Reads) {
	for _, l := range reads.Literals {
		switch l.Of {
		case "stage", "from", "application.stage":
			u.stage(at, l.Text)
		case "job.name":
			u.job(at, l.Text)
		default:
			u.value(at, cmp.Or(l.Field, l.Of), l.Of, l.Text, columnCount)
		}
	}
}

// cells looks up what the columns of a row or trigger want.
func (u unseen) cells(at place, cells [columnCount][]string) {
	for col, member := range columnMembers {
		if member == "" {
			continue
		}
		for _, wanted := range cells[col] {
			u.value(at, member, member, wanted, column(col))
		}
	}
}

// fits tells whether a cell fits what an event has; of no column, whether a
// condition takes two texts for one.
func (c column) fits(cell, offered string) bool {
	if c == colLanguage {
		return slices.Contains(widening(offered), FoldName(cell))
	}
	return FoldName(cell) == FoldName(offered)
}

// wanted is a value that a column, or a condition, wants of a member.
type wanted struct {
	member, value string
	in            column
}

// value warns of a value that nothing had, of a member or custom field that is
// called member. Where little was seen, it has to look like something that was.
func (u unseen) value(at place, name, member, text string, in column) {
	of := FindValues(u.seen.Values, name)
	had := of != nil && slices.ContainsFunc(of.Values, func(v ValueSeen) bool { return in.fits(text, v.Value) })
	if had || in == columnCount && u.listed(at, "value", text, u.systems.values(name, u.of)) || of == nil {
		return
	}
	a := wanted{member, text, in}
	instead, known := u.instead[a] // a table says the same in many rows
	if !known {
		instead = of.instead(text, in)
		u.instead[a] = instead
	}
	if instead != "" {
		u.report.warn(at, "unseen-value", "seen: "+instead, "you wrote %q, and no event since %s had that as %s", text, u.seen.ValuesSince.UTC().Format(time.DateOnly), member)
	}
}

// instead are values that were seen where the wanted one was not, in words; ""
// where it was, and where that says nothing.
func (s ValuesSeen) instead(wanted string, in column) string {
	total := 0
	var values []string
	for _, v := range s.Values {
		if in.fits(wanted, v.Value) {
			return ""
		}
		total += v.Times
		values = append(values, v.Value)
	}
	near := ""
	if folded := FoldName(wanted); utf8.RuneCountInString(folded) >= shortestNear {
		near = strictyaml.Nearest(folded, values)
	}
	if s.Free || near == "" && (total < enough || strings.HasSuffix(s.Member, ".tags")) {
		return ""
	}
	return s.told(near)
}

// told are the values that were seen most often, or the one alone that is meant,
// with how often.
func (s ValuesSeen) told(alone string) string {
	const shown = 5
	var out []string
	for _, v := range s.Values {
		switch {
		case alone != "" && v.Value != alone:
		case len(out) == shown:
			return strings.Join(append(out, "…"), ", ")
		case v.Times == 1:
			out = append(out, fmt.Sprintf("%q once", v.Value))
		default:
			out = append(out, fmt.Sprintf("%q %d times", v.Value, v.Times))
		}
	}
	return strings.Join(out, ", ")
}

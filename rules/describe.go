package rules

import (
	"fmt"
	"strings"

	"flowd"
)

// shownRows is how many rows a description lists.
const shownRows = 20

// Describe is a rule in plain words; false for one that the set does not have.
func (s *Set) Describe(id string) (string, bool) {
	r, ok := s.Rule(id)
	if !ok {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s, %s)\n", r.ID, r.inMode(), r.place)
	if r.Description != "" {
		fmt.Fprintf(&b, "%s\n", r.Description)
	}
	if r.Mode == Closing {
		b.WriteString("It takes nobody new. What it promised goes on as below.\n")
	}
	if r.Reaction {
		s.describeReaction(&b, r)
		return b.String(), true
	}
	when := "When an application enters a stage"
	if len(r.stages) > 0 {
		when = "When an application enters " + alternatives(r.stages)
	}
	if len(r.rows) == 1 {
		fmt.Fprintf(&b, "%s, for %s, invite to %s", when, r.rows[0].fits(), s.positionOf(r.rows[0]))
	} else {
		fmt.Fprintf(&b, "%s, invite\n", when)
		for i, row := range r.rows {
			if i == shownRows {
				fmt.Fprintf(&b, "  … and %d more rows\n", len(r.rows)-shownRows)
				break
			}
			fmt.Fprintf(&b, "  for %s: to %s\n", row.fits(), s.positionOf(row))
		}
		b.WriteString("where a row that names the job wins, then the one that names more columns")
	}
	describeConditions(&b, r)
	b.WriteString(".\n")
	b.WriteString(r.habits())
	return b.String(), true
}

func describeConditions(b *strings.Builder, r *Rule) {
	for i, c := range r.ifs {
		word := " and"
		if i == 0 {
			word = ",\nif"
		}
		fmt.Fprintf(b, "%s %s", word, c.inWords())
	}
	for i, c := range r.unless {
		word := " or"
		if i == 0 {
			word = ",\nunless"
		}
		fmt.Fprintf(b, "%s %s", word, c.inWords())
	}
}

func (r *Rule) inMode() string {
	if r.Mode == flowd.Live {
		return string(r.Mode)
	}
	words := fmt.Sprintf("%s: %s", r.Mode, r.Reason)
	if !r.ReviewOn.IsZero() {
		words += ", to be looked at on " + r.ReviewOn.Format("2006-01-02")
	}
	return words
}

// habits are what holds for the whole rule.
func (r *Rule) habits() string {
	var out []string
	if r.OncePerCandidate {
		out = append(out, "Each person is invited to a position once, over all their applications.")
	} else {
		out = append(out, "Each application is invited once.")
	}
	if r.HoldUnmapped {
		out = append(out, "Whom no row fits is held for a person to look at.")
	} else {
		out = append(out, "Whom no row fits is listed and not invited.")
	}
	out = append(out, r.later()...)
	if r.silent {
		out = append(out, "Hireflix writes no e-mail: the ATS does.")
	}
	out = append(out, r.Holds.inWords()...)
	return strings.Join(out, "\n") + "\n" + r.grouped()
}

func (r *Rule) grouped() string {
	switch {
	case r.Otherwise:
		return fmt.Sprintf("It acts where no other rule of the group %s does.\n", r.Group)
	case r.Group != "":
		return fmt.Sprintf("Of the group %s, only the first rule that fits acts.\n", r.Group)
	}
	return ""
}

func (c condition) inWords() string {
	if c.because != "" {
		return fmt.Sprintf("%s (%s)", c, c.because)
	}
	return c.String()
}

// positionOf is the position as the row names it, with the id where they differ.
func (s *Set) positionOf(r row) string {
	p := s.positions[r.position]
	text := s.book.positions[r.position].text
	if p.ID != "" && p.ID != text && p.ID != FoldName(text) {
		return fmt.Sprintf("%q (%s)", text, p.ID)
	}
	return fmt.Sprintf("%q", text)
}

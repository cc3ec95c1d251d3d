package rules

import (
	"fmt"
	"slices"
	"strings"

	"flowd"
)

// nearMiss, where no condition speaks against the rule, is the row that one change would have made fit, in words, or "". Of
// several it is one whose value looks like what was asked for, then one that
// fits in more columns; a row that agrees in nothing says nothing.
func (r *Rule) nearMiss(q *question) string {
	best, at, closest := -1, column(0), 0
	for i, row := range r.rows {
		col, agreeing, ok := row.misses(q.values)
		if !ok || len(q.values[col]) == 0 {
			continue
		}
		score := agreeing
		if resembles(row.cells[col], q.values[col]) {
			score += int(columnCount)
		}
		if score > closest {
			best, at, closest = i, col, score
		}
	}
	if best < 0 {
		return ""
	}
	row := r.rows[best]
	return fmt.Sprintf("; one change would make %s fit: %s is %q, the row wants %s", row.place, at, offered(at, q.ev, q.facts), alternatives(row.cells[at]))
}

// against are the lines that speak against the rule, reached or not; a line that
// cannot be answered is one.
func (e Explanation) against() (out []ExplainedLine) {
	for _, l := range e.Conditions {
		if l.Tree == nil || l.Problem != "" || l.Tree.Value == (l.Kind == "unless") {
			out = append(out, l)
		}
	}
	return out
}

// turning are the leaves that each alone would turn the line, in words; "" where
// it takes two.
func (l ExplainedLine) turning() string {
	const shown = 3
	if l.Tree == nil {
		return ""
	}
	var out []string
	for _, leaf := range l.Tree.Turning() {
		switch {
		case len(out) == shown:
			return strings.Join(append(out, "…"), ", or ")
		case leaf.Value:
			out = append(out, "not ("+leaf.Text+")")
		default:
			out = append(out, leaf.Text)
		}
	}
	return strings.Join(out, ", or ")
}

// misses is the only column in which a row does not fit, and in how many it does;
// false where there is none or more than one.
func (r row) misses(v values) (missed column, agreeing int, ok bool) {
	for c := range columnCount {
		switch {
		case !r.named.has(c):
		case slices.ContainsFunc(r.folded[c], func(text string) bool { return slices.Contains(v[c], text) }):
			agreeing++
		case ok:
			return 0, 0, false
		default:
			missed, ok = c, true
		}
	}
	return missed, agreeing, ok
}

// resembles tells whether what a row wants and what there is are spelt alike: one
// begins with the other, as "Berlin" and "Berlin, DE".
func resembles(wanted, there []string) bool {
	const shortest = 3
	for _, w := range wanted {
		w = FoldName(w)
		for _, t := range there {
			if min(len(w), len(t)) >= shortest && (strings.HasPrefix(w, t) || strings.HasPrefix(t, w)) {
				return true
			}
		}
	}
	return false
}

// offered is what an event has to offer to a column, as it was written.
func offered(c column, ev flowd.Event, facts flowd.Facts) string {
	app := facts.Application
	stage, _ := stagesOf(ev, facts)
	name := func(name, id string) string {
		if name != "" {
			return name
		}
		return id
	}
	switch c {
	case colSource:
		return ev.Source
	case colJob:
		return name(app.Job.Name, app.Job.ID)
	case colDepartment:
		return app.Job.Department
	case colLocation:
		return app.Job.Location
	case colCountry:
		return app.Job.Country
	case colLanguage:
		return app.Candidate.Language
	}
	return name(stage.Name, stage.ID)
}

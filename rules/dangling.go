package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"flowd"
)

// Dangling is a row of the map, or a rule's own stage, that leads to nothing: the
// ATS has no such job or stage, or Hireflix no such position that is open.
type Dangling struct {
	Rule  string `json:"rule"`
	Owner string `json:"owner"`
	File  string `json:"file"`
	Line  int    `json:"line"`
	Kind  string `json:"kind"` // job, stage or position
	Name  string `json:"name"`
	// Gone tells that it was there.
	Gone bool   `json:"gone"`
	Why  string `json:"why"`
	Hint string `json:"hint,omitempty"` // what to write instead, where that can be guessed
}

// Kinds of a Dangling.
const (
	DanglingJob      = "job"
	DanglingStage    = "stage"
	DanglingPosition = "position"
)

// Dangling finds the rows of rules that invite, and take people, that lead to
// nothing, in file order. What a system does not list, because nobody has asked or
// because there is more, is not missed. A catalogue of positions that is nil is
// not asked either.
func (s *Set) Dangling(systems []System, positions []flowd.Position) []Dangling {
	d := dangling{systemsKnown: s.against(systems), positions: map[string]flowd.Position{}, bound: positions != nil}
	for _, p := range positions {
		d.positions[p.ID] = p
	}
	for _, r := range s.rules {
		if !r.TakesNew() || r.Reaction {
			continue
		}
		d.stages(r, r.place, r.stages, s.sourcesOf(r))
		for _, row := range r.rows {
			d.row(r, row)
		}
	}
	slices.SortStableFunc(d.found, func(a, b Dangling) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return d.found
}

type dangling struct {
	*systemsKnown
	positions map[string]flowd.Position
	bound     bool // positions are known
	found     []Dangling
}

func (d *dangling) add(r *Rule, at place, more Dangling) {
	more.Rule, more.Owner, more.File, more.Line = r.ID, r.Owner, at.file, at.line
	d.found = append(d.found, more)
}

func (d *dangling) stages(r *Rule, at place, names, sources []string) {
	of := d.asked(sources)
	for _, name := range names {
		if why, hint, gone := leadsNowhere(DanglingStage, name, of, d.systemsKnown.stages(of)); why != "" {
			d.add(r, at, Dangling{Kind: DanglingStage, Name: name, Gone: gone, Why: why, Hint: hint})
		}
	}
}

func (d *dangling) row(r *Rule, row row) {
	d.stages(r, row.place, row.cells[colStage], row.cells[colSource])
	of := d.asked(row.cells[colSource])
	for _, name := range row.cells[colJob] {
		if why, hint, gone := leadsNowhere(DanglingJob, name, of, d.jobs(of)); why != "" {
			d.add(r, row.place, Dangling{Kind: DanglingJob, Name: name, Gone: gone, Why: why, Hint: hint})
		}
	}
	if !d.bound {
		return
	}
	p := d.set.positions[row.position]
	name := cmp.Or(d.set.book.positions[row.position].text, p.ID)
	known, there := d.positions[p.ID]
	switch {
	case p.ID == "": // a set that is not bound: nobody knows which is meant, and one that is has none
	case !there:
		d.add(r, row.place, Dangling{Kind: DanglingPosition, Name: name, Gone: true, Why: "Hireflix no longer has this position"})
	case known.Archived:
		d.add(r, row.place, Dangling{Kind: DanglingPosition, Name: name, Gone: true, Why: "this position is archived in Hireflix"})
	}
}

// leadsNowhere is why a name leads to nothing in the systems, or "", and what to write
// instead.
func leadsNowhere(kind, name string, of []string, l listed) (why, hint string, gone bool) {
	lacks, gone, now := l.lacks(name)
	systems, have := strings.Join(of, " and "), "has"
	if len(of) > 1 {
		have = "have"
	}
	switch {
	case !lacks:
		return "", "", false
	case now != "":
		return fmt.Sprintf("%s %s this %s under another name now", systems, have, kind), fmt.Sprintf("write %q", now), true
	case gone:
		return fmt.Sprintf("%s no longer %s this %s: it was closed, deleted or renamed", systems, have, kind), l.near(name, ""), true
	}
	return fmt.Sprintf("%s %s no such %s", systems, have, kind), l.near(name, ""), false
}

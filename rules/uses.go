package rules

import (
	"slices"

	"flowd"
)

// Write is one thing that a rule does outside: for the question whether the
// sources and channels can.
type Write struct {
	Rule, File string
	Line       int
	Kind       flowd.ActionKind
	Sources    []string // by name; nil for any
	Target     string   // a template
}

// Writes are the steps of the reactions that are not disabled.
func (s *Set) Writes() []Write {
	var out []Write
	for _, r := range s.rules {
		if r.Mode == Disabled {
			continue
		}
		for _, st := range r.steps {
			out = append(out, Write{Rule: r.ID, File: st.place.file, Line: st.place.line, Kind: st.Kind, Sources: s.sourcesOf(r), Target: st.Target})
		}
	}
	return out
}

// sourcesOf are the sources whose applications a rule is about, as far as its rows
// say, or a reaction's trigger and the rules that it follows; nil for any.
func (s *Set) sourcesOf(r *Rule) []string {
	if !r.Reaction {
		return sourcesNamed(r.rows)
	}
	if named := r.trigger.cells[colSource]; len(named) > 0 {
		return slices.Clone(named)
	}
	var out []string
	for _, id := range r.trigger.of {
		followed, ok := s.Rule(id)
		if !ok {
			return nil
		}
		named := sourcesNamed(followed.rows)
		if named == nil {
			return nil
		}
		out = append(out, named...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sourcesNamed are the sources of all rows, or nil where one names none.
func sourcesNamed(rows []row) []string {
	var out []string
	for _, row := range rows {
		if !row.named.has(colSource) {
			return nil
		}
		out = append(out, row.cells[colSource]...)
	}
	return out
}

// PositionsUsed are the positions that live and shadow rules name, each once;
// with their ids where the set is bound.
func (s *Set) PositionsUsed() []flowd.Position {
	var out []flowd.Position
	seen := map[string]bool{}
	for i, w := range s.book.positions {
		if key := s.key(i); w.used && !seen[key] {
			seen[key] = true
			out = append(out, s.positions[i])
		}
	}
	return out
}

// key is what two positions that are one have in common: the id, or what is
// written while it is not known.
func (s *Set) key(number int) string {
	p := s.positions[number]
	if p.ID != "" {
		return p.ID
	}
	return "\x00" + FoldName(p.Name)
}

// Leads tells whether a row of some invite rule leads the application to the
// position, given by its id, whatever the application's stage.
func (s *Set) Leads(app flowd.Application, source, position string) bool {
	_, leads := s.RuleFor(app, source, position)
	return leads
}

// RuleFor is the id of the first rule in file order that leads the application to
// the position, whatever its stage: whose reactions an invite by hand belongs to.
func (s *Set) RuleFor(app flowd.Application, source, position string) (string, bool) {
	v := valuesOf(source, app.Job, flowd.Stage{}, app.Candidate)
	const butStage = columnSet(1<<columnCount-1) &^ (1 << colStage)
	for _, r := range s.rules {
		if r.Mode == Disabled {
			continue
		}
		for _, row := range r.rows {
			if position != "" && s.positions[row.position].ID == position && row.agrees(&v, butStage) {
				return r.ID, true
			}
		}
	}
	return "", false
}

// PositionFor is the position that the map gives the application at its stage,
// whatever the conditions say: for an invite by hand. Shadow rules are asked
// where no live one has a row. It is false where no row fits, or where rules
// disagree.
func (s *Set) PositionFor(app flowd.Application, source string) (flowd.Position, bool) {
	v := valuesOf(source, app.Job, app.Stage, app.Candidate)
	for _, mode := range []flowd.Mode{flowd.Live, flowd.Shadow} {
		found := -1
		for _, i := range s.mapped(app.Stage) {
			r := s.rules[i]
			if r.Mode != mode {
				continue
			}
			won := s.win(r, v)
			if won.row < 0 {
				continue
			}
			position := r.rows[won.row].position
			if won.against >= 0 || found >= 0 && s.key(found) != s.key(position) {
				return flowd.Position{}, false
			}
			found = position
		}
		if found >= 0 {
			return s.positions[found], true
		}
	}
	return flowd.Position{}, false
}

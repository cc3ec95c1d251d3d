package rules

import (
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
func (s *Set) Writes() []Write { return nil }

// PositionsUsed are the positions that live and shadow rules name, each once;
// with their ids where the set is bound.
func (s *Set) PositionsUsed() []flowd.Position { return nil }

// Leads tells whether a row of some invite rule leads the application to the
// position, given by its id, whatever the application's stage.
func (s *Set) Leads(app flowd.Application, source, position string) bool { return false }

// PositionFor is the position that the map gives the application at its stage,
// whatever the conditions say: for an invite by hand. It is false where no row
// fits, or where rules disagree.
func (s *Set) PositionFor(app flowd.Application, source string) (flowd.Position, bool) {
	return flowd.Position{}, false
}

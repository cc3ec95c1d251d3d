package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"flowd"
)

// Set is a compiled rule set. It is immutable and safe for concurrent use.
type Set struct {
	*book
	positions []flowd.Position // by number; without an id while not resolved
	bound     bool
}

// book is what a set and its bound copies share.
type book struct {
	digest    string
	files     []File
	rules     []*Rule
	byID      map[string]int
	byStage   map[string][]int // numbers of rules, by folded stage
	anyStage  []int            // numbers of rules that look at every stage
	fields    map[string]bool  // folded names of custom fields that conditions read
	count     int              // of rows
	positions []written
	tests     []test // at file level
	supplied  map[string]map[string]bool
}

// Digest identifies what the set's files say.
func (s *Set) Digest() string { return s.digest }

// Files are the rule files and the CSV files that they name; read-only.
func (s *Set) Files() []File { return s.files }

// Rules are the rules in file order.
func (s *Set) Rules() []*Rule { return s.rules }

// Rule returns the rule with the id.
func (s *Set) Rule(id string) (*Rule, bool) {
	i, ok := s.byID[id]
	if !ok {
		return nil, false
	}
	return s.rules[i], true
}

// Rows is the number of rows in all maps.
func (s *Set) Rows() int { return s.count }

// Bound tells whether every position is resolved to an id.
func (s *Set) Bound() bool { return s.bound }

// NamesField tells whether a condition reads a custom field of this name or
// key.
func (s *Set) NamesField(name string) bool { return s.fields[FoldName(name)] }

// set puts together what was compiled.
func (c *compiler) set() *Set {
	b := &book{rules: c.rules, fields: c.fields, positions: c.positions, tests: c.tests, supplied: map[string]map[string]bool{}}
	for _, f := range c.files {
		if c.used[f.Name] {
			b.files = append(b.files, f)
		}
	}
	b.digest = digestOf(b.files)
	b.arrange()
	for _, s := range c.sources {
		b.supplied[s.Name] = map[string]bool{}
		for _, m := range s.Members {
			b.supplied[s.Name][m] = true
		}
	}
	s := &Set{book: b, positions: make([]flowd.Position, len(b.positions))}
	for i, p := range b.positions {
		s.positions[i] = flowd.Position{Name: p.text}
	}
	return s
}

// arrange makes the look-ups by id and stage.
func (b *book) arrange() {
	b.byID, b.byStage, b.anyStage, b.count = map[string]int{}, map[string][]int{}, nil, 0
	for i, r := range b.rules {
		if _, taken := b.byID[r.ID]; !taken {
			b.byID[r.ID] = i
		}
		b.count += len(r.rows)
		stages, every := r.looksAt()
		if every {
			b.anyStage = append(b.anyStage, i)
		}
		for _, stage := range stages {
			b.byStage[stage] = append(b.byStage[stage], i)
		}
	}
}

// looksAt are the folded stages at which the rule acts; every means all.
func (r *Rule) looksAt() (stages []string, every bool) {
	named := r.stages
	if len(named) == 0 {
		for _, row := range r.rows {
			if !row.named.has(colStage) {
				return nil, true
			}
			named = append(named, row.cells[colStage]...)
		}
	}
	for _, s := range named {
		stages = append(stages, FoldName(s))
	}
	slices.Sort(stages)
	return slices.Compact(stages), false
}

// digest covers what the rule does.
func (r *Rule) digest(positions []written) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %v %v %v\n", r.ID, r.Mode, r.stages, r.Group, r.Otherwise, r.HoldUnmapped, r.OncePerCandidate)
	for _, row := range r.rows {
		fmt.Fprintf(h, "%q %q\n", row.cells, positions[row.position].text)
	}
	for _, c := range r.ifs {
		fmt.Fprintf(h, "if %q\n", c)
	}
	for _, c := range r.unless {
		fmt.Fprintf(h, "unless %q\n", c)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// supplies tells what a source lets conditions see. Of a source that the
// configuration does not name, all but what is a guess where it is absent.
func (b *book) supplies(source string) func(member string) bool {
	known, ok := b.supplied[source]
	return func(member string) bool {
		if !ok {
			return member != "candidate.can_email" && member != "candidate.is_internal"
		}
		return known[member] || alwaysKnown[member]
	}
}

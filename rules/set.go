package rules

import (
	"slices"

	"flowd"
	"flowd/internal/expression"
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
	named     map[string][]string // CSV files and fixtures, by the rule file that names them
	rules     []*Rule
	byID      map[string]int
	byStage   map[string][]int          // numbers of rules, by folded stage
	anyStage  []int                     // numbers of rules that look at every stage
	byEvent   map[flowd.EventType][]int // numbers of reactions
	fields    map[string]bool           // folded names of custom fields that rules read
	count     int                       // of rows
	positions []written
	tests     []test                       // at file level
	supplied  map[string]map[string]bool   // members, by source
	told      map[string]map[string]bool   // members, by ATS: what any of its sources tells
	systems   map[string]string            // ATS, by folded name of a source
	kinds     map[string]map[string]string // of stages, by ATS and folded name
	language  *expression.Language
	templates map[string]*expression.Template // by text
}

// Digest identifies what the set's files say.
func (s *Set) Digest() string { return s.digest }

// Files are the rule files and the CSV files and fixtures that they name;
// read-only.
func (s *Set) Files() []File { return s.files }

// FilesOf are a rule file and the CSV files and fixtures that it names, as far as
// they are part of the set; none where the file is not.
func (s *Set) FilesOf(name string) []File {
	var out []File
	for _, f := range s.files {
		if f.Name == name || slices.Contains(s.named[name], f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// Readers are the rule files that a file of the set matters to: itself, or those
// that name it where it is a CSV or a fixture.
func (s *Set) Readers(name string) []string {
	if isYAML(name) {
		return []string{name}
	}
	var out []string
	for reader, named := range s.named {
		if slices.Contains(named, name) {
			out = append(out, reader)
		}
	}
	slices.Sort(out)
	return out
}

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

// NamesField tells whether a condition or template reads a custom field of this
// name or key.
func (s *Set) NamesField(name string) bool { return s.fields[FoldName(name)] }

// set puts together what was compiled.
func (c *compiler) set() *Set {
	b := &book{rules: c.rules, fields: c.fields, positions: c.positions, tests: c.tests, language: c.language, templates: c.templates, named: c.named}
	for _, f := range c.files {
		if c.used[f.Name] {
			b.files = append(b.files, f)
		}
	}
	b.digest = digestOf(b.files)
	b.arrange()
	b.learn(c.sources)
	s := &Set{book: b, positions: make([]flowd.Position, len(b.positions))}
	for i, p := range b.positions {
		s.positions[i] = flowd.Position{Name: p.text}
	}
	return s
}

// arrange makes the look-ups by id and stage.
func (b *book) arrange() {
	b.byID, b.byStage, b.anyStage, b.count = map[string]int{}, map[string][]int{}, nil, 0
	b.byEvent = map[flowd.EventType][]int{}
	for i, r := range b.rules {
		if _, taken := b.byID[r.ID]; !taken {
			b.byID[r.ID] = i
		}
		if r.Reaction {
			for _, e := range r.trigger.types() {
				b.byEvent[e] = append(b.byEvent[e], i)
			}
			continue
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

package rules

import (
	"slices"

	"flowd"
)

// Part is some of a set's rules that are live or closing, and the quick question which
// events they may act on. It may be asked side by side.
type Part struct {
	set      *Set
	has      []bool // by number
	byStage  map[string][]int
	anyStage []int
}

// Part is those of the rules that are wanted and do more than record.
func (s *Set) Part(wanted func(r *Rule) bool) *Part {
	p := &Part{set: s, has: make([]bool, len(s.rules)), byStage: map[string][]int{}}
	for i, r := range s.rules {
		p.has[i] = r.ActsAs() == flowd.Live && wanted(r)
	}
	only := func(numbers []int) []int {
		return slices.DeleteFunc(slices.Clone(numbers), func(i int) bool { return !p.has[i] })
	}
	p.anyStage = only(s.anyStage)
	for stage, numbers := range s.byStage {
		if left := only(numbers); len(left) > 0 {
			p.byStage[stage] = left
		}
	}
	return p
}

// Has tells whether a rule is of the part.
func (p *Part) Has(id string) bool {
	i, ok := p.set.byID[id]
	return ok && p.has[i]
}

// IDs are those of its rules.
func (p *Part) IDs() (ids []string) {
	for i, has := range p.has {
		if has {
			ids = append(ids, p.set.rules[i].ID)
		}
	}
	return ids
}

// MayAct tells whether one of the rules may ask for something at an event of an
// application. It needs nothing personal: where a rule goes by the candidate's
// language, it may; so it may by its source, where the event names none.
func (p *Part) MayAct(ev flowd.Event, app flowd.Application) bool {
	facts := flowd.Facts{Application: app}
	stage, _ := stagesOf(ev, facts)
	v := valuesOf(ev.Source, app.Job, stage, app.Candidate)
	unknown := columnSet(0).with(colLanguage)
	if ev.Source == "" {
		unknown = unknown.with(colSource)
	}
	if ev.Type.Enters() {
		if p.maps(p.anyStage, v, unknown) {
			return true
		}
		for _, name := range folded(ev.Stage.ID, ev.Stage.Name) {
			if p.maps(p.byStage[name], v, unknown) {
				return true
			}
		}
	}
	return slices.ContainsFunc(p.set.byEvent[ev.Type], func(i int) bool {
		return p.has[i] && p.set.rules[i].trigger.mayFit(v)
	})
}

// maps tells whether one of some invite rules may ask for something: it has a row
// that fits, or holds those whom none does.
func (p *Part) maps(numbers []int, v values, unknown columnSet) bool {
	return slices.ContainsFunc(numbers, func(i int) bool {
		r := p.set.rules[i]
		return r.HoldUnmapped || slices.ContainsFunc(r.index.tables, func(t table) bool {
			return t.named&unknown != 0 || len(t.find(v)) > 0
		})
	})
}

// mayFit tells whether the trigger's filters by job and stage fit.
func (t *trigger) mayFit(v values) bool {
	for _, col := range []column{colJob, colDepartment, colLocation, colCountry, colStage} {
		if wanted := t.folded[col]; len(wanted) > 0 && !overlap(wanted, v[col]) {
			return false
		}
	}
	return true
}

// Differing is the part of the set whose rules another set does not have, or not
// alike: what all the others ask for of an event is the same in both, and in the
// same order, where both were compiled for the same sources.
func (s *Set) Differing(other *Set) *Part {
	alike := make([]bool, len(s.rules))
	var common, theirs []int // numbers of those alike, here and there
	same := s.samePositions(other)
	for i, r := range s.rules {
		j, ok := other.byID[r.ID]
		if alike[i] = ok && other.rules[j].Digest == r.Digest && s.sameGroup(r, other, other.rules[j]) && r.namesOnly(same); alike[i] {
			common, theirs = append(common, i), append(theirs, j)
		}
	}
	// Of two rules that ask for the same, the first does it. Those between the first
	// and the last that changed places count as others.
	sorted := slices.Sorted(slices.Values(theirs))
	first, last := 0, len(theirs)-1
	for first <= last && theirs[first] == sorted[first] {
		first++
	}
	for last >= first && theirs[last] == sorted[last] {
		last--
	}
	for _, i := range common[first : last+1] {
		alike[i] = false
	}
	number := map[*Rule]int{}
	for i, r := range s.rules {
		number[r] = i
	}
	return s.Part(func(r *Rule) bool { return !alike[number[r]] })
}

// sameGroup tells whether a rule stands among the same others of its group in both
// sets.
func (s *Set) sameGroup(r *Rule, other *Set, like *Rule) bool {
	if r.Group == "" {
		return true
	}
	digests := func(s *Set, of *Rule) (out []string) {
		for _, r := range s.rules {
			if r.File == of.File && r.Group == of.Group {
				out = append(out, r.Digest)
			}
		}
		return out
	}
	return slices.Equal(digests(s, r), digests(other, like))
}

// samePositions tells of each position, by number, whether its name stands for the
// same in another set.
func (s *Set) samePositions(other *Set) []bool {
	ids := map[string]string{}
	for i, w := range other.book.positions {
		ids[FoldName(w.text)] = other.positions[i].ID
	}
	same := make([]bool, len(s.positions))
	for i, w := range s.book.positions {
		id, named := ids[FoldName(w.text)]
		same[i] = named && id == s.positions[i].ID
	}
	return same
}

// namesOnly tells whether the rule names no other positions than these.
func (r *Rule) namesOnly(these []bool) bool {
	return !slices.ContainsFunc(r.rows, func(row row) bool { return !these[row.position] }) &&
		(r.trigger == nil || !slices.ContainsFunc(r.trigger.positions, func(n int) bool { return !these[n] }))
}

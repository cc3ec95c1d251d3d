package rules

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"flowd"
)

// System is what an ATS says that it has. A list that is nil is not known, and is
// not asked.
type System struct {
	ATS    string
	Jobs   []flowd.Job // those that people can apply to or stand in
	Stages []flowd.Stage
	Fields []SystemField
	// Partial tells that there may be more.
	Partial bool
	// FormerJobs and FormerStages were listed before, and are not any more.
	FormerJobs   []flowd.Job
	FormerStages []flowd.Stage
	// ClosedJobs are those of which events told that they were closed, where the
	// system cannot be asked.
	ClosedJobs []flowd.Job
}

// SystemField is a custom field, or a member such as candidate.source, as an ATS
// lists it.
type SystemField struct {
	Member string      // empty of a custom field
	Field  flowd.Field // without a value
	Values []string    // those to choose from; nil where anything may stand there
}

// listed is what several systems have of one kind, each for itself.
type listed []*shelf

// shelf is what one system has of a kind, by folded name and id.
type shelf struct {
	known  bool // wholly
	has    map[string]bool
	former map[string]string // the id of what was there
	closed map[string]bool
	byID   map[string]string // names
	names  []string          // as they are written there
}

func (s *shelf) add(id, name string) {
	for _, f := range folded(id, name) {
		s.has[f] = true
	}
	if id != "" {
		s.byID[id] = name
	}
	s.names = append(s.names, name)
}

func (s *shelf) was(id, name string) {
	for _, f := range folded(id, name) {
		s.former[f] = id
	}
}

// known tells whether all systems say wholly what they have.
func (l listed) known() bool {
	return len(l) > 0 && !slices.ContainsFunc(l, func(s *shelf) bool { return !s.known })
}

// lacks tells whether none of the systems has something of this id or name; where
// one had it, gone, and now what that is called today, if it is only named
// otherwise.
func (l listed) lacks(name string) (lacks, gone bool, now string) {
	f := FoldName(name)
	if len(l) == 0 || f == "" {
		return false, false, ""
	}
	for _, s := range l {
		if s.has[f] || !s.known && !s.closed[f] {
			return false, false, ""
		}
		id, was := s.former[f]
		gone = gone || was || s.closed[f]
		now = cmp.Or(now, s.byID[id])
	}
	return true, gone, now
}

// near is what was most likely meant, or otherwise.
func (l listed) near(name, otherwise string) string {
	var names []string
	for _, s := range l {
		names = append(names, s.names...)
	}
	slices.Sort(names)
	return didYouMean(name, slices.Compact(names), otherwise)
}

// systemsKnown is what is known of each system.
type systemsKnown struct {
	all    map[string]System
	set    *Set
	listed map[string]listed // by kind and the systems that are asked
}

func (s *Set) against(systems []System) *systemsKnown {
	k := &systemsKnown{all: map[string]System{}, set: s, listed: map[string]listed{}}
	for _, sys := range systems {
		k.all[sys.ATS] = sys
	}
	return k
}

// asked are the systems that a rule or row is about, by the sources that it names:
// all that are configured where it names none.
func (k *systemsKnown) asked(sources []string) []string {
	of := map[string]bool{}
	for _, name := range sources {
		if ats := k.set.systems[FoldName(name)]; ats != "" {
			of[ats] = true
		}
	}
	if len(sources) == 0 {
		for _, ats := range k.set.systems {
			of[ats] = true
		}
	}
	if len(of) == 0 { // rule files alone: nobody said which there are
		for ats := range k.all {
			of[ats] = true
		}
	}
	return slices.Sorted(maps.Keys(of))
}

func (k *systemsKnown) jobs(of []string) listed {
	return k.list("job", of, func(sys System, s *shelf) bool {
		for _, j := range sys.FormerJobs {
			s.was(j.ID, j.Name)
		}
		for _, j := range sys.ClosedJobs {
			for _, f := range folded(j.ID, j.Name) {
				s.closed[f] = true
			}
		}
		for _, j := range sys.Jobs {
			s.add(j.ID, j.Name)
		}
		return sys.Jobs != nil
	})
}

func (k *systemsKnown) stages(of []string) listed {
	return k.list("stage", of, func(sys System, s *shelf) bool {
		for _, x := range sys.FormerStages {
			s.was(x.ID, x.Name)
		}
		for _, x := range sys.Stages {
			s.add(x.ID, x.Name)
		}
		return sys.Stages != nil
	})
}

func (k *systemsKnown) fields(of []string) listed {
	return k.list("field", of, func(sys System, s *shelf) bool {
		for _, f := range sys.Fields {
			if f.Member == "" {
				s.add(f.Field.Key, f.Field.Name)
			}
		}
		return sys.Fields != nil
	})
}

// values are those to choose from of a member or custom field. One that a system
// has without a list may be anything.
func (k *systemsKnown) values(name string, of []string) listed {
	folded := FoldName(name)
	return k.list("value "+folded, of, func(sys System, s *shelf) bool {
		for _, f := range sys.Fields {
			own := f.Member == "" && (FoldName(f.Field.Name) == folded || FoldName(f.Field.Key) == folded) || f.Member == name
			if !own {
				continue
			}
			for _, text := range f.Values {
				s.add("", text)
			}
			return f.Values != nil
		}
		return false
	})
}

func (k *systemsKnown) list(kind string, of []string, add func(sys System, s *shelf) (known bool)) listed {
	key := kind + "\x00" + strings.Join(of, "\x00")
	if l, ok := k.listed[key]; ok {
		return l
	}
	l := make(listed, len(of))
	for i, ats := range of {
		l[i] = &shelf{has: map[string]bool{}, former: map[string]string{}, closed: map[string]bool{}, byID: map[string]string{}}
		sys := k.all[ats]
		l[i].known = add(sys, l[i]) && !sys.Partial
	}
	k.listed[key] = l
	return l
}

// Mapped are the ids of the rules that look at a stage of a system: those that
// invite whoever comes.
func (s *Set) Mapped(ats string, stage flowd.Stage) []string {
	var out []string
	for _, i := range s.mapped(stage) {
		if r := s.rules[i]; r.TakesNew() && slices.ContainsFunc(r.rows, func(row row) bool { return s.concerns(row, ats) }) {
			out = append(out, r.ID)
		}
	}
	return out
}

// SourceOf is a source of the system, the first by name; empty where none is
// configured.
func (s *Set) SourceOf(ats string) string {
	for _, name := range slices.Sorted(maps.Keys(s.systems)) {
		if s.systems[name] == ats {
			return name
		}
	}
	return ""
}

// Covers tells whether some row of those rules leads from the job to a position,
// for anybody at any stage.
func (s *Set) Covers(ats string, job flowd.Job) bool {
	v := valuesOf("", job, flowd.Stage{}, flowd.Candidate{})
	const ofJob = columnSet(1<<colJob | 1<<colDepartment | 1<<colLocation | 1<<colCountry)
	for _, r := range s.rules {
		if r.TakesNew() && slices.ContainsFunc(r.rows, func(row row) bool { return s.concerns(row, ats) && row.agrees(&v, ofJob) }) {
			return true
		}
	}
	return false
}

// concerns tells whether a row can fit somebody of a system.
func (s *Set) concerns(r row, ats string) bool {
	return !r.named.has(colSource) || slices.ContainsFunc(r.cells[colSource], func(name string) bool {
		of, known := s.systems[FoldName(name)]
		return of == ats || !known
	})
}

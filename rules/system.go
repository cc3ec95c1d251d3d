package rules

import (
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
}

// SystemField is a custom field, or a member such as candidate.source, as an ATS
// lists it.
type SystemField struct {
	Member string      // empty of a custom field
	Field  flowd.Field // without a value
	Values []string    // those to choose from; nil where anything may stand there
}

// listed is what several systems have of one kind, jobs or stages, by folded name
// and id.
type listed struct {
	known  bool // by all that are asked
	has    map[string]bool
	former map[string]string // the id of what was there, by folded name and id
	byID   map[string]string // names
	names  []string          // as they are written there
}

func (l *listed) add(id, name string) {
	for _, f := range folded(id, name) {
		l.has[f] = true
	}
	if id != "" {
		l.byID[id] = name
	}
	l.names = append(l.names, name)
}

// lacks tells whether none of the systems has something of this id or name; where
// one had it, gone, and now what that is called today, if it is only named
// otherwise.
func (l *listed) lacks(name string) (lacks, gone bool, now string) {
	f := FoldName(name)
	if !l.known || f == "" || l.has[f] {
		return false, false, ""
	}
	id, gone := l.former[f]
	return true, gone, l.byID[id]
}

// near is what was most likely meant, or otherwise.
func (l *listed) near(name, otherwise string) string {
	return didYouMean(name, slices.Compact(slices.Sorted(slices.Values(l.names))), otherwise)
}

// systemsKnown is what is known of each system.
type systemsKnown struct {
	all    map[string]System
	set    *Set
	listed map[string]*listed // by kind and the systems that are asked
}

func (s *Set) against(systems []System) *systemsKnown {
	k := &systemsKnown{all: map[string]System{}, set: s, listed: map[string]*listed{}}
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

func (k *systemsKnown) jobs(of []string) *listed {
	return k.list("job", of, func(sys System, l *listed) bool {
		for _, j := range sys.FormerJobs {
			l.was(j.ID, j.Name)
		}
		for _, j := range sys.Jobs {
			l.add(j.ID, j.Name)
		}
		return sys.Jobs != nil && !sys.Partial
	})
}

func (k *systemsKnown) stages(of []string) *listed {
	return k.list("stage", of, func(sys System, l *listed) bool {
		for _, s := range sys.FormerStages {
			l.was(s.ID, s.Name)
		}
		for _, s := range sys.Stages {
			l.add(s.ID, s.Name)
		}
		return sys.Stages != nil && !sys.Partial
	})
}

func (k *systemsKnown) fields(of []string) *listed {
	return k.list("field", of, func(sys System, l *listed) bool {
		for _, f := range sys.Fields {
			if f.Member == "" {
				l.add(f.Field.Key, f.Field.Name)
			}
		}
		return sys.Fields != nil && !sys.Partial
	})
}

// values are those to choose from of a member or custom field. One that a system
// has without a list may be anything.
func (k *systemsKnown) values(name string, of []string) *listed {
	folded := FoldName(name)
	return k.list("value "+folded, of, func(sys System, l *listed) bool {
		for _, f := range sys.Fields {
			own := f.Member == "" && (FoldName(f.Field.Name) == folded || FoldName(f.Field.Key) == folded) || f.Member == name
			if !own {
				continue
			}
			for _, text := range f.Values {
				l.add("", text)
			}
			return f.Values != nil
		}
		return false
	})
}

func (l *listed) was(id, name string) {
	for _, f := range folded(id, name) {
		l.former[f] = id
	}
}

func (k *systemsKnown) list(kind string, of []string, add func(sys System, l *listed) (known bool)) *listed {
	key := kind + "\x00" + strings.Join(of, "\x00")
	if l := k.listed[key]; l != nil {
		return l
	}
	l := &listed{known: len(of) > 0, has: map[string]bool{}, former: map[string]string{}, byID: map[string]string{}}
	for _, ats := range of {
		sys, ok := k.all[ats]
		if !add(sys, l) || !ok {
			l.known = false
		}
	}
	k.listed[key] = l
	return l
}

// Mapped are the ids of the rules that look at a stage of a system: those that
// invite and are not disabled.
func (s *Set) Mapped(ats string, stage flowd.Stage) []string {
	var out []string
	for _, i := range s.mapped(stage) {
		if r := s.rules[i]; r.Mode != Disabled && slices.ContainsFunc(r.rows, func(row row) bool { return s.concerns(row, ats) }) {
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
		if r.Mode != Disabled && slices.ContainsFunc(r.rows, func(row row) bool { return s.concerns(row, ats) && row.agrees(v, ofJob) }) {
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

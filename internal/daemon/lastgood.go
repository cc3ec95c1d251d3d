package daemon

import (
	"context"
	"maps"
	"slices"

	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// trial is how a number of rule files do together: compiled, tested, and bound to
// Hireflix's positions.
type trial struct {
	set      *rules.Set
	compiled bool // without an error; then the tests ran
	problems []strictyaml.Problem
	binding  []strictyaml.Problem // what binding says
	tests    []rules.TestResult
	pins     map[string]string
	unread   string // why there is no set at all
}

// try compiles files and runs their tests; bind completes it.
func try(files []rules.File, o rules.Options) *trial {
	t := &trial{}
	t.set, t.problems = rules.Compile(files, o)
	if t.compiled = !hasErrors(t.problems); t.compiled {
		t.tests = rules.RunTests(t.set, engine.Decide, rules.TestOptions{Progress: o.Progress})
	}
	return t
}

// faults are why rule files cannot serve, by name. What belongs to no file, or
// to a table that none names, stands under "".
func (t *trial) faults() map[string]string {
	out := map[string]string{}
	if t.set == nil {
		out[""] = t.unread
		return out
	}
	note := func(file, why string) {
		readers := t.set.Readers(file)
		if file == "" || len(readers) == 0 {
			readers = []string{""}
		}
		for _, r := range readers {
			if out[r] == "" {
				out[r] = why
			}
		}
	}
	for _, p := range slices.Concat(t.problems, t.binding) {
		if p.Severity == strictyaml.Error {
			note(p.File, p.String())
		}
		if p.Code == "duplicate-id" { // which of the two files is right, nobody can tell
			for _, other := range t.sharing() {
				note(other, p.String())
			}
		}
	}
	for _, r := range t.tests {
		if !r.OK {
			note(r.File, "a test fails: "+r.Name)
		}
	}
	return out
}

// sharing are the files with a rule whose id another file uses, too.
func (t *trial) sharing() (files []string) {
	by := map[string]string{}
	for _, r := range t.set.Rules() {
		if other, taken := by[r.ID]; taken && other != r.File {
			files = append(files, other, r.File)
		}
		by[r.ID] = r.File
	}
	return files
}

// binder binds trials to the positions of the account. A position may be newer
// than what was known, so Hireflix is asked once where a name is unknown.
type binder struct {
	places *catalogue
	asked  bool
	// lenient lets names wait that cannot be resolved: Hireflix did not answer, and
	// flowd has to start.
	lenient bool
}

func (b *binder) bind(ctx context.Context, t *trial) {
	if len(t.faults()) > 0 {
		return
	}
	set, pins, problems := b.places.resolve(t.set, true)
	if hasErrors(problems) && !b.asked {
		b.asked = true
		if b.places.refresh(ctx, firstRefresh) {
			set, pins, problems = b.places.resolve(t.set, true)
		}
	}
	if hasErrors(problems) && b.lenient {
		set, pins, problems = b.places.resolve(t.set, false)
	}
	t.set, t.pins, t.binding = set, pins, problems
}

// mixture is what files on disk come to: each as it is, or as it last was good.
type mixture struct {
	*trial
	kept map[string]string // by rule file that is served as it last was good: why
	was  *rules.Set        // of a start: what served before, where that was something else
}

// maxMixes bounds how often files are exchanged for what they were. What still
// does not fit together then is refused as a whole.
const maxMixes = 6

// mix puts together what can serve of the files on disk. A rule file that cannot
// is taken, with the tables that it names, as it is in the set that served
// before, so that it does not hold up the others; one that never served has no
// such version and refuses the whole. Files can contradict each other, such as by
// an id that both use; where taking back the one that is named does not help, all
// that changed are taken back.
func mix(disk *trial, files []rules.File, before *rules.Set, attempt func([]rules.File) *trial) *mixture {
	m := &mixture{trial: disk, kept: map[string]string{}}
	now := map[string]rules.File{}
	for _, f := range files {
		now[f.Name] = f
	}
	takeBack := func(name, why string) (changed bool) {
		if m.kept[name] != "" {
			return false
		}
		for _, f := range before.FilesOf(name) {
			if string(now[f.Name].Data) != string(f.Data) {
				now[f.Name], changed = f, true
			}
		}
		if changed {
			m.kept[name] = why
		}
		return changed
	}
	for range maxMixes {
		faults := m.faults()
		if len(faults) == 0 || before == nil {
			return m
		}
		progress := false
		for name, why := range faults {
			if len(before.FilesOf(name)) == 0 {
				return m // it never served
			}
			progress = takeBack(name, why) || progress
		}
		if !progress {
			for _, f := range files {
				progress = f.IsRules() && takeBack(f.Name, first(faults)) || progress
			}
		}
		if !progress {
			return m
		}
		m.trial = attempt(slices.Collect(maps.Values(now)))
	}
	return m
}

func first(faults map[string]string) string {
	return faults[slices.Min(slices.Collect(maps.Keys(faults)))]
}

// differing are the files whose words on disk are not those that serve, by name.
func differing(disk []rules.File, served *rules.Set) []string {
	now := map[string][]byte{}
	var out []string
	for _, f := range disk {
		now[f.Name] = f.Data
	}
	serves := map[string]bool{}
	for _, f := range served.Files() {
		serves[f.Name] = true
		if data, there := now[f.Name]; !there || string(data) != string(f.Data) {
			out = append(out, f.Name)
		}
	}
	for _, f := range disk {
		if f.IsRules() && !serves[f.Name] {
			out = append(out, f.Name)
		}
	}
	slices.Sort(out)
	return out
}

package rules

import (
	"regexp"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/strictyaml"
)

// objectID is the form of Hireflix's ids, which need no catalogue.
var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// Bind resolves the positions that rows name, by id or by folded name, against
// the catalogue, and returns a bound copy. pins are the ids of names that were
// resolved before: a name keeps its id even when the position is renamed or gone
// since, and with no catalogue at all; newPins are those of this set. Problems
// are placed at the first row that names the position. A nil catalogue reports
// nothing: what it would have to resolve stays without an id, and the copy says
// that it is not bound. Positions of disabled rules need not exist.
func (s *Set) Bind(catalogue []flowd.Position, pins map[string]string) (bound *Set, newPins map[string]string, problems []strictyaml.Problem) {
	bound = &Set{book: s.book, positions: slices.Clone(s.positions), bound: true}
	newPins = map[string]string{}
	r := newReport(s.files)
	b := binding{report: r, catalogue: catalogue, ids: map[string]flowd.Position{}, named: map[string][]flowd.Position{}}
	for _, p := range catalogue {
		b.ids[p.ID] = p
		b.named[FoldName(p.Name)] = append(b.named[FoldName(p.Name)], p)
	}
	for i, w := range s.book.positions {
		name := FoldName(w.text)
		if !w.used {
			if pin, ok := pins[name]; ok {
				newPins[name] = pin
			}
			bound.positions[i] = flowd.Position{Name: w.text}
			continue
		}
		p := b.resolve(w, pins[name])
		bound.positions[i] = p
		switch {
		case p.ID == "":
			bound.bound = false
		case p.ID != w.text:
			newPins[name] = p.ID
		}
	}
	return bound, newPins, r.sorted()
}

type binding struct {
	report    *report
	catalogue []flowd.Position
	ids       map[string]flowd.Position
	named     map[string][]flowd.Position
}

// resolve finds the position that is meant; without an id where none is.
func (b binding) resolve(w written, pin string) flowd.Position {
	if p, ok := b.ids[w.text]; ok {
		return b.checked(p, w)
	}
	if pin != "" {
		return b.pinned(w, pin)
	}
	if b.catalogue == nil {
		if objectID.MatchString(w.text) {
			return flowd.Position{ID: w.text}
		}
		return flowd.Position{Name: w.text}
	}
	found := open(b.named[FoldName(w.text)])
	switch len(found) {
	case 0:
		b.report.error(w.place, "no-position", didYouMean(w.text, b.names(), "flowd names positions lists those of the account"), "Hireflix has no position %q", w.text)
	case 1:
		return b.checked(found[0], w)
	default:
		b.report.error(w.place, "ambiguous", "write the id of the one that is meant", "%d positions are named %q: %s", len(found), w.text, idsOf(found))
	}
	return flowd.Position{Name: w.text}
}

// pinned keeps the meaning that a name had when it was first served.
func (b binding) pinned(w written, id string) flowd.Position {
	p, there := b.ids[id]
	switch {
	case b.catalogue == nil:
		return flowd.Position{ID: id, Name: w.text}
	case !there:
		b.report.warn(w.place, "vanished", "name another position", "Hireflix no longer has the position %q (%s)", w.text, id)
		return flowd.Position{ID: id, Name: w.text}
	case FoldName(p.Name) != FoldName(w.text):
		b.report.warn(w.place, "renamed", "write its new name, or its id", "the position %q is named %q now; it is still the one that is meant (%s)", w.text, p.Name, id)
	}
	if others := slices.DeleteFunc(open(b.named[FoldName(w.text)]), func(o flowd.Position) bool { return o.ID == id }); len(others) > 0 {
		b.report.warn(w.place, "second-name", "write the id of the one that is meant", "%s is named %q too, and is not meant: the name stands for %s", idsOf(others), w.text, id)
	}
	return b.checked(p, w)
}

func (b binding) checked(p flowd.Position, w written) flowd.Position {
	if p.Archived {
		b.report.warn(w.place, "archived", "open it in Hireflix, or name another: invites wait until then", "the position %q is archived", w.text)
	}
	return p
}

func (b binding) names() []string {
	names := make([]string, len(b.catalogue))
	for i, p := range b.catalogue {
		names[i] = p.Name
	}
	return names
}

// open leaves the archived ones out where one of the name is not.
func open(list []flowd.Position) []flowd.Position {
	active := slices.DeleteFunc(slices.Clone(list), func(p flowd.Position) bool { return p.Archived })
	if len(active) > 0 {
		return active
	}
	return list
}

func idsOf(list []flowd.Position) string {
	var ids []string
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}

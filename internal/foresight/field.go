package foresight

import (
	"slices"
	"strings"
	"sync"
	"time"

	"flowd"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// unkept tells of the custom fields that the edited rules read which of them
// nobody kept on the day of an event. Its methods may be called side by side.
type unkept struct {
	read   []string // by the edited rules
	kept   []string // whatever the rules
	of     func(digest string) *rules.Set
	served *rules.Set

	mu   sync.Mutex
	sets map[string]*day // by digest
}

// day is what counted while a set of rules served.
type day struct {
	missing []string        // fields that were not kept
	invites map[string]bool // the ids of rules that invite in earnest
	since   time.Time       // the first event of the set
	until   time.Time       // and the last
}

// day is that of a set, by its digest; without one, that of what serves.
func (u *unkept) day(digest string) *day {
	u.mu.Lock()
	defer u.mu.Unlock()
	if d := u.sets[digest]; d != nil {
		return d
	}
	set := u.served
	if digest != "" && digest != set.Digest() && u.of != nil {
		if then := u.of(digest); then != nil {
			set = then
		}
	}
	d := &day{invites: map[string]bool{}}
	for _, name := range u.read {
		if !set.NamesField(name) && !slices.Contains(u.kept, name) {
			d.missing = append(d.missing, name)
		}
	}
	for _, r := range set.Rules() {
		d.invites[r.ID] = !r.Reaction && r.ActsAs() == flowd.Live
	}
	u.sets[digest] = d
	return d
}

// note keeps when the first and the last event of a day came in.
func (u *unkept) note(d *day, first, last time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if d.since.IsZero() || first.Before(d.since) {
		d.since = first
	}
	if last.After(d.until) {
		d.until = last
	}
}

// at are the fields that were not kept when an event came in, folded.
func (u *unkept) at(t state.Told) []string {
	if len(u.read) == 0 {
		return nil
	}
	return u.day(ruleSetOf(t)).missing
}

// since is the day from which on a field is kept; zero where it is not, or not any
// more.
func (u *unkept) since(name string) (at time.Time) {
	if !u.served.NamesField(name) && !slices.Contains(u.kept, name) {
		return at
	}
	var lost time.Time // the last event of which it was not kept
	for _, d := range u.sets {
		if slices.Contains(d.missing, name) && d.until.After(lost) {
			lost = d.until
		}
	}
	for _, d := range u.sets {
		if d.since.After(lost) && !slices.Contains(d.missing, name) && (at.IsZero() || d.since.Before(at)) {
			at = d.since
		}
	}
	if at.IsZero() { // by rules that were there before, too
		return lost
	}
	return at
}

// told are the fields that were not kept all the time.
func (u *unkept) told() []web.KeptField {
	out := []web.KeptField{}
	for _, name := range u.read {
		lost := false
		for _, d := range u.sets {
			lost = lost || !d.since.IsZero() && slices.Contains(d.missing, name)
		}
		if lost {
			out = append(out, web.KeptField{Name: name, Since: u.since(name)})
		}
	}
	slices.SortFunc(out, func(a, b web.KeptField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// words is why nobody can tell, for a field.
func (u *unkept) words(name string) string {
	if at := u.since(name); !at.IsZero() {
		return "the rule reads the field " + name + ", which is kept since " + at.UTC().Format(time.DateOnly)
	}
	return "the rule reads the field " + name + ", which is not kept yet"
}

// explain says it for everybody of whom nobody can tell: until all events were
// gone through, Why is the field's name alone.
func (u *unkept) explain(people []web.Planned) {
	for i := range people {
		if p := &people[i]; p.Change == web.CannotTell {
			p.Why = u.words(p.Why)
		}
	}
}

// lack is a custom field that nobody kept, and the edited rule whose answer hangs
// on it. The zero value is none.
type lack struct{ rule, field string }

// hangs finds what the edited rules that differ lack to answer an event.
func (c *comparison) hangs(t state.Told, at time.Time, edited []flowd.Decision) lack {
	return c.lacks(c.edited, c.unknown.at(t), t, at, edited)
}

// lacks finds the first of some missing fields that the answer of one of some of
// the edited rules hangs on.
func (c *comparison) lacks(of *rules.Part, missing []string, t state.Told, at time.Time, edited []flowd.Decision) lack {
	if len(missing) == 0 || !of.MayAct(t.Event, t.Facts.Application) {
		return lack{}
	}
	for _, d := range edited {
		asked := d.Verdict == flowd.Matched || d.Verdict == flowd.Failed || d.Reason == flowd.ReasonCondition || d.Reason == flowd.ReasonUnless
		if !asked || !of.Has(d.Rule) {
			continue
		}
		if name := c.Edited.HangsOn(d.Rule, missing, t.Event, t.Facts, at); name != "" {
			return lack{d.Rule, name}
		}
	}
	return lack{}
}

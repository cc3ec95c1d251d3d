package foresight

import (
	"slices"
	"strings"
	"sync"
	"time"

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

	mu    sync.Mutex
	sets  map[string][]string // what was missing, by digest
	since map[string]time.Time
	lost  map[string]bool // missing on some day
}

// at are the fields that were not kept when an event came in, folded.
func (u *unkept) at(t state.Told) []string {
	if len(u.read) == 0 {
		return nil
	}
	digest := u.served.Digest()
	for _, d := range t.Decisions {
		if d.RuleSet != "" {
			digest = d.RuleSet
			break
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	missing, known := u.sets[digest]
	if !known {
		missing = u.missing(digest)
		u.sets[digest] = missing
	}
	for _, name := range u.read {
		if slices.Contains(missing, name) {
			continue
		}
		if at := u.since[name]; at.IsZero() || t.Event.Received.Before(at) {
			u.since[name] = t.Event.Received
		}
	}
	return missing
}

func (u *unkept) missing(digest string) (out []string) {
	set := u.served
	if digest != set.Digest() && u.of != nil {
		if then := u.of(digest); then != nil {
			set = then
		}
	}
	for _, name := range u.read {
		if !set.NamesField(name) && !slices.Contains(u.kept, name) {
			out = append(out, name)
		}
	}
	if u.lost == nil {
		u.lost = map[string]bool{}
	}
	for _, name := range out {
		u.lost[name] = true
	}
	return out
}

// told are the fields that were not kept all the time.
func (u *unkept) told() []web.KeptField {
	out := []web.KeptField{}
	for name := range u.lost {
		out = append(out, web.KeptField{Name: name, Since: u.since[name]})
	}
	slices.SortFunc(out, func(a, b web.KeptField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

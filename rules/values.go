package rules

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"flowd"
)

// ValuesSeen are the values that a member or a custom field had lately, most
// often seen first. None of them tells who somebody is.
type ValuesSeen struct {
	Member string      `json:"member"`        // such as candidate.source; of a custom field its name
	Key    string      `json:"key,omitempty"` // of a custom field
	Field  bool        `json:"field,omitempty"`
	Values []ValueSeen `json:"values"`
	// Free tells that there are too many different values to choose from: they are
	// not told.
	Free bool `json:"free,omitempty"`
}

// ValueSeen is one value as it was first read, however else it was spelt, and how
// many events had it.
type ValueSeen struct {
	Value string `json:"value"`
	Times int    `json:"times"`
}

// FindValues are those of a member, or of a custom field by its name or key; nil
// where there are none.
func FindValues(list []ValuesSeen, name string) *ValuesSeen {
	folded := FoldName(name)
	for i, s := range list {
		if s.Member == name || s.Field && (FoldName(s.Member) == folded || FoldName(s.Key) == folded) {
			return &list[i]
		}
	}
	return nil
}

// choices are the members that are expected to have one of few values, and that
// say nothing of who somebody is.
var choices = []string{
	"candidate.source", "candidate.country", "candidate.language", "candidate.tags",
	"job.department", "job.location", "job.country", "job.tags",
}

// Bounds of what is counted: with more, nobody chooses from a list.
const (
	maxChoices    = 500 // values of a member
	maxOptions    = 50  // values of a custom field
	maxCounted    = 200 // custom fields
	longestOption = 60  // characters
)

// Values counts the values that events tell of members and custom fields. It
// remembers no more than the bounds say, and nothing of a field that holds free
// text, what the law protects, or the person. The zero value is ready; it is not
// safe for concurrent use.
type Values struct {
	members map[string]*tallied
	fields  map[string]*tallied // by folded name
}

// tallied are the values of one member or field.
type tallied struct {
	name, key string
	values    map[string]*times // by folded text
	most      int
	free      bool
}

// times is how often one value was seen, and whether of more than one
// application: what only one has is hardly an option.
type times struct {
	text, first string
	n           int
	several     bool
}

// Add counts what an event tells.
func (v *Values) Add(ev flowd.Event, facts flowd.Facts) {
	if v.members == nil {
		v.members, v.fields = map[string]*tallied{}, map[string]*tallied{}
	}
	app := facts.Application
	env := newEnvironment(ev, facts, ev.Time())
	for _, member := range choices {
		c := v.members[member]
		if c == nil {
			c = &tallied{name: member, values: map[string]*times{}, most: maxChoices}
			v.members[member] = c
		}
		for _, text := range textsOf(valueOf(env, member)) {
			c.add(text, app.ID)
		}
	}
	for _, f := range app.Fields {
		v.field(f, app)
	}
}

func (v *Values) field(f flowd.Field, app flowd.Application) {
	name := cmp.Or(f.Name, f.Key)
	folded := FoldName(name)
	c := v.fields[folded]
	if c == nil {
		if isEmpty(f.Value) || len(v.fields) == maxCounted {
			return
		}
		c = &tallied{name: name, key: f.Key, values: map[string]*times{}, most: maxOptions,
			free: sensitive(name) != "" || sensitive(f.Key) != "" || aboutSomebody(f.Type)}
		v.fields[folded] = c
	}
	for _, text := range optionsOf(f.Value) {
		if utf8.RuneCountInString(text) > longestOption || tellsWho(text, app.Candidate) {
			c.drop()
		}
		c.add(text, app.ID)
	}
}

func (c *tallied) add(text, application string) {
	folded := FoldName(text)
	if c.free || folded == "" {
		return
	}
	t := c.values[folded]
	if t == nil {
		if len(c.values) == c.most {
			c.drop()
			return
		}
		t = &times{text: strings.TrimSpace(text), first: application}
		c.values[folded] = t
	}
	t.n++
	t.several = t.several || t.first != application
}

// drop forgets a field that nobody chooses the values of.
func (c *tallied) drop() { c.free, c.values = true, nil }

// Seen are the members and fields that had a value, by name, members first. A
// custom field most of whose values one application alone had is free text.
func (v *Values) Seen() []ValuesSeen {
	out := []ValuesSeen{}
	for _, member := range choices {
		if c := v.members[member]; c != nil && (c.free || len(c.values) > 0) {
			out = append(out, c.seen())
		}
	}
	custom := len(out)
	for _, c := range v.fields {
		shared := 0
		for _, t := range c.values {
			if t.several {
				shared++
			}
		}
		if 2*shared < len(c.values) {
			c.drop()
		}
		s := c.seen()
		s.Key, s.Field = c.key, true
		out = append(out, s)
	}
	slices.SortFunc(out[custom:], func(a, b ValuesSeen) int { return strings.Compare(a.Member, b.Member) })
	return out
}

func (c *tallied) seen() ValuesSeen {
	out := ValuesSeen{Member: c.name, Values: []ValueSeen{}, Free: c.free}
	for _, t := range c.values {
		out.Values = append(out.Values, ValueSeen{t.text, t.n})
	}
	slices.SortFunc(out.Values, func(a, b ValueSeen) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), strings.Compare(a.Value, b.Value))
	})
	return out
}

// textsOf are the texts of a member.
func textsOf(v reflect.Value) []string {
	if !v.IsValid() {
		return nil
	}
	switch value := v.Interface().(type) {
	case string:
		return []string{value}
	case []string:
		return value
	}
	return nil
}

// optionsOf are the texts of a custom field, as conditions read them.
func optionsOf(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case bool:
		return []string{strconv.FormatBool(v)}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	}
	return nil
}

// aboutSomebody tells whether fields of a type name a person, or how to reach
// them.
func aboutSomebody(kind string) bool {
	words := wordsOf(kind)
	return slices.ContainsFunc([]string{"user*", "person*", "people", "candidate*", "email*", "mail*", "phone*"}, func(stem string) bool {
		return among(words, []string{stem})
	})
}

// tellsWho tells whether a text holds what identifies somebody.
func tellsWho(text string, c flowd.Candidate) bool {
	text = FoldName(text)
	return strings.Contains(text, "@") || slices.ContainsFunc([]string{c.Email, c.Phone, c.FullName()}, func(own string) bool {
		return own != "" && strings.Contains(text, FoldName(own))
	})
}

package connectors

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// Map says of each part of the normal form where its value comes from. It is
// immutable.
type Map struct {
	parts   []mapped
	partial bool // the stage may be missing
}

// mapped is one part, or one custom field.
type mapped struct {
	name string
	expr *expression.Mapping
	put  func(d *draft, v any) error
}

// Map compiles a map, whose groups may be nested or written with a dot. The parts
// that it needs are told by an alternative each, such as "stage.id status": one
// of them has to be there.
func (k *Compiler) Map(node *strictyaml.Node, in expression.Scope, needs ...string) *Map {
	m := &Map{}
	if node == nil || node.Broken() {
		k.failed = true // said by the decoder
		return m
	}
	if node.Kind() != strictyaml.Mapping {
		k.Fail(node, "shape", "map wants the parts of an event, and this is "+node.Kind().String(), "its parts: "+strings.Join(PartNames(), ", "))
		return m
	}
	k.group(node, "", in, m)
	for _, need := range needs {
		if k.failed || slices.ContainsFunc(strings.Fields(need), m.Has) {
			continue
		}
		part, _, _ := strings.Cut(strings.Fields(need)[0], ".")
		k.Fail(node, "missing-key", "map does not say where the "+part+" comes from", "add "+part+": with an expression such as body."+part+".id")
	}
	slices.SortFunc(m.parts, func(a, b mapped) int { return cmp.Compare(a.name, b.name) })
	return m
}

func (k *Compiler) group(node *strictyaml.Node, prefix string, in expression.Scope, m *Map) {
	for _, p := range node.Pairs() {
		written := prefix + p.Key.Text()
		if p.Value.Kind() == strictyaml.Mapping && !strings.Contains(written, ".") {
			k.group(p.Value, written+".", in, m)
			continue
		}
		name, ok := PartName(written)
		if !ok {
			hint := "its parts: " + strings.Join(PartNames(), ", ")
			if near := NearPart(written); near != "" {
				hint = "did you mean " + near + "?"
			}
			k.Fail(p.Key, "unknown-key", "an event has no "+written, hint)
			continue
		}
		if m.Has(name) {
			k.Fail(p.Key, "duplicate", "map says twice where "+name+" comes from", "keep one")
			continue
		}
		m.parts = append(m.parts, mapped{name: name, expr: k.Mapping(p.Value, in), put: putter(name)})
	}
}

// Partial is the same map for events that are completed later: their stage may be
// missing.
func (m *Map) Partial() *Map { return &Map{parts: m.parts, partial: true} }

// Has tells whether the map fills in a part.
func (m *Map) Has(part string) bool {
	return slices.ContainsFunc(m.parts, func(p mapped) bool { return p.name == part })
}

// Reading is the first part whose expression reads a value, or "".
func (m *Map) Reading(value string) string {
	for _, p := range m.parts {
		if Names(p.expr, value) {
			return p.name
		}
	}
	return ""
}

// Members are what conditions may read: what the map fills in.
func (m *Map) Members() []string {
	names := make([]string, len(m.parts))
	for i, p := range m.parts {
		names[i] = p.name
	}
	return Members(names)
}

// Event makes the event, as Record.Event does. The error names the part that is
// wrong and quotes nothing.
func (m *Map) Event(in *expression.Input, door Door) (flowd.Event, error) {
	d := newDraft()
	for i := range m.parts {
		p := &m.parts[i]
		v, err := p.expr.Eval(in)
		if err != nil {
			return flowd.Event{}, fmt.Errorf("map %s: %w", p.name, err)
		}
		if v == nil {
			continue
		}
		if err := p.put(&d, v); err != nil {
			return flowd.Event{}, fmt.Errorf("map %s %w", p.name, err)
		}
	}
	ev, err := d.finish(door)
	if err != nil && (!m.partial || !errors.Is(err, errNoStage)) {
		return flowd.Event{}, fmt.Errorf("map %w", err)
	}
	return ev, nil
}

package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// field is what a struct field's tags say about its key.
type field struct {
	name     string
	index    []int
	required bool
	text     bool
	oneof    []string
	self     bool     // ,node
	rest     bool     // ,rest
	names    []string // for a schema
}

func (n *Node) decodeStruct(v reflect.Value) {
	fields := n.doc.fieldsOf(v.Type())
	if n.kind != Mapping {
		var names []string
		for _, f := range fields {
			if f.name != "" {
				names = append(names, f.name)
			}
		}
		n.refuse("shape", "its keys: "+strings.Join(names, ", "), "%s wants a set of keys, and this is %s", n.named(), n.kind)
		return
	}
	taken := map[string]bool{}
	for _, f := range fields {
		target := v.FieldByIndex(f.index)
		switch {
		case f.self:
			target.Set(reflect.ValueOf(n))
		case f.rest:
		default:
			taken[f.name] = true
			value := n.Get(f.name)
			if value == nil && f.required {
				n.Error("missing-key", fmt.Sprintf("%s is missing", f.name), "add "+f.name+": …")
			}
			if value != nil {
				value.decode(target, f)
			}
		}
	}
	rest := &Node{doc: n.doc, kind: Mapping, line: n.line, column: n.column, key: n.key, secret: n.secret, known: slices.Clone(n.known)}
	for _, f := range fields {
		if f.name != "" {
			rest.known = append(rest.known, f.name)
		}
	}
	for _, p := range n.pairs {
		if !taken[p.Key.text] && !p.Key.broken && !(n.doc.options.Extensions && strings.HasPrefix(p.Key.text, "x-")) {
			rest.pairs = append(rest.pairs, p)
		}
	}
	for _, f := range fields {
		if f.rest {
			v.FieldByIndex(f.index).Set(reflect.ValueOf(rest))
			return
		}
	}
	rest.RefuseKeys()
}

// RefuseKeys reports each key of a mapping as unknown: for the rest of a section whose kind has no keys of its own.
func (n *Node) RefuseKeys() {
	if n == nil {
		return
	}
	for _, p := range n.pairs {
		hint := "its keys: " + strings.Join(n.known, ", ")
		if near := Nearest(p.Key.text, n.known); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		p.Key.refuse("unknown-key", hint, "unknown key %s", p.Key.Shown())
	}
}

// fieldsOf reads a struct type's tags, once for a document: a rule file may hold ten thousand rows of one type.
func (d *Document) fieldsOf(t reflect.Type) []field {
	if known, ok := d.fields[t]; ok {
		return known
	}
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, tagged := sf.Tag.Lookup("yaml")
		if !tagged {
			if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
				for _, inner := range d.fieldsOf(sf.Type) {
					inner.index = append([]int{i}, inner.index...)
					out = append(out, inner)
				}
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		f := field{name: name, index: []int{i}, oneof: strings.Fields(sf.Tag.Get("oneof"))}
		for _, o := range strings.Split(options, ",") {
			switch o {
			case "":
			case "required":
				f.required = true
			case "text":
				f.text = true
			case "node":
				f.self = true
			case "rest":
				f.rest = true
			default:
				panic("strictyaml: unknown option " + o + " on " + t.String() + "." + sf.Name) // a programmer's mistake
			}
		}
		out = append(out, f)
	}
	d.fields[t] = out
	return out
}

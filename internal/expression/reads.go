package expression

import (
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Reads is what an expression reads of its environment: for the question whether a source supplies it, which custom
// fields to keep, and whether a value that it is compared with was ever seen.
type Reads struct {
	Members  []string // paths, sorted, each once
	Fields   []FieldRead
	Literals []Literal
}

// FieldRead is one call that reads a custom field.
type FieldRead struct {
	Function   string // e.g. field, number, has
	Name       string // the field's display name or key, as written
	HasDefault bool
	Offset     int // of the name, in characters
}

// Literal is one text that a member or custom field is compared with by ==, != or in. What only stands in for a field
// that is not set, because it is the call's default, is none.
type Literal struct {
	Of     string // a member's path, or a call as written without its default, e.g. field("Cost centre")
	Field  string // the custom field that the call reads, as written; "" of a member
	Text   string
	Offset int
}

type readings struct{ Reads }

func (r *readings) member(path string) { r.Members = append(r.Members, path) }
func (r *readings) field(f FieldRead)  { r.Fields = append(r.Fields, f) }
func (r *readings) sorted() Reads {
	slices.Sort(r.Members)
	r.Members = slices.Compact(r.Members)
	return r.Reads
}

// compared notes the texts in literals as compared with what of reads.
func (c *typing) compared(of, literals ast.Node) {
	if _, element := of.(*ast.PointerNode); element {
		of = c.elements
	}
	read, otherwise, ok := c.named(of)
	if !ok {
		return
	}
	nodes := []ast.Node{literals}
	if a, ok := literals.(*ast.ArrayNode); ok {
		nodes = a.Nodes
	}
	for _, l := range nodes {
		if s, ok := l.(*ast.StringNode); ok && (otherwise == nil || !SameText(*otherwise, s.Value)) {
			read.Text, read.Offset = s.Value, s.Location().From
			c.reads.Literals = append(c.reads.Literals, read)
		}
	}
}

// named is what a member, or a call that reads a custom field, is called, and the text that the call falls back on; of
// a text in other letters or without its spaces, what it is made of: that counts for nothing when texts are compared.
func (c *typing) named(of ast.Node) (read Literal, otherwise *string, ok bool) {
	switch n := of.(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
		return Literal{Of: n.String()}, nil, true
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if !ok || len(n.Arguments) == 0 {
			return read, nil, false
		}
		if slices.Contains([]string{"lower", "upper", "trim"}, callee.Value) {
			return c.named(n.Arguments[0])
		}
		field, ok := n.Arguments[0].(*ast.StringNode)
		if !ok || !c.language.readsField(callee.Value) {
			return read, nil, false
		}
		if len(n.Arguments) > 1 {
			if s, ok := n.Arguments[1].(*ast.StringNode); ok {
				otherwise = &s.Value
			}
		}
		return Literal{Of: callee.Value + "(" + field.String() + ")", Field: field.Value}, otherwise, true
	}
	return read, nil, false
}

func isValue(t reflect.Type) bool {
	return t.Kind() != reflect.Struct || t == timeType
}

func join(names []string) string { return strings.Join(names, ", ") }

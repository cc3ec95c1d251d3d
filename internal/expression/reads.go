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

// Literal is one text that a member or custom field is compared with by ==, != or in.
type Literal struct {
	Of     string // a member's path, or a call as written, e.g. field("Cost centre")
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
	name := of.String()
	switch n := of.(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); !ok || !c.language.readsField(callee.Value) {
			return
		}
		if call, ok := of.(*ast.CallNode); ok { // the default is no part of what is read
			name = call.Callee.String() + "(" + call.Arguments[0].String() + ")"
		}
	case *ast.PointerNode:
		name = c.elements
	default:
		return
	}
	nodes := []ast.Node{literals}
	if a, ok := literals.(*ast.ArrayNode); ok {
		nodes = a.Nodes
	}
	for _, l := range nodes {
		if s, ok := l.(*ast.StringNode); ok {
			c.reads.Literals = append(c.reads.Literals, Literal{Of: name, Text: s.Value, Offset: s.Location().From})
		}
	}
}

func isValue(t reflect.Type) bool {
	return t.Kind() != reflect.Struct || t == timeType
}

func join(names []string) string { return strings.Join(names, ", ") }

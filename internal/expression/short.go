package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// short is the value of an expression that is plain enough to need no machine: most of a map looks a path up and
// nothing else, for each of a hundred thousand items. It gives up on all but the plainest values, and then the program
// answers, errors included: it says where.
type short func(in *Input) (v any, ok bool)

// shortOf is the short form of a rewritten expression, or nil.
func shortOf(node ast.Node) short {
	switch n := node.(type) {
	case *ast.StringNode:
		return fixed(n.Value)
	case *ast.BoolNode:
		return fixed(n.Value)
	case *ast.NilNode:
		return fixed(nil)
	case *ast.CallNode:
		return shortCall(n)
	case *ast.BinaryNode:
		return shortBinary(n)
	case *ast.ConditionalNode:
		return shortChoice(n)
	}
	return nil
}

func fixed(v any) short { return func(*Input) (any, bool) { return v, true } }

func shortCall(n *ast.CallNode) short {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	switch {
	case ok && callee.Value == "string" && len(n.Arguments) == 1:
		of := shortOf(n.Arguments[0])
		if of == nil {
			return nil
		}
		return func(in *Input) (any, bool) {
			v, ok := of(in)
			if !ok {
				return nil, false
			}
			s, err := asText(v)
			return s, err == nil
		}
	case !ok || callee.Value != lookUp:
		return nil
	}
	root, named := n.Arguments[0].(*ast.IdentifierNode)
	constant, is := n.Arguments[1].(*ast.ConstantNode)
	if !named || !is {
		return nil
	}
	if _, taken := new(Input).root(root.Value); !taken {
		return nil
	}
	p := constant.Value.(*path)
	return func(in *Input) (any, bool) {
		v, _ := in.root(root.Value)
		for _, name := range p.names {
			next, known := step(v, name)
			if !known && !p.maybe {
				return nil, false
			}
			v = next
		}
		return plain(v, p.whole), v != nil || p.maybe
	}
}

func shortBinary(n *ast.BinaryNode) short {
	if list, ok := n.Right.(*ast.ArrayNode); ok && n.Operator == "in" {
		return shortIn(n.Left, list)
	}
	left, right := shortOf(n.Left), shortOf(n.Right)
	if left == nil || right == nil {
		return nil
	}
	switch n.Operator {
	case "??":
		return func(in *Input) (any, bool) {
			if v, ok := left(in); !ok || v != nil {
				return v, ok
			}
			return right(in)
		}
	case "and", "&&", "or", "||":
		either := n.Operator == "or" || n.Operator == "||"
		return func(in *Input) (any, bool) {
			v, ok := left(in)
			if is, answers := v.(bool); !ok || !answers || is == either {
				return v, ok && answers
			}
			v, ok = right(in)
			_, answers := v.(bool)
			return v, ok && answers
		}
	case "+":
		return func(in *Input) (any, bool) {
			a, b, ok := both(in, left, right)
			if !ok {
				return nil, false
			}
			s, isText := a.(string)
			t, also := b.(string)
			if !isText || !also {
				return nil, false
			}
			return s + t, true
		}
	case "==", "!=":
		same := n.Operator == "=="
		return func(in *Input) (any, bool) {
			a, b, ok := both(in, left, right)
			if !ok {
				return nil, false
			}
			switch a := a.(type) {
			case nil:
				return (b == nil) == same, true
			case string:
				b, also := b.(string)
				return (also && a == b) == same, true
			case bool:
				b, also := b.(bool)
				return (also && a == b) == same, true
			}
			if b == nil {
				return !same, true
			}
			return nil, false
		}
	}
	return nil
}

func both(in *Input, left, right short) (a, b any, ok bool) {
	if a, ok = left(in); !ok {
		return nil, nil, false
	}
	b, ok = right(in)
	return a, b, ok
}

// shortIn asks whether a text is one of several that are written out.
func shortIn(node ast.Node, list *ast.ArrayNode) short {
	of := shortOf(node)
	var texts []string
	for _, item := range list.Nodes {
		text, ok := item.(*ast.StringNode)
		if !ok {
			return nil
		}
		texts = append(texts, text.Value)
	}
	if of == nil {
		return nil
	}
	return func(in *Input) (any, bool) {
		v, ok := of(in)
		text, also := v.(string)
		return slices.Contains(texts, text), ok && also
	}
}

func shortChoice(n *ast.ConditionalNode) short {
	condition, yes, no := shortOf(n.Cond), shortOf(n.Exp1), shortOf(n.Exp2)
	if condition == nil || yes == nil || no == nil {
		return nil
	}
	return func(in *Input) (any, bool) {
		v, ok := condition(in)
		is, answers := v.(bool)
		switch {
		case !ok || !answers:
			return nil, false
		case is:
			return yes(in)
		}
		return no(in)
	}
}

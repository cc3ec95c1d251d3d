package expression

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// typing walks a condition before expr checks it: it refuses what conditions do not have, finds the kind of every
// part, and collects what is read. The first error stops it.
type typing struct {
	language  *Language
	source    string
	err       *Error
	reads     readings
	operators map[string]bool // met so far
	within    kind            // of the list whose elements a predicate looks at; none outside
	elements  ast.Node        // that list
}

func (c *typing) refuse(n ast.Node, hint, format string, args ...any) kind {
	if c.err == nil {
		c.err = refuse(c.source, n.Location().From, hint, format, args...)
	}
	return none
}

// certain refuses what has the same answer for everybody.
func (c *typing) certain(n ast.Node, answer bool, hint, format string, args ...any) kind {
	if c.err == nil {
		c.refuse(n, hint, format, args...)
		c.err.Certain, c.err.Answer = true, answer
	}
	return none
}

func (c *typing) kindOf(node ast.Node) kind {
	if c.err != nil {
		return none
	}
	switch n := node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return number
	case *ast.BoolNode:
		return boolean
	case *ast.StringNode:
		return text
	case *ast.IdentifierNode, *ast.MemberNode:
		return c.member(node)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.PointerNode:
		if c.within == none || n.Name != "" {
			return c.refuse(n, "", "#%s has no meaning here", n.Name)
		}
		return c.within.element()
	case *ast.NilNode:
		return c.refuse(n, `nothing is ever nil: ask has("field"), or compare with ""`, "nil is not known here")
	case *ast.ConditionalNode:
		return c.refuse(n, "write it with and, or and brackets", "a condition has no branches")
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		return c.refuse(n, "write it as one question", "a condition has no variables and no steps")
	case *ast.ChainNode:
		return c.refuse(n, "write a plain dot", "?. is not needed: a value is always there")
	case *ast.SliceNode:
		return c.refuse(n, "use in, any, count or startsWith", "parts of a list or text cannot be cut out")
	}
	return c.refuse(node, "", "this cannot stand in a condition")
}

// member is the kind of a value that the environment has.
func (c *typing) member(node ast.Node) kind {
	path, at := pathOf(node)
	switch {
	case path == "":
		return c.refuse(at, "use in, any or count", "elements of a list or text cannot be picked by their place")
	case path == "$env" || strings.HasPrefix(path, "$env."):
		return c.refuse(node, "write the name alone", "$env is not known here")
	}
	t, known := c.language.members[path]
	switch {
	case !known && c.language.funcs[path] != nil:
		return c.refuse(at, "write "+path+"(…)", "%s is a function", path)
	case !known && c.err == nil:
		c.err = c.language.unknown(c.source, at.Location().From, path)
		return none
	case !known:
		return none
	case !isValue(t):
		e := c.language.unknown(c.source, at.Location().From, path+".")
		return c.refuse(at, e.Hint, "%s is a group of values, not one", path)
	}
	c.reads.member(path)
	return kindOfType(t)
}

// pathOf is the dotted path of a member, or "" and the node where it stops being one.
func pathOf(node ast.Node) (string, ast.Node) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return n.Value, n
	case *ast.MemberNode:
		property, ok := n.Property.(*ast.StringNode)
		if !ok || n.Method || n.Optional {
			return "", n
		}
		base, at := pathOf(n.Node)
		if base == "" {
			return "", at
		}
		return base + "." + property.Value, n
	}
	return "", node
}

func (c *typing) unary(n *ast.UnaryNode) kind {
	operand := c.kindOf(n.Node)
	negates := n.Operator == "not" || n.Operator == "!"
	switch {
	case operand == none:
		return none
	case negates && operand == boolean:
		return boolean
	case negates:
		return c.refuse(n, "put what it negates in brackets: not (…)", "%s cannot stand before %s", n.Operator, operand)
	case operand == number:
		return number
	}
	return c.refuse(n, "", "%s cannot stand before %s", n.Operator, operand)
}

func (c *typing) array(n *ast.ArrayNode) kind {
	if len(n.Nodes) == 0 {
		return c.refuse(n, "write what it holds, or leave the question out", "nothing is ever in an empty list")
	}
	first := c.kindOf(n.Nodes[0])
	for _, e := range n.Nodes[1:] {
		switch k := c.kindOf(e); {
		case k == none:
			return none
		case k != first:
			return c.refuse(e, "write all of them in quotes, or none", "a list holds one kind of value: this is %s and the first is %s", k, first)
		}
	}
	if first.isList() {
		return c.refuse(n, "", "a list of lists cannot be compared")
	}
	return first | list
}

// builtin handles len and the predicates, the only builtins of expr that conditions have.
func (c *typing) builtin(n *ast.BuiltinNode) kind {
	if n.Name == "len" && len(n.Arguments) == 1 {
		switch k := c.kindOf(n.Arguments[0]); {
		case k == none:
			return none
		case k == text, k.isList():
			return number
		default:
			return c.refuse(n.Arguments[0], "", "len takes a text or a list, not %s", k)
		}
	}
	if !slices.Contains(predicates, n.Name) {
		return c.refuse(n, "the functions are: "+join(c.language.Functions()), "the function %s is not known here", n.Name)
	}
	if len(n.Arguments) != 2 {
		return c.refuse(n, `write for example count(list, # == "vip")`, "%s takes a list and a question about each element", n.Name)
	}
	if c.within != none {
		return c.refuse(n, "write two conditions", "%s cannot stand inside another any, all, none, one or count", n.Name)
	}
	over := c.kindOf(n.Arguments[0])
	if over != none && !over.isList() {
		return c.refuse(n.Arguments[0], "", "%s takes a list, not %s", n.Name, over)
	}
	predicate, ok := n.Arguments[1].(*ast.PredicateNode)
	if over == none || !ok {
		return c.refuse(n, "", "%s takes a list and a question about each element", n.Name)
	}
	c.within, c.elements = over, n.Arguments[0]
	answer := c.kindOf(predicate.Node)
	c.within, c.elements = none, nil
	switch {
	case answer == none:
		return none
	case answer != boolean:
		return c.refuse(predicate, `write for example # == "vip"`, "%s asks a question about each element, and this is %s", n.Name, answer)
	case n.Name == "count":
		return number
	}
	return boolean
}

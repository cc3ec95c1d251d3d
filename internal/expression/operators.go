package expression

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (c *typing) binary(n *ast.BinaryNode) kind {
	c.operators[n.Operator] = true
	switch n.Operator {
	case "matches":
		return c.refuse(n, "use contains, startsWith or endsWith", "patterns are not known here")
	case "..":
		return c.refuse(n, "compare with < and >", "ranges are not known here")
	case "??":
		return c.refuse(n, "field(name, default) has one", "a value is always there, so ?? decides nothing")
	}
	left := c.kindOf(n.Left)
	right := c.kindOf(n.Right)
	if left == none || right == none {
		return none
	}
	switch n.Operator {
	case "and", "&&", "or", "||":
		return c.junction(n, left, right)
	case "==", "!=":
		return c.equality(n, left, right)
	case "<", "<=", ">", ">=":
		return c.order(n, left, right)
	case "in":
		return c.membership(n, left, right)
	case "contains", "startsWith", "endsWith":
		return c.part(n, left, right)
	case "+", "-", "*", "/", "%":
		return c.arithmetic(n, left, right)
	}
	return c.refuse(n, "", "%s is not known here", n.Operator)
}

func (c *typing) mismatch(n *ast.BinaryNode, left, right kind, hint string) kind {
	return c.refuse(n, hint, "%s cannot stand between %s and %s", n.Operator, left, right)
}

func (c *typing) junction(n *ast.BinaryNode, left, right kind) kind {
	if left != boolean || right != boolean {
		hint := ""
		if left == boolean && right == text {
			hint = `each side is a question of its own; for one of several texts write x in ["a", "b"]`
		}
		return c.mismatch(n, left, right, hint)
	}
	either := n.Operator == "or" || n.Operator == "||"
	for _, a := range c.literals(n.Left, either) {
		for _, b := range c.literals(n.Right, either) {
			if a.of != b.of || SameText(a.text, b.text) {
				continue
			}
			if either {
				return c.certain(n, true, `write x not in ["a", "b"], or join them with and`, "this is always true: whatever %s is, it differs from one of the two", a.of)
			}
			return c.certain(n, false, `write x in ["a", "b"], or join them with or`, "this is never true: %s cannot be both", a.of)
		}
	}
	return boolean
}

type comparison struct{ of, text string }

// literals are the comparisons with a text under a chain of one word: those with != under or, with == under and.
func (c *typing) literals(node ast.Node, unequal bool) []comparison {
	n, ok := node.(*ast.BinaryNode)
	if !ok {
		return nil
	}
	if either := n.Operator == "or" || n.Operator == "||"; either == unequal && (either || n.Operator == "and" || n.Operator == "&&") {
		return append(c.literals(n.Left, unequal), c.literals(n.Right, unequal)...)
	}
	if unequal && n.Operator != "!=" || !unequal && n.Operator != "==" {
		return nil
	}
	if s, ok := n.Right.(*ast.StringNode); ok {
		return []comparison{{n.Left.String(), s.Value}}
	}
	if s, ok := n.Left.(*ast.StringNode); ok {
		return []comparison{{n.Right.String(), s.Value}}
	}
	return nil
}

func (c *typing) equality(n *ast.BinaryNode, left, right kind) kind {
	if u, ok := n.Left.(*ast.UnaryNode); ok && (u.Operator == "not" || u.Operator == "!") {
		return c.refuse(n.Left, "write not (x "+n.Operator+" y)", "%s binds to the value before %s, not to the comparison", u.Operator, n.Operator)
	}
	switch {
	case left.isList() && right.isList():
		return c.refuse(n, `write "a" in list, or any(list, # == "a")`, "lists cannot be compared with %s", n.Operator)
	case left.isList() && right == left.element():
		return c.mismatch(n, left, right, `write "text" in list`)
	case left == right:
		c.compared(n.Left, n.Right)
		c.compared(n.Right, n.Left)
		return boolean
	case left == text && right == number, left == number && right == text:
		return c.mismatch(n, left, right, "write the number without quotes, or read the field with number(…)")
	case left == boolean && right == text, left == text && right == boolean:
		return c.mismatch(n, left, right, "compare with true or false, without quotes")
	case left == date || right == date:
		return c.mismatch(n, left, right, `write date("2026-01-05")`)
	case right.isList() && left == right.element():
		return c.mismatch(n, left, right, "write text in list")
	}
	return c.mismatch(n, left, right, "")
}

func (c *typing) order(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case left == right && (left == number || left == date || left == span):
		return boolean
	case left == span && right == text:
		return c.spanText(n.Right)
	case left == text && right == span:
		return c.spanText(n.Left)
	case left == text && right == text:
		return c.refuse(n, "read a number with number(…), and a date with date(…)", "texts have no order: \"10\" would come before \"9\"")
	case left == date && right == text, left == text && right == date:
		return c.mismatch(n, left, right, `write date("2026-01-05")`)
	case left == span || right == span:
		return c.mismatch(n, left, right, `write a span such as "30d"`)
	case left == text || right == text:
		return c.mismatch(n, left, right, "write the number without quotes, or read the field with number(…)")
	}
	return c.mismatch(n, left, right, "")
}

// spanText checks at load what could otherwise fail for every candidate.
func (c *typing) spanText(node ast.Node) kind {
	if s, ok := node.(*ast.StringNode); ok {
		if _, err := parseSpan(s.Value); err != nil {
			return c.refuse(node, "write for example \"30d\"", "%q is no span of time", s.Value)
		}
	}
	return boolean
}

func (c *typing) membership(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case !right.isList() && left == text && right == text:
		return c.mismatch(n, left, right, `write text contains "part", or a list in [ ]`)
	case !right.isList() || left.isList():
		return c.mismatch(n, left, right, "in asks whether one value is in a list")
	case left != right.element():
		return c.mismatch(n, left, right, "")
	}
	if _, literal := n.Right.(*ast.ArrayNode); c.within != none && !literal {
		return c.refuse(n, "write the list out in [ ], or ask in two conditions", "a question about each element cannot search a second list")
	}
	c.compared(n.Left, n.Right)
	c.compared(n.Right, n.Left)
	return boolean
}

func (c *typing) part(n *ast.BinaryNode, left, right kind) kind {
	switch {
	case left == text|list && right == text && n.Operator == "contains":
		return c.mismatch(n, left, right, `write "text" in list`)
	case left != text || right != text:
		return c.mismatch(n, left, right, n.Operator+" asks about two texts")
	}
	if s, ok := n.Right.(*ast.StringNode); ok && strings.TrimSpace(s.Value) == "" {
		return c.certain(n.Right, true, "write what it should be", "every text %s nothing, so this is always true", n.Operator)
	}
	return boolean
}

func (c *typing) arithmetic(n *ast.BinaryNode, left, right kind) kind {
	op := n.Operator
	switch {
	case left == number && right == number:
		if right, zero := n.Right.(*ast.IntegerNode); zero && right.Value == 0 && (op == "/" || op == "%") {
			return c.refuse(n.Right, "", "nothing can be divided by zero")
		}
		return number
	case left == text && right == text && op == "+":
		return text
	case left == date && right == span && (op == "+" || op == "-"), left == span && right == date && op == "+":
		return date
	case left == date && right == date && op == "-":
		return span
	case left == span && right == span && (op == "+" || op == "-"):
		return span
	case left == text && (right == span || right == date), right == text && (left == span || left == date):
		return c.mismatch(n, left, right, `write duration("30d") or date("2026-01-05")`)
	}
	return c.mismatch(n, left, right, "")
}

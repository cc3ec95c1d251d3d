package expression

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

// call is the kind of a function's answer: one of flowd's own, or one that the environment carries.
func (c *typing) call(n *ast.CallNode) kind {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.refuse(n, "the functions are: "+join(c.language.Functions()), "a value has no functions of its own")
	}
	kinds := make([]kind, len(n.Arguments))
	for i, a := range n.Arguments {
		if kinds[i] = c.kindOf(a); kinds[i] == none {
			return none
		}
	}
	switch callee.Value {
	case "lower", "upper", "trim":
		return c.signature(n, callee.Value, kinds, []kind{text}, text)
	case "exactly":
		return c.signature(n, callee.Value, kinds, []kind{text, text}, boolean)
	case "duration", "date":
		answer := span
		if callee.Value == "date" {
			answer = date
		}
		if k := c.signature(n, callee.Value, kinds, []kind{text}, answer); k == none {
			return none
		}
		return c.literalTime(n.Arguments[0], answer)
	}
	t, known := c.language.funcs[callee.Value]
	if !known {
		hint := "the functions are: " + join(c.language.Functions())
		if near := nearest(callee.Value, c.language.Functions()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return c.refuse(n, hint, "there is no function %s", callee.Value)
	}
	return c.environment(n, callee.Value, t, kinds)
}

func (c *typing) signature(n *ast.CallNode, name string, got, want []kind, answer kind) kind {
	if len(got) != len(want) {
		return c.refuse(n, "", "%s takes %s", name, count(len(want)))
	}
	for i := range want {
		if got[i] != want[i] {
			return c.refuse(n.Arguments[i], "", "%s takes %s here, not %s", name, want[i], got[i])
		}
	}
	return answer
}

// literalTime reads a literal span or date when the condition is loaded.
func (c *typing) literalTime(node ast.Node, answer kind) kind {
	s, ok := node.(*ast.StringNode)
	if !ok {
		return answer
	}
	var err error
	if answer == span {
		_, err = parseSpan(s.Value)
	} else {
		_, err = parseDate(s.Value)
	}
	if err != nil {
		return c.refuse(node, err.Error(), "%q is no %s", s.Value, map[kind]string{span: "span of time", date: "date"}[answer])
	}
	return answer
}

// environment checks a call of a function that the environment carries.
func (c *typing) environment(n *ast.CallNode, name string, t reflect.Type, got []kind) kind {
	fixed := t.NumIn()
	if t.IsVariadic() {
		fixed--
	}
	if len(got) < fixed || len(got) > fixed && !t.IsVariadic() || len(got) > fixed+1 {
		return c.refuse(n, "", "%s takes %s", name, count(fixed))
	}
	for i := range got {
		in := t.In(min(i, t.NumIn()-1))
		if i >= fixed {
			in = in.Elem()
		}
		if want := kindOfType(in); got[i] != want {
			return c.refuse(n.Arguments[i], "", "%s takes %s here, not %s", name, want, got[i])
		}
	}
	if c.language.readsField(name) {
		field, ok := n.Arguments[0].(*ast.StringNode)
		if !ok {
			return c.refuse(n.Arguments[0], "write its name in quotes", "the field that %s reads is named in the rule, not computed", name)
		}
		c.reads.field(FieldRead{Function: name, Name: field.Value, HasDefault: len(got) > 1, Offset: field.Location().From})
	}
	return kindOfType(t.Out(0))
}

func count(n int) string {
	switch n {
	case 0:
		return "no value"
	case 1:
		return "one value"
	}
	return "two values"
}

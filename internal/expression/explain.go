package expression

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Step is one part of an explained condition: and, or, not with the parts below it, or a leaf with the values it read.
// Values are people's data, for those who may see them and never for a log.
type Step struct {
	Text    string  `json:"text"` // as written; of a part with Steps, its word alone
	Steps   []Step  `json:"steps,omitempty"`
	Value   bool    `json:"value"`
	Problem string  `json:"problem,omitempty"` // why there is no value
	Reached bool    `json:"reached"`           // whether the evaluation got here; otherwise Value is what it would be
	Read    []Value `json:"read,omitempty"`
}

// Value is one thing that a leaf read, as text.
type Value struct {
	Text  string `json:"text"`  // as written, e.g. candidate.source
	Value string `json:"value"` // e.g. "LinkedIn", with quotes
}

// Explain evaluates the condition part by part. The root's value and problem are what Eval answers: a part that Eval
// does not reach is shown with what it would be and changes nothing.
func (c *Condition) Explain(env any) Step {
	config := c.language.config()
	tree, err := parser.ParseWithConfig(c.source, config)
	if err != nil {
		return Step{Text: c.source, Reached: true, Problem: inWords(c.source, err).Error()}
	}
	overload(config, c.operators)
	e := explainer{condition: c, config: config, source: tree.Source, env: env}
	return e.step(tree.Node, true)
}

type explainer struct {
	condition *Condition
	config    *conf.Config
	source    file.Source
	env       any
}

func (e *explainer) step(node ast.Node, reached bool) Step {
	switch n := node.(type) {
	case *ast.UnaryNode:
		if (n.Operator == "not" || n.Operator == "!") && !isNotIn(n) {
			below := e.step(n.Node, reached)
			return Step{Text: n.Operator, Steps: []Step{below}, Value: below.Problem == "" && !below.Value, Problem: below.Problem, Reached: reached}
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return e.junction(n, false, reached)
		case "or", "||":
			return e.junction(n, true, reached)
		}
	}
	return e.leaf(node, reached)
}

// junction explains and / or: the left value that decides is true for or and false for and.
func (e *explainer) junction(n *ast.BinaryNode, decides, reached bool) Step {
	left := e.step(n.Left, reached)
	decided := left.Problem != "" || left.Value == decides
	right := e.step(n.Right, reached && !decided)
	out := Step{Text: n.Operator, Steps: []Step{left, right}, Reached: reached, Value: right.Value, Problem: right.Problem}
	if decided {
		out.Value, out.Problem = left.Value, left.Problem
	}
	for i, s := range out.Steps { // a and b and c is one row, not a staircase
		if s.Text == n.Operator && i == 0 {
			out.Steps = append(s.Steps, right)
		}
	}
	return out
}

func (e *explainer) leaf(node ast.Node, reached bool) Step {
	out := Step{Text: written(node), Reached: reached}
	for _, operand := range operands(node, nil) {
		shown := "?"
		text := written(operand)
		if v, err := e.run(operand, reflect.Invalid); err == nil {
			shown = show(v)
		}
		out.Read = append(out.Read, Value{Text: text, Value: shown})
	}
	v, err := e.run(node, reflect.Bool)
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	out.Value, _ = v.(bool)
	return out
}

// run evaluates one part alone.
func (e *explainer) run(node ast.Node, expected reflect.Kind) (any, error) {
	program, err := build(&parser.Tree{Node: node, Source: e.source}, e.config, expected)
	if err != nil {
		return nil, inWords(e.condition.source, err)
	}
	return e.condition.language.run(e.condition.source, program, e.env)
}

// operands are the members and calls that a leaf reads, each once; what a predicate asks of its elements is not one.
func operands(node ast.Node, found []ast.Node) []ast.Node {
	add := func(n ast.Node) []ast.Node {
		for _, f := range found {
			if f.String() == n.String() {
				return found
			}
		}
		return append(found, n)
	}
	switch n := node.(type) {
	case *ast.IdentifierNode, *ast.MemberNode, *ast.CallNode:
		return add(n)
	case *ast.UnaryNode:
		return operands(n.Node, found)
	case *ast.BinaryNode:
		return operands(n.Right, operands(n.Left, found))
	case *ast.BuiltinNode:
		return operands(n.Arguments[0], found)
	case *ast.ArrayNode:
		for _, e := range n.Nodes {
			found = operands(e, found)
		}
	}
	return found
}

// isNotIn tells `x not in y`, which the parser gives both parts the same place, from `not (x in y)`.
func isNotIn(n *ast.UnaryNode) bool {
	below, ok := n.Node.(*ast.BinaryNode)
	return ok && below.Location() == n.Location()
}

// written is the part of the expression as it was written, but for brackets and spaces that change nothing.
func written(node ast.Node) string {
	if n, ok := node.(*ast.UnaryNode); ok && isNotIn(n) {
		b := n.Node.(*ast.BinaryNode)
		return fmt.Sprintf("%s not %s %s", b.Left, b.Operator, b.Right)
	}
	return node.String()
}

func show(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case time.Time:
		return v.Format(time.RFC3339)
	case time.Duration:
		if v >= 24*time.Hour {
			return fmt.Sprintf("%.1fd", v.Hours()/24)
		}
		return v.Round(time.Second).String()
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// String draws the tree, one part a line.
func (s Step) String() string {
	var b strings.Builder
	s.draw(&b, "")
	return b.String()
}

func (s Step) draw(b *strings.Builder, indent string) {
	answer := strconv.FormatBool(s.Value)
	if s.Problem != "" {
		answer = "error: " + s.Problem
	}
	if !s.Reached {
		answer = "not reached; would be " + answer
	}
	fmt.Fprintf(b, "%s%s: %s", indent, s.Text, answer)
	for i, r := range s.Read {
		separator := ", "
		if i == 0 {
			separator = "   (" // closed below
		}
		fmt.Fprintf(b, "%s%s = %s", separator, r.Text, r.Value)
	}
	if len(s.Read) > 0 {
		b.WriteByte(')')
	}
	b.WriteByte('\n')
	for _, below := range s.Steps {
		below.draw(b, indent+"  ")
	}
}

package expression

import (
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// maxCases bounds how many cases a condition is tried in, to see whether it can come out either way.
const maxCases = 4096

// Always tells whether the condition gives the same answer whatever it is asked about, as far as that can be seen from
// how it is written: sure is false where it may come out either way, or where there is too much to try.
func (c *Condition) Always() (answer, sure bool) {
	can, cannot := possible([]*claim{c.claim}, nil)
	switch {
	case can && cannot:
		return false, false
	case can:
		return true, true
	}
	return false, true
}

// NeverTogether tells whether no case exists in which each of the first conditions holds and none of the others does.
func NeverTogether(hold, fail []*Condition) bool {
	can, _ := possible(claimsOf(hold), claimsOf(fail))
	return !can
}

func claimsOf(conditions []*Condition) []*claim {
	out := make([]*claim, len(conditions))
	for i, c := range conditions {
		out[i] = c.claim
	}
	return out
}

// claim is a condition, or a part of one, reduced to what decides whether it can come out either way: comparisons of one
// value with what is written. Everything else is a claim of its own that may hold or not.
type claim struct {
	word  string // and, or, not; a comparison's operator; empty for one that may hold or not
	parts []*claim
	of    string   // what it is about
	texts []string // that a value is compared with, folded
	bound float64  // that a number or span is compared with
	kind  kind     // of the value: text, number, or boolean
	fixed bool     // with kind none: the answer itself
}

func claimOf(node ast.Node) *claim {
	switch n := node.(type) {
	case *ast.BoolNode:
		return &claim{fixed: n.Value}
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return &claim{word: "not", parts: []*claim{claimOf(n.Node)}}
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return &claim{word: "and", parts: []*claim{claimOf(n.Left), claimOf(n.Right)}}
		case "or", "||":
			return &claim{word: "or", parts: []*claim{claimOf(n.Left), claimOf(n.Right)}}
		}
		if c := comparisonOf(n); c != nil {
			return c
		}
	}
	return &claim{kind: boolean, of: node.String()}
}

// comparisonOf is a comparison of one value with what is written, or nil.
func comparisonOf(n *ast.BinaryNode) *claim {
	operator, of, written := n.Operator, n.Left, n.Right
	if isWritten(of) && !isWritten(written) {
		turned, known := map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]
		if !known {
			return nil
		}
		operator, of, written = turned, written, of
	}
	name := of.String()
	switch w := written.(type) {
	case *ast.StringNode:
		if operator == "==" || operator == "!=" {
			return equalTo(operator, &claim{word: "==", kind: text, of: name, texts: []string{Fold(w.Value)}})
		}
		if span, err := parseSpan(w.Value); err == nil && strings.ContainsAny(operator, "<>") {
			return &claim{word: operator, kind: number, of: name, bound: float64(span)}
		}
	case *ast.BoolNode:
		if operator == "==" || operator == "!=" {
			same := claimOf(of)
			if w.Value != (operator == "==") {
				return &claim{word: "not", parts: []*claim{same}}
			}
			return same
		}
	case *ast.IntegerNode:
		return numberClaim(operator, name, float64(w.Value))
	case *ast.FloatNode:
		return numberClaim(operator, name, w.Value)
	case *ast.ArrayNode:
		if texts := textsIn(w); operator == "in" && texts != nil {
			return &claim{word: "==", kind: text, of: name, texts: texts}
		}
	}
	return nil
}

func equalTo(operator string, same *claim) *claim {
	if operator == "!=" {
		return &claim{word: "not", parts: []*claim{same}}
	}
	return same
}

func numberClaim(operator, of string, bound float64) *claim {
	switch operator {
	case "==", "!=":
		return equalTo(operator, &claim{word: "==", kind: number, of: of, bound: bound})
	case "<", "<=", ">", ">=":
		return &claim{word: operator, kind: number, of: of, bound: bound}
	}
	return nil
}

func isWritten(node ast.Node) bool {
	switch node.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return true
	}
	return false
}

func textsIn(array *ast.ArrayNode) []string {
	var out []string
	for _, n := range array.Nodes {
		s, ok := n.(*ast.StringNode)
		if !ok {
			return nil
		}
		out = append(out, Fold(s.Value))
	}
	return out
}

// world is one case: what each value is.
type world map[string]any

// possible tries every case that can make a difference. can tells whether one exists in which all of hold and none of fail
// are true, cannot whether one exists in which that is not so. Both are true where there is too much to try.
func possible(hold, fail []*claim) (can, cannot bool) {
	cases := map[string][]any{}
	for _, c := range slices.Concat(hold, fail) {
		c.collect(cases)
	}
	var names []string
	total := 1
	for name, values := range cases {
		names = append(names, name)
		values = around(values)
		cases[name] = values
		if total *= len(values); total > maxCases {
			return true, true
		}
	}
	slices.Sort(names)
	w := world{}
	for number := range total {
		for _, name := range names {
			values := cases[name]
			w[name] = values[number%len(values)]
			number /= len(values)
		}
		holds := !slices.ContainsFunc(hold, func(c *claim) bool { return !c.holds(w) }) &&
			!slices.ContainsFunc(fail, func(c *claim) bool { return c.holds(w) })
		can, cannot = can || holds, cannot || !holds
	}
	return can, cannot
}

// other stands for every text that is not written; no folded text holds a NUL.
const other = "\x00"

// collect gathers the values of each name that can make a difference.
func (c *claim) collect(cases map[string][]any) {
	for _, part := range c.parts {
		part.collect(cases)
	}
	key := c.key()
	add := func(values ...any) {
		for _, v := range values {
			if !slices.Contains(cases[key], v) {
				cases[key] = append(cases[key], v)
			}
		}
	}
	switch c.kind {
	case boolean:
		add(true, false)
	case text:
		add(other)
		for _, t := range c.texts {
			add(t)
		}
	case number:
		add(c.bound)
	}
}

// around are the numbers that can make a difference: the bounds, and one on each side of each. Where a value is whole
// there may be none between two bounds; a case too many only keeps flowd from calling a condition constant.
func around(values []any) []any {
	bounds := make([]float64, 0, len(values))
	for _, v := range values {
		b, ok := v.(float64)
		if !ok {
			return values
		}
		bounds = append(bounds, b)
	}
	slices.Sort(bounds)
	out := []any{math.Nextafter(bounds[0], math.Inf(-1)), math.Nextafter(bounds[len(bounds)-1], math.Inf(1))}
	for i, b := range bounds {
		out = append(out, b)
		if i > 0 {
			out = append(out, (bounds[i-1]+b)/2)
		}
	}
	return out
}

func (c *claim) key() string { return c.kind.String() + " " + c.of }

func (c *claim) holds(w world) bool {
	switch c.word {
	case "and":
		return c.parts[0].holds(w) && c.parts[1].holds(w)
	case "or":
		return c.parts[0].holds(w) || c.parts[1].holds(w)
	case "not":
		return !c.parts[0].holds(w)
	}
	switch value := w[c.key()].(type) {
	case bool:
		return value
	case string:
		return slices.Contains(c.texts, value)
	case float64:
		switch c.word {
		case "<":
			return value < c.bound
		case "<=":
			return value <= c.bound
		case ">":
			return value > c.bound
		case ">=":
			return value >= c.bound
		}
		return value == c.bound
	}
	return c.fixed
}

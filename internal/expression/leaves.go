package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Leaves are the parts of the condition that and, or and not put together, as written and from left to right: those
// that Explain draws without Steps, in the same order.
func (c *Condition) Leaves() []string {
	tree, err := parser.ParseWithConfig(c.source, c.language.config())
	if err != nil { // it was compiled, so it parses
		return nil
	}
	return leaves(tree.Node, nil)
}

func leaves(node ast.Node, found []string) []string {
	switch n := node.(type) {
	case *ast.UnaryNode:
		if (n.Operator == "not" || n.Operator == "!") && !isNotIn(n) {
			return leaves(n.Node, found)
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||":
			return leaves(n.Right, leaves(n.Left, found))
		}
	}
	return append(found, written(node))
}

// Turning are the leaves of an explained condition of which each alone would have turned its answer, had it come out the
// other way; none where it takes two of them, or where a part has no answer.
func (s Step) Turning() []Step {
	if s.Problem != "" {
		return nil
	}
	if len(s.Steps) == 0 {
		return []Step{s}
	}
	decisive := s.Text == "or" || s.Text == "||" // what a part must be to decide alone
	deciding := s.Steps
	if len(s.Steps) > 1 && s.Value == decisive {
		deciding = slices.DeleteFunc(slices.Clone(s.Steps), func(part Step) bool { return part.Value != decisive })
		if len(deciding) > 1 {
			return nil // the other would still decide
		}
	}
	var out []Step
	for _, part := range s.Steps {
		if part.Problem != "" {
			return nil
		}
	}
	for _, part := range deciding {
		out = append(out, part.Turning()...)
	}
	return out
}

// Leaves are the leaves of an explained condition, from left to right.
func (s Step) Leaves() []Step {
	if len(s.Steps) == 0 {
		return []Step{s}
	}
	var out []Step
	for _, below := range s.Steps {
		out = append(out, below.Leaves()...)
	}
	return out
}

package expression

import (
	"reflect"
	"slices"
	"sync"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Mapping is a compiled mapping expression, e.g. body.candidate.email ?? item.mail. Unlike a condition it is dynamic
// and exact: nothing is folded, and kinds are known only when it runs. It is safe for concurrent use.
type Mapping struct {
	source  string
	program *vm.Program
	short   short // nil where only the program answers
	reads   []string
	maybe   bool // it says what to do when a value is missing
	vms     *sync.Pool
}

// CompileMapping checks and compiles a mapping expression whose paths begin as the scope says. The error is an *Error.
func CompileMapping(source string, in Scope) (*Mapping, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	config := configure(Input{}, mappingOptions(), "filter", "find", "first", "last", "int", "float")
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, inWords(source, err)
	}
	m := &Mapping{source: source, vms: &sync.Pool{New: func() any { return &vm.VM{MemoryBudget: memoryBudget} }}}
	r := rewriting{mapping: m, roots: in.roots(), large: large}
	tree.Node = r.node(tree.Node, false)
	if r.err != nil {
		return nil, r.err
	}
	m.short = shortOf(tree.Node)
	if m.program, err = build(tree, config, reflect.Invalid); err != nil {
		return nil, inWords(source, err)
	}
	slices.Sort(m.reads)
	m.reads = slices.Compact(m.reads)
	return m, nil
}

// String is the expression as written.
func (m *Mapping) String() string { return m.source }

// Reads are the paths that the expression reads, e.g. body.candidate.email, sorted.
func (m *Mapping) Reads() []string { return slices.Clone(m.reads) }

// lacks tells whether a value is missing that it reads, of those of a request.
func (m *Mapping) lacks(in *Input) bool {
	return slices.ContainsFunc(m.reads, func(path string) bool {
		v, of := in.ofRequest(path)
		return of && v == nil
	})
}

// Eval is the expression's value: text, bool, int, float64, time.Time, time.Duration, a JSON list or object. A value
// that is missing or null is an *Error that names its path, unless the expression says what to take instead with ??;
// then nil means that nothing was there.
func (m *Mapping) Eval(in *Input) (any, error) {
	if m.short != nil {
		if out, ok := m.short(in); ok && (out != nil || m.maybe) {
			return out, nil
		}
	}
	out, err := runPooled(m.vms, m.program, in)
	switch {
	case err != nil:
		return nil, atRun(m.source, err)
	case out == nil && !m.maybe:
		return nil, refuse(m.source, 0, "write ?? and what to take instead", "%s is missing", m.source)
	}
	return out, nil
}

// rewriting replaces each path of a mapping expression by one look-up that knows its name, and refuses what would cost
// more than the delivery is large.
type rewriting struct {
	mapping *Mapping
	roots   []string
	large   []string
	err     *Error
	inside  bool // a predicate
	sums    int
}

func (r *rewriting) refuse(n ast.Node, hint, format string, args ...any) ast.Node {
	if r.err == nil {
		r.err = refuse(r.mapping.source, n.Location().From, hint, format, args...)
	}
	return n
}

// node rewrites one part; maybe says that a missing value is provided for.
func (r *rewriting) node(node ast.Node, maybe bool) ast.Node {
	switch n := node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
	case *ast.NilNode:
		r.mapping.maybe = true
	case *ast.IdentifierNode, *ast.MemberNode, *ast.PointerNode, *ast.ChainNode:
		return r.path(node, maybe)
	case *ast.UnaryNode:
		n.Node = r.node(n.Node, false)
	case *ast.BinaryNode:
		r.binary(n, maybe)
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = r.node(n.Cond, false), r.node(n.Exp1, maybe), r.node(n.Exp2, maybe)
	case *ast.ArrayNode:
		for i := range n.Nodes {
			n.Nodes[i] = r.node(n.Nodes[i], false)
		}
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); !ok || !slices.Contains(mappingFunctions, callee.Value) {
			return r.refuse(n, "the functions are: "+join(slices.Concat(mappingFunctions, mappingBuiltins)), "there is no such function")
		}
		r.arguments(n, n.Arguments)
	case *ast.BuiltinNode:
		r.builtin(n)
	case *ast.MapNode:
		return r.refuse(n, r.oneValue(), "%s", severalValues)
	case *ast.SliceNode:
		return r.refuse(n, "take one by its place, as in list[0], first(list) or last(list); split(text, \" \") makes a list of a text", "parts of a list or text cannot be cut out with [from:to]")
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		return r.refuse(n, r.oneValue(), "an expression has no variables and no steps")
	default:
		return r.refuse(node, r.oneValue(), "this is no value that is known here")
	}
	return node
}

// severalValues is what { } is in place of a value.
const severalValues = "{ } makes a set of names, and here one value is wanted"

// oneValue is what an expression looks like.
func (r *rewriting) oneValue() string {
	return "write a path, which begins with " + join(r.roots) + ", or a text in quotes of its own"
}

func (r *rewriting) arguments(n ast.Node, arguments []ast.Node) {
	for i := range arguments {
		if r.inside && r.readsOutside(arguments[i]) {
			r.refuse(n, "", "inside a question about each element, a function can take only the element")
		}
		arguments[i] = r.node(arguments[i], false)
	}
}

func (r *rewriting) builtin(n *ast.BuiltinNode) {
	if !slices.Contains(mappingBuiltins, n.Name) {
		r.refuse(n, "the functions are: "+join(slices.Concat(mappingFunctions, mappingBuiltins)), "the function %s is not known here", n.Name)
		return
	}
	if len(n.Arguments) < 2 {
		r.arguments(n, n.Arguments)
		return
	}
	predicate, ok := n.Arguments[1].(*ast.PredicateNode)
	switch {
	case !ok:
		r.arguments(n, n.Arguments)
	case r.inside:
		r.refuse(n, "", "%s cannot stand inside another question about each element", n.Name)
	default:
		n.Arguments[0] = r.node(n.Arguments[0], false)
		r.inside = true
		predicate.Node = r.node(predicate.Node, false)
		r.inside = false
	}
}

func (r *rewriting) binary(n *ast.BinaryNode, maybe bool) {
	const maxSums = 20 // each may copy a text as long as the delivery
	switch n.Operator {
	case "??":
		r.mapping.maybe = true
		n.Left, n.Right = r.node(n.Left, true), r.node(n.Right, maybe)
		return
	case "==", "!=":
		_, left := n.Left.(*ast.NilNode)
		_, right := n.Right.(*ast.NilNode)
		maybe = left || right
	case "<", "<=", ">", ">=", "and", "&&", "or", "||", "-", "*", "/", "%":
		maybe = false
	case "in", "contains", "startsWith", "endsWith", "+":
		if r.sums++; n.Operator == "+" && r.sums > maxSums {
			r.refuse(n, "", "an expression adds at most %d times", maxSums)
		}
		if r.inside && (n.Operator == "+" || r.readsOutside(n.Left) || r.readsOutside(n.Right)) {
			r.refuse(n, "compare with ==", "%s cannot stand inside a question about each element here", n.Operator)
		}
		maybe = false
	default:
		r.refuse(n, "", "%s is not known here", n.Operator)
		return
	}
	if r.inside && r.readsOutside(n.Left) && r.readsOutside(n.Right) && n.Operator != "and" && n.Operator != "&&" && n.Operator != "or" && n.Operator != "||" {
		r.refuse(n, "", "inside a question about each element, one side is of the element")
	}
	n.Left, n.Right = r.node(n.Left, maybe), r.node(n.Right, maybe)
}

// readsOutside reports whether a part inside a predicate reads something other than the element.
func (r *rewriting) readsOutside(node ast.Node) bool {
	found := outside{roots: r.large}
	ast.Walk(&node, &found)
	return found.yes
}

type outside struct {
	roots []string
	yes   bool
}

func (o *outside) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.IdentifierNode); ok && slices.Contains(o.roots, n.Value) {
		o.yes = true
	}
}

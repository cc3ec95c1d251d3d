package expression

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Condition is one compiled question about an environment. It is safe for concurrent use.
type Condition struct {
	language  *Language
	source    string
	program   *vm.Program
	operators map[string]bool // that the condition uses
	reads     Reads
	claim     *claim
}

// Compile checks and compiles a condition. The error is an *Error with the place within the source.
func (l *Language) Compile(source string) (*Condition, error) {
	p, wrong := l.parse(source)
	switch {
	case wrong != nil:
		return nil, wrong
	case p.kind != boolean:
		return nil, refuse(source, 0, `compare it with something, as in x == "a"`, "a condition is a question with the answer yes or no, and this is %s", p.kind)
	}
	claim := claimOf(p.tree.Node) // building changes the tree
	program, wrong := p.build(reflect.Bool)
	if wrong != nil {
		return nil, wrong
	}
	return &Condition{language: l, source: source, program: program, operators: p.operators, reads: p.reads, claim: claim}, nil
}

// parsed is an expression that was found right.
type parsed struct {
	source    string
	config    *conf.Config
	tree      *parser.Tree
	kind      kind
	operators map[string]bool
	reads     Reads
}

// parse reads and checks an expression of any kind.
func (l *Language) parse(source string) (*parsed, *Error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	config := l.config()
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, inWords(source, err)
	}
	c := typing{language: l, source: source, operators: map[string]bool{}}
	kind := c.kindOf(tree.Node)
	if c.err != nil {
		return nil, c.err
	}
	return &parsed{source, config, tree, kind, c.operators, c.reads.sorted()}, nil
}

// build compiles what parse found right. An expected kind of reflect.Invalid means any.
func (p *parsed) build(expected reflect.Kind) (*vm.Program, *Error) {
	overload(p.config, p.operators)
	program, err := build(p.tree, p.config, expected)
	if err != nil {
		return nil, inWords(p.source, err)
	}
	return program, nil
}

// String is the condition as written.
func (c *Condition) String() string { return c.source }

// Reads is what the condition reads.
func (c *Condition) Reads() Reads { return c.reads }

// Eval answers the condition for an environment: a value of the language's type. An error, an *Error, is no answer:
// whoever asks must not take it for a no.
func (c *Condition) Eval(env any) (bool, error) {
	out, err := c.language.run(c.source, c.program, env)
	if err != nil {
		return false, err
	}
	answer, ok := out.(bool)
	if !ok {
		return false, refuse(c.source, 0, "", "the condition gave no answer")
	}
	return answer, nil
}

func (l *Language) run(source string, program *vm.Program, env any) (any, error) {
	if reflect.TypeOf(env) != l.envType {
		return nil, fmt.Errorf("expression: the environment is %T, not %s", env, l.envType)
	}
	out, err := runPooled(&l.vms, program, env)
	if err != nil {
		return nil, atRun(source, err)
	}
	return out, nil
}

// runPooled runs the program on a machine of the pool: a machine serves one evaluation at a time. What an evaluation saw
// must not outlive it, so the stack is cleared, and a machine that walked a list, which it remembers, is let go.
func runPooled(pool *sync.Pool, program *vm.Program, env any) (any, error) {
	machine := pool.Get().(*vm.VM)
	out, err := machine.Run(program, env)
	if cap(machine.Scopes) == 0 {
		clear(machine.Stack[:cap(machine.Stack)])
		pool.Put(machine)
	}
	return out, err
}

// operation is the one kind of message from the library that is known to name types alone.
var operation = regexp.MustCompile(`^invalid operation: ([\w<>.]+|\[\]interface \{\}|map\[string\]interface \{\}) (\S+) ([\w<>.]+|\[\]interface \{\}|map\[string\]interface \{\})$`)

// atRun is an evaluation's error. Only what flowd's own functions say is repeated: the library's words may quote values.
func atRun(source string, err error) *Error {
	var at *file.Error
	if !errors.As(err, &at) {
		return refuse(source, 0, "", "the expression cannot be evaluated")
	}
	e := refuse(source, at.From, "", "the expression cannot be evaluated")
	switch {
	case strings.Contains(at.Message, "memory budget"):
		e.Message = "the expression needs more memory than one may use"
	case operation.MatchString(at.Message):
		m := operation.FindStringSubmatch(at.Message)
		e.Message = fmt.Sprintf("%s cannot stand between %s and %s", m[2], kindName(m[1]), kindName(m[3]))
	case at.Prev != nil && !errors.As(at.Prev, new(runtime.Error)):
		e.Message, e.cause = at.Prev.Error(), at.Prev
	}
	return e
}

// build finishes what the parser began, as expr.Compile does. An expected kind of reflect.Invalid means any.
func build(tree *parser.Tree, config *conf.Config, expected reflect.Kind) (*vm.Program, error) {
	config.Expect = expected
	if _, err := new(checker.Checker).PatchAndCheck(tree, config); err != nil {
		return nil, err
	}
	return compiler.Compile(tree, config)
}

// checkSource refuses what need not be parsed: too long, empty, or one of the slips that people make.
func checkSource(source string) *Error {
	switch {
	case len(source) > maxSource:
		return refuse(source, 0, "split it into several conditions", "the expression is longer than %d bytes", maxSource)
	case !utf8.ValidString(source):
		return refuse(source, 0, "", "the expression is not UTF-8 text")
	case strings.TrimSpace(source) == "":
		return refuse(source, 0, "", "the expression is empty")
	}
	if slip := findSlip(source); slip != nil {
		return slip
	}
	return nil
}

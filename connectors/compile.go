package connectors

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// Compiler compiles the expressions that a source's configuration holds, and
// reports what is wrong with them at their places. The zero value is ready.
type Compiler struct{ failed bool }

// Err is ErrReported where a problem was reported, else nil.
func (k *Compiler) Err() error { return reported(!k.failed) }

// Fail reports a problem that refuses the source.
func (k *Compiler) Fail(node *strictyaml.Node, code, message, hint string) {
	k.failed = true
	node.Error(code, message, hint)
}

// text tells whether there is a text to compile.
func (k *Compiler) text(node *strictyaml.Node, wanted string) bool {
	if node == nil || node.Broken() {
		k.failed = k.failed || node != nil
		return false
	}
	if node.Kind() != strictyaml.Scalar {
		k.Fail(node, "shape", fmt.Sprintf("%s wants %s, and this is %s", node.Key(), wanted, node.Kind()), "")
		return false
	}
	return true
}

// Mapping returns the expression of a node, or nil where there is none.
func (k *Compiler) Mapping(node *strictyaml.Node, in expression.Scope) *expression.Mapping {
	if !k.text(node, "an expression") {
		return nil
	}
	m, err := expression.CompileMapping(node.Text(), in)
	if err != nil {
		k.wrong(node, err)
		return nil
	}
	return m
}

// Template returns the text with values of a node, or nil where there is none.
func (k *Compiler) Template(node *strictyaml.Node, in expression.Scope) *expression.CallTemplate {
	if !k.text(node, "a text") {
		return nil
	}
	t, err := expression.CompileCallTemplate(node.Text(), in)
	if err != nil {
		k.wrong(node, err)
		return nil
	}
	return t
}

// wrong reports what is wrong with an expression at its place.
func (k *Compiler) wrong(node *strictyaml.Node, err error) {
	k.failed = true
	var wrong *expression.Error
	if errors.As(err, &wrong) {
		node.ReportAt(wrong.Offset, strictyaml.Problem{Code: "expression", Message: wrong.Message, Hint: wrong.Hint})
		return
	}
	node.Error("expression", err.Error(), "")
}

// Names tells whether an expression reads a value, or something in it. A nil one
// reads nothing.
func Names(m *expression.Mapping, value string) bool {
	return m != nil && slices.ContainsFunc(m.Reads(), func(path string) bool {
		return path == value || strings.HasPrefix(path, value+".") || strings.HasPrefix(path, value+"[")
	})
}

// Ask puts a yes-or-no question; nil is no, as is an answer of nothing. The error
// quotes no value.
func Ask(m *expression.Mapping, in *expression.Input) (bool, error) {
	if m == nil {
		return false, nil
	}
	v, err := m.Eval(in)
	if err != nil {
		return false, err
	}
	yes, ok := v.(bool)
	if !ok && v != nil {
		return false, errNeither
	}
	return yes, nil
}

var errNeither = errors.New("is neither true nor false")

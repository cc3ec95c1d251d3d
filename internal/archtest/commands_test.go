package archtest

import (
	"go/ast"
	"testing"
)

// maxCommands is how many visible commands a team can be asked to know, `help`
// aside. A new ability becomes a flag or an argument of one of them.
const maxCommands = 24

func TestFewCommands(t *testing.T) {
	t.Parallel()
	visible := -1 // the root is not a command
	for _, s := range sources(t) {
		if s.dir == "cmd/flowd" && !s.test {
			visible += commands(s.syntax)
		}
	}
	if visible < 1 || visible > maxCommands {
		t.Errorf("cmd/flowd has %d visible commands, want 1 to %d", visible, maxCommands)
	}
}

// commands counts the cobra.Command literals of a file that are not hidden.
func commands(f *ast.File) int {
	count := 0
	ast.Inspect(f, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if kind, ok := literal.Type.(*ast.SelectorExpr); !ok || kind.Sel.Name != "Command" {
			return true
		}
		for _, field := range literal.Elts {
			pair, ok := field.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			key, ok := pair.Key.(*ast.Ident)
			if value, set := pair.Value.(*ast.Ident); ok && set && key.Name == "Hidden" && value.Name == "true" {
				return true
			}
		}
		count++
		return true
	})
	return count
}

func TestCommands(t *testing.T) {
	t.Parallel()
	s := planted(t, "cmd/flowd/run.go", `package main
var a = &cobra.Command{Use: "run"}
var b = &cobra.Command{Use: "secret", Hidden: true}
var c = cobra.Command{Use: "demo", Hidden: false}
var d = other.Thing{}
`)
	if got := commands(s.syntax); got != 2 {
		t.Errorf("counted %d visible commands, want 2", got)
	}
}

package flowd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"flowd"
)

// Everyone is under exactly one word, and every word is reached.
func TestWord_TotalOverStates(t *testing.T) {
	t.Parallel()
	count := 0
	for _, w := range flowd.Words() {
		if len(w.States()) == 0 && w != flowd.WordFinished && w != flowd.WordWithdrawn { // those are told by the interview
			t.Errorf("no state reads as %q", w)
		}
		count += len(w.States())
	}
	if got := len(flowd.ActionStates()); count != got {
		t.Errorf("%d states have a word, of %d", count, got)
	}
	for _, s := range flowd.ActionStates() {
		if s.Word() == "" {
			t.Errorf("state %q has no word", s)
		}
	}
}

func TestWordOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		state     flowd.ActionState
		interview flowd.Interview
		want      flowd.Word
	}{
		{flowd.Done, flowd.Interview{ID: "i"}, flowd.WordInvited},
		{flowd.Done, flowd.Interview{ID: "i", Answered: true}, flowd.WordFinished},
		{flowd.Shared, flowd.Interview{ID: "i", Answered: true, Deleted: true}, flowd.WordFinished},
		{flowd.Done, flowd.Interview{ID: "i", Deleted: true}, flowd.WordWithdrawn},
		{flowd.NeedsPerson, flowd.Interview{ID: "i", Answered: true}, flowd.WordHeld},
	} {
		if got := flowd.WordOf(tc.state, tc.interview); got != tc.want {
			t.Errorf("%s %+v reads as %q, want %q", tc.state, tc.interview, got, tc.want)
		}
	}
}

// A constant that is added without words would be an empty cell on a screen.
func TestReason_EveryConstantHasWords(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, r := range flowd.Reasons() {
		known[string(r)] = true
		if r.InWords() == "" {
			t.Errorf("reason %q has no words", r)
		}
	}
	for name, value := range constantsOf(t, "reason.go", "Reason") {
		if value != "" && !known[value] {
			t.Errorf("%s = %q has no words", name, value)
		}
	}
}

func TestStates_ListsEveryConstant(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, s := range flowd.ActionStates() {
		listed[string(s)] = true
	}
	for name, value := range constantsOf(t, "action.go", "ActionState") {
		if !listed[value] {
			t.Errorf("%s is not in ActionStates", name)
		}
	}
}

// constantsOf reads the string constants of one type from a source file.
func constantsOf(t *testing.T, file, typeName string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typeName {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			out[spec.Names[0].Name] = strings.Trim(lit.Value, `"`)
		}
		return true
	})
	if len(out) == 0 {
		t.Fatalf("no constant of type %s in %s", typeName, file)
	}
	return out
}

package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// codeAt is where the calls that report a finding take its code. Of those that
// many things are named like, the number of arguments tells them apart.
var codeAt = map[string]struct{ argument, atLeast int }{
	"report.error": {1, 4}, "report.warn": {1, 4}, "tell": {1, 4},
	"Error": {0, 3}, "Warn": {0, 3}, "p.warn": {2, 5}, "r.warn": {2, 5},
}

// TestFindingsAreDocumented holds the sections of docs/lint.md to the codes of
// the findings, both ways: whoever reads a code finds what to do.
func TestFindingsAreDocumented(t *testing.T) {
	t.Parallel()
	codes, constants := map[string]string{}, map[string]string{}
	checked := slices.DeleteFunc(slices.Clone(sources(t)), func(s source) bool {
		in := func(dir string) bool { return s.dir == dir || strings.HasPrefix(s.dir, dir+"/") }
		return s.test || in("connectors/connectortest") || !(in("rules") || in("internal/strictyaml") || in("internal/config") || in("internal/daemon") || in("connectors"))
	})
	for _, s := range checked {
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 {
				if text, ok := literal(v.Values[0]); ok {
					constants[v.Names[0].Name] = text
				}
			}
			return true
		})
	}
	for _, s := range checked {
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			code := codeOf(n, s.dir == "internal/strictyaml")
			if text, ok := literal(code); ok {
				codes[text] = s.path
			} else if name, ok := code.(*ast.Ident); ok && name.Name != "code" {
				if constants[name.Name] == "" {
					t.Errorf("%s: the code %s is not to be read here", s.path, name.Name)
				}
				codes[constants[name.Name]] = s.path
			}
			return true
		})
	}
	if len(codes) < 60 {
		t.Fatalf("found %d codes: the test looks at the wrong places", len(codes))
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "lint.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, section := range regexp.MustCompile("(?m)^### (.+)$").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, section[1])
		if codes[section[1]] == "" {
			t.Errorf("docs/lint.md has a section %s, and nothing is found under that code", section[1])
		}
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if !slices.Contains(documented, code) {
			t.Errorf("docs/lint.md has no section ### %s, which %s reports", code, codes[code])
		}
	}
	if !slices.IsSorted(documented) {
		t.Error("the sections of docs/lint.md are not in the order of the alphabet")
	}
}

// codeOf is the code that a node reports something under, or nil. In strictyaml,
// refuse takes it too.
func codeOf(n ast.Node, refuses bool) ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
			return n.Value
		}
	case *ast.CallExpr:
		for name, in := range codeAt {
			callee := calleeOf(n)
			if callee == "http.Error" {
				return nil
			}
			if (callee == name || strings.HasSuffix(callee, "."+name)) && len(n.Args) >= in.atLeast {
				return n.Args[in.argument]
			}
		}
		if callee := calleeOf(n); refuses && strings.HasSuffix(callee, ".refuse") {
			return n.Args[0]
		}
	}
	return nil
}

// calleeOf is what is called, with dots, as far as it is written in names.
func calleeOf(call *ast.CallExpr) string {
	var parts []string
	for node := call.Fun; ; {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			parts = append(parts, n.Sel.Name)
			node = n.X
			continue
		case *ast.Ident:
			parts = append(parts, n.Name)
		case *ast.CallExpr:
			parts = append(parts, "()")
		}
		slices.Reverse(parts)
		return strings.Join(parts, ".")
	}
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

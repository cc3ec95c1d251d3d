package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the module's folder, seen from this package.
const root = "../.."

// source is one Go file of the module.
type source struct {
	path      string // from the module's root, with slashes
	dir       string // its folder, "." for the root
	test      bool
	generated bool
	lines     int
	imports   []string
	syntax    *ast.File
}

// tree reads every Go file of the module once.
var tree = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && skipped(d.Name()) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(rel), text)
		all = append(all, s)
		return err
	})
	return all, err
})

// skipped names the folders that hold no code of ours, as the go command sees it.
func skipped(dir string) bool {
	return dir == "testdata" || dir == "vendor" || dir == "node_modules" ||
		strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

func parse(name string, text []byte) (source, error) {
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	s := source{
		path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(f), lines: bytes.Count(text, []byte("\n")), syntax: f,
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}

// sources returns the tree or ends the test.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d Go files below %s: the test looks at the wrong folder", len(all), root)
	}
	return all
}

// planted parses one made-up file, to see a rule refuse it.
func planted(t *testing.T, name, text string) source {
	t.Helper()
	s, err := parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exists tells whether the module has this file or folder.
func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}

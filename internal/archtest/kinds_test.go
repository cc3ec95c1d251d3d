package archtest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryKindIsWhole holds what a kind of connector brings along: its line in
// the table of kinds, an example configuration, a row in the documentation and
// recorded deliveries. A kind is called as its folder.
func TestEveryKindIsWhole(t *testing.T) {
	t.Parallel()
	var table, kinds []string
	for _, s := range sources(t) {
		kind, under := strings.CutPrefix(s.dir, "connectors/")
		switch {
		case s.test || !under || kind == "connectortest" || strings.HasPrefix(kind, "connectortest/"):
		case kind == "all":
			table = append(table, s.imports...)
		case !slices.Contains(kinds, kind):
			kinds = append(kinds, kind)
		}
	}
	if len(table) == 0 || len(kinds) == 0 {
		t.Fatalf("%d kinds and %d imports of connectors/all were found: this test looks in the wrong place", len(kinds), len(table))
	}
	examples, docs := textBelow(t, "examples"), textBelow(t, "docs")
	for _, kind := range kinds {
		if !slices.Contains(table, module+"/connectors/"+kind) {
			t.Errorf("connectors/all does not list %s", kind)
		}
		if !regexp.MustCompile(`\bkind: *` + kind + `\b`).MatchString(examples) {
			t.Errorf("examples has no configuration with `kind: %s`", kind)
		}
		if !regexp.MustCompile(`(?m)^\|[^|\w]*` + kind + `\b`).MatchString(docs) {
			t.Errorf("docs has no table row for %s", kind)
		}
		if textBelow(t, "connectors/"+kind+"/testdata") == "" {
			t.Errorf("connectors/%s/testdata holds no recorded delivery", kind)
		}
	}
}

// TestEveryExampleIsTested holds that each example rule file brings its tests.
func TestEveryExampleIsTested(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "examples", "rules", "*.y*ml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("examples/rules holds no rule file: this test looks in the wrong place")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^ *tests:`).Match(text) {
			t.Errorf("examples/rules/%s has no tests", filepath.Base(file))
		}
	}
}

// textBelow joins the files below a folder; it is empty where there are none.
func textBelow(t *testing.T, dir string) string {
	t.Helper()
	if !exists(dir) {
		return ""
	}
	var all strings.Builder
	top := os.DirFS(filepath.Join(root, filepath.FromSlash(dir)))
	err := fs.WalkDir(top, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".go" {
			return err
		}
		text, err := fs.ReadFile(top, name)
		all.Write(text)
		all.WriteByte('\n')
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

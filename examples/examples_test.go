package examples_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"flowd/engine"
	"flowd/examples"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// The examples are what people copy first: not even a warning may stand
// in them, and their tests see every condition come out both ways.
func TestExamples(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(examples.Rules, "rules")
	if err != nil {
		t.Fatal(err)
	}
	var files []rules.File
	for _, e := range entries {
		data, err := fs.ReadFile(examples.Rules, path.Join("rules", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, rules.File{Name: e.Name(), Data: data})
	}
	set, problems := rules.Compile(files, rules.Options{})
	if len(problems) > 0 {
		t.Fatalf("the examples have problems:\n%s", strictyaml.Render(problems))
	}
	if got := len(set.Files()); got != len(files) {
		t.Errorf("%d of %d files are part of the set", got, len(files))
	}
	tests, seen := rules.Cover(set, engine.Decide, rules.TestOptions{})
	for _, r := range tests {
		if !r.OK {
			t.Errorf("%s:%d %s\n%s", r.File, r.Line, r.Name, strings.Join(r.Diff, "\n"))
		}
	}
	for _, c := range seen {
		if c.Tests == 0 || c.Percent < 100 || len(c.Rows) > 0 {
			t.Errorf("rule %s has %d tests, which leave out %+v and the rows %q", c.Rule, c.Tests, c.Missing, c.Rows)
		}
	}
}

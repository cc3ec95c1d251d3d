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

// The examples are what people copy first: not even a warning may stand in them.
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
	tested := map[string]bool{}
	for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
		tested[r.Rule] = true
		if !r.OK {
			t.Errorf("%s:%d %s\n%s", r.File, r.Line, r.Name, strings.Join(r.Diff, "\n"))
		}
	}
	for _, r := range set.Rules() {
		if !tested[r.ID] {
			t.Errorf("rule %s has no test", r.ID)
		}
	}
}

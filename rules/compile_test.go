package rules_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

var update = flag.Bool("update", false, "write the golden files")

// sources are what the fixtures' rules can see.
var sources = []rules.Source{{Name: "greenhouse", ATS: "greenhouse", Members: []string{
	"application.status", "application.applied_at", "application.age", "candidate.email", "candidate.source", "candidate.tags",
	"job.name", "job.department", "job.location",
}}}

// fixture compiles one rule file of testdata, with every CSV beside it.
func fixture(t *testing.T, name string, o rules.Options) (*rules.Set, []strictyaml.Problem) {
	t.Helper()
	all, err := rules.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var files []rules.File
	for _, f := range all {
		if f.Name == name || strings.HasSuffix(f.Name, ".csv") {
			files = append(files, f)
		}
	}
	return rules.Compile(files, o)
}

func fixtures(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no fixtures %s: %v", pattern, err)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

// Each *.bad.yaml holds one mistake; the .txt beside it is what its author reads.
func TestCompile_Bad(t *testing.T) {
	t.Parallel()
	for _, name := range fixtures(t, "*.bad.yaml") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o rules.Options
			if name == "not-supplied.bad.yaml" {
				o.Sources = sources
			}
			_, problems := fixture(t, name, o)
			got := strictyaml.Render(problems)
			golden := filepath.Join("testdata", strings.TrimSuffix(name, ".yaml")+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if got == "" {
				t.Error("nothing is wrong with it")
			}
		})
	}
}

// Each *.good.yaml has no problem at all, and its own tests hold.
func TestCompile_Good(t *testing.T) {
	t.Parallel()
	for _, name := range fixtures(t, "*.good.yaml") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, problems := fixture(t, name, rules.Options{})
			if len(problems) > 0 {
				t.Errorf("problems:\n%s", strictyaml.Render(problems))
			}
			results := rules.RunTests(set, engine.Decide, nil)
			if len(results) == 0 {
				t.Error("it has no tests")
			}
			for _, r := range results {
				if !r.OK {
					t.Errorf("%s:%d %s\n%s", r.File, r.Line, r.Name, strings.Join(r.Diff, "\n"))
				}
			}
		})
	}
}

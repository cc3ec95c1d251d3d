package rules_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
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
}, StageKinds: map[string]string{"Video review": "interview", "rejected": "rejected", "Archive": "archived", "Odd": "rejcted"}}}

// fixture compiles one rule file of testdata, with every CSV beside it.
func fixture(t *testing.T, name string, o rules.Options) (*rules.Set, []strictyaml.Problem) {
	t.Helper()
	files, err := rules.ReadDir(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
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
			if name == "not-supplied.bad.yaml" || name == "adverse.bad.yaml" {
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
			results := rules.RunTests(set, engine.Decide, rules.TestOptions{})
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

// All problems of all files come at once, in the order of the files.
func TestCompile_AcrossFiles(t *testing.T) {
	t.Parallel()
	one := "version: 1\nowner: o\nrules: [{id: a, description: d, stage: S, pairs: [{position: P}], tests: [{name: n, expect: [{hireflix.invite: {position: P}}]}]}]\n"
	_, problems := rules.Compile([]rules.File{
		{Name: "c.yaml", Data: []byte("rules: []\n")}, {Name: "b.yml", Data: []byte(one)}, {Name: "a.yaml", Data: []byte(one)},
	}, rules.Options{})
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	want := []string{
		"b.yml:3:14: the id a is taken by the rule at a.yaml:3",
		"c.yaml:1:1: version is missing", "c.yaml:1:1: owner is missing", "c.yaml:1:8: the file has no rules",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// A test that fails says what was wanted, what came, and how it came to it.
func TestRunTests_Failures(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - id: a
    stage: Video interview
    pairs: [{department: Sales, position: P}]
    unless: [{when: candidate.source == "Referral", because: "referrals are called"}]
    tests:
      - {name: another position, expect: [{hireflix.invite: {position: Q}}]}
      - {name: blocked by something else, given: {candidate: {can_email: false}}, expect: none, because: referrals are called}
      - {name: nobody, expect: none}
      - {name: twice, expect: [{hireflix.invite: {position: P}}, {hireflix.invite: {position: P}}]}
      - {name: right, given: {candidate: {source: referral}}, expect: none, because: referrals are called}
`), rules.Options{})
	var got []string
	for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
		got = append(got, strings.TrimSpace(r.Name+": "+r.Want+" / "+r.Got))
		if r.OK != (r.Name == "right") || r.OK != (len(r.Diff) == 0) || r.File != "r.yaml" || r.Rule != "a" || r.Line == 0 {
			t.Errorf("result %+v", r)
		}
		if !r.OK && !strings.Contains(strings.Join(r.Diff, "\n"), "row r.yaml:6") {
			t.Errorf("the failure is not explained: %q", r.Diff)
		}
	}
	want := []string{
		`another position: invite to "Q" / invite to "P"`,
		`blocked by something else: none (referrals are called) / none (the ATS says not to write)`,
		`nobody: none / invite to "P"`,
		`twice: invite to "P", invite to "P" / invite to "P"`,
		`right: none (referrals are called) / none (referrals are called)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if some := rules.RunTests(set, engine.Decide, rules.TestOptions{Match: regexp.MustCompile("^a/(right|nobody)$")}); len(some) != 2 {
		t.Errorf("%d tests match", len(some))
	}
}

package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/strictyaml"
)

func TestFix(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in, want string
		count    int
	}{
		"nothing": {"a: b # why\n\n\nc:   [d]\n", "a: b # why\n\n\nc:   [d]\n", 0},
		"colon":   {"# kept\nstage: Step 2: Video\nother: x # kept too\n", "# kept\nstage: \"Step 2: Video\"\nother: x # kept too\n", 1},
		"item":    {"of:\n  - Step 2: a: b\n", "of:\n  - \"Step 2: a: b\"\n", 1},
		"comma": {"rows:\n  - {job: Account Executive, Berlin, position: AE} # the first\n",
			"rows:\n  - {job: \"Account Executive, Berlin\", position: AE} # the first\n", 1},
		"commas":     {"r: {job: A,B , C, position: P}\n", "r: {job: \"A,B , C\", position: P}\n", 1},
		"two in one": {"r: {job: A, B, position: C, D}\n", "r: {job: \"A, B\", position: \"C, D\"}\n", 2},
		"question":   {"if: \"vip\" in tags\n", "if: '\"vip\" in tags'\n", 1},
		"half a name, which may be meant in two ways": {"stage: \"Video\" interview\n", "stage: \"Video\" interview\n", 0},
		"typographic":             {"stage: “Video interview”\n", "stage: \"Video interview\"\n", 1},
		"typographic and a quote": {"stage: „Say \"hi\"“\n", "stage: 'Say \"hi\"'\n", 1},
		"at":                      {"to: @sales\n", "to: \"@sales\"\n", 1},
		"a comment or a name":     {"stage: Video #1\n", "stage: Video #1\n", 0},
		"a tag may be not":        {"if: !candidate.archived\n", "if: !candidate.archived\n", 0},
		"an alias or a name":      {"stage: *Video\n", "stage: *Video\n", 0},
		"BOM and CRLF":            {"\ufeffstage: Step 2: Video\r\nb: c\r\n", "\ufeffstage: \"Step 2: Video\"\r\nb: c\r\n", 1},
		"several":                 {"a: b: c\nd: “e”\nf: g: h\n", "a: \"b: c\"\nd: \"e\"\nf: \"g: h\"\n", 3},
		"tabs alone":              {"a:\n\tb: c\n\td:\n\t\t- e: f: g\n", "a:\n  b: c\n  d:\n    - e: \"f: g\"\n", 1},
		"tabs and spaces may be meant in two ways": {"a:\n\tb: c\nd:\n  e: f\n", "a:\n\tb: c\nd:\n  e: f\n", 0},
		"a row that needs quotes is written out": {"pairs:\n  - {job: A, B, language: [de, \"fr\"], position: 'it''s'} # see {x}\n  - {job: C, position: D}\n",
			"pairs:\n  - job: \"A, B\" # see {x}\n    language: [de, \"fr\"]\n    position: \"it's\"\n  - {job: C, position: D}\n", 1},
		"a row on the line of its list stays one": {"pairs: [{job: A, B, position: C}]\n", "pairs: [{job: \"A, B\", position: C}]\n", 1},
		"a row with more than texts stays one":    {"pairs:\n  - {job: A, B, x: {y: z}}\n", "pairs:\n  - {job: \"A, B\", x: {y: z}}\n", 1},
		"Windows-1252 stays":                      {"a: b: \xe4\n", "a: b: \xe4\n", 0},
	} {
		fixed, count := strictyaml.Fix("x.yaml", []byte(test.in), strictyaml.Options{}, "pairs")
		if diff := cmp.Diff(test.want, string(fixed)); diff != "" || count != test.count {
			t.Errorf("%s: %d fixes, want %d (-want +got):\n%s", name, count, test.count, diff)
		}
	}
}

// What is fixed stays fixed, and a file that nothing is wrong with is not touched.
func FuzzFix(f *testing.F) {
	for _, s := range []string{"stage: Step 2: Video\n", "r: {job: A, B, position: C}\n", "pairs:\n  - {job: A, B, position: C} # }\n", "a:\n\tb: c: d\n", "if: \"a\" in b\n", "a: “b”\n", "\ufeffa: b: c\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fixed, count := strictyaml.Fix("x.yaml", []byte(text), strictyaml.Options{}, "pairs")
		if count == 0 && string(fixed) != text && !strings.Contains(text, "\t") {
			t.Errorf("changed without a fix: %q → %q", text, fixed)
		}
		again, _ := strictyaml.Fix("x.yaml", fixed, strictyaml.Options{}, "pairs")
		if string(again) != string(fixed) && count < 20 {
			t.Errorf("%q became %q, and then %q", text, fixed, again)
		}
		if before := strictyaml.Parse("x.yaml", []byte(text), strictyaml.Options{}); len(before.Problems()) == 0 && string(again) != text {
			t.Errorf("%q is well, and became %q", text, again)
		}
	})
}

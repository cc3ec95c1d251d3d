package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

// meaning is all that a folder says: its rules, by what they do, and what is wrong
// with it, wherever in a file that stands.
func meaning(t *testing.T, dir, name string, data []byte) []string {
	t.Helper()
	files, err := rules.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f rules.File) bool { return f.IsRules() })
	set, problems := rules.Compile(append(files, rules.File{Name: name, Data: data}), rules.Options{})
	var out []string
	for _, r := range set.Rules() {
		words, _ := set.Describe(r.ID)
		out = append(out, r.ID+" "+r.Digest+" "+nowhere(words))
	}
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s: %s", p.Severity, p.Code, nowhere(p.Message)))
	}
	return out
}

var spot = regexp.MustCompile(`[\w.-]+\.ya?ml:\d+|line \d+`)

// nowhere is a sentence without the places in it.
func nowhere(text string) string { return spot.ReplaceAllString(text, "…") }

// untidy are ways in which people's files are laid out.
var untidy = map[string]func(string) string{
	"as it is":      func(s string) string { return s },
	"Windows":       func(s string) string { return "\ufeff" + strings.ReplaceAll(s, "\n", "\r\n") },
	"spaces behind": func(s string) string { return strings.ReplaceAll(s, "\n", "  \n") + "\n\n" },
	"no end":        func(s string) string { return strings.TrimRight(s, "\n") },
	"four spaces": func(s string) string {
		return regexp.MustCompile(`(?m)^[ -]*- |^ +`).ReplaceAllStringFunc(s, func(in string) string {
			return strings.ReplaceAll(strings.ReplaceAll(in, " ", "  "), "-  ", "-   ")
		})
	},
	"two spaces less": func(s string) string {
		return regexp.MustCompile(`(?m)^  `).ReplaceAllString(s, "")
	},
}

// However a rule file is laid out, --fix changes nothing of what it says, and its
// second time nothing at all.
func TestFormat_MeansTheSame(t *testing.T) {
	t.Parallel()
	var names []string
	for _, pattern := range []string{"testdata/*.yaml", "../examples/rules/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 8 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		names = append(names, found...)
	}
	kept := 0
	for _, name := range names {
		original, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for how, mess := range untidy {
			data := []byte(mess(string(original)))
			once := strictyaml.Format(name, data, strictyaml.Options{Extensions: true})
			before, after := meaning(t, filepath.Dir(name), filepath.Base(name), data), meaning(t, filepath.Dir(name), filepath.Base(name), once)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s, %s: it says something else (-before +after):\n%s", name, how, diff)
			}
			if twice := strictyaml.Format(name, once, strictyaml.Options{Extensions: true}); string(twice) != string(once) {
				t.Errorf("%s, %s: laid out twice it is something else", name, how)
			}
			fixed, _ := strictyaml.Fix(name, data, strictyaml.Options{Extensions: true}, "pairs")
			if again, count := strictyaml.Fix(name, fixed, strictyaml.Options{Extensions: true}, "pairs"); count > 0 || string(again) != string(fixed) {
				t.Errorf("%s, %s: fixed twice it is something else", name, how)
			}
			if strings.HasPrefix(name, "..") && how != "two spaces less" {
				if string(once) != string(original) {
					t.Errorf("%s, %s: it is laid out as\n%s", name, how, cmp.Diff(string(original), string(once)))
				}
				kept++
			}
		}
	}
	if kept < 40 {
		t.Errorf("only %d examples were laid out", kept)
	}
}

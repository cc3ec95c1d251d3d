package expression_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/expression"
)

func TestLeaves_AreThoseThatAreExplained(t *testing.T) {
	t.Parallel()
	language, err := expression.NewLanguage(env{})
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string][]string{
		`visits > 2`: {`visits > 2`},
		`not (candidate.is_internal and (visits > 2 or stage == "a")) and "x" not in candidate.tags`: {
			`candidate.is_internal`, `visits > 2`, `stage == "a"`, `"x" not in candidate.tags`},
		`(visits > 1 or visits > 2) and visits > 3 and (visits > 4 and visits > 5)`: {
			`visits > 1`, `visits > 2`, `visits > 3`, `visits > 4`, `visits > 5`},
	} {
		c, err := language.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Leaves()); diff != "" {
			t.Errorf("%s: %s", source, diff)
		}
		var explained []string
		for _, leaf := range c.Explain(sample()).Leaves() {
			explained = append(explained, leaf.Text)
		}
		if diff := cmp.Diff(want, explained); diff != "" {
			t.Errorf("%s, explained: %s", source, diff)
		}
	}
}

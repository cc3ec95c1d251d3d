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

// Each of the leaves that turn an answer does, alone; and no other does.
func TestTurning(t *testing.T) {
	t.Parallel()
	l := language(t)
	for source, want := range map[string][]string{
		`score > 9`:                                  {`score > 9`},
		`not (score > 1)`:                            {`score > 1`},
		`score > 9 and stage == "x"`:                 nil,
		`score > 1 and stage == "x"`:                 {`stage == "x"`},
		`score > 1 and stage != "x"`:                 {`score > 1`, `stage != "x"`},
		`score > 9 or stage == "x"`:                  {`score > 9`, `stage == "x"`},
		`score > 1 or stage == "x"`:                  {`score > 1`},
		`score > 1 or stage != "x"`:                  nil,
		`score > 1 and not (score > 2 or score > 9)`: {`score > 2`},
		`score > 1 and (score > 8 or score > 9)`:     {`score > 8`, `score > 9`},
		`score > 9 and field("Team") == "x"`:         nil, // the field is absent: who knows
	} {
		c, err := l.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, leaf := range c.Explain(sample()).Turning() {
			got = append(got, leaf.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
}

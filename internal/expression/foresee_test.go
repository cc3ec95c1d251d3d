package expression_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"flowd/internal/expression"
)

func compiled(t *testing.T, l *expression.Language, sources ...string) []*expression.Condition {
	t.Helper()
	var out []*expression.Condition
	for _, s := range sources {
		c, err := l.Compile(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		out = append(out, c)
	}
	return out
}

func TestCondition_Always(t *testing.T) {
	t.Parallel()
	l := language(t)
	many := make([]string, 13)
	for i := range many {
		many[i] = `has("f` + strconv.Itoa(i) + `")`
	}
	for source, want := range map[string]string{
		`true`:     "true",
		`not true`: "false",
		`stage not in ["a", "b"] or stage != "c"`:                  "true",
		`stage in ["a", "b"] and stage in ["c"]`:                   "false",
		`stage in ["a", "b"] and stage in ["B", "c"]`:              "either",
		`"a" == stage and not (stage == " A ")`:                    "false",
		`candidate.is_internal or not candidate.is_internal`:       "true",
		`candidate.is_internal == true and !candidate.is_internal`: "false",
		`candidate.is_internal != candidate.is_internal`:           "either", // a comparison of two values is not looked into
		`score > 5 and score < 3`:                                  "false",
		`score > 3 or score < 5`:                                   "true",
		`score > 3 and score < 5`:                                  "either",
		`3 < score and 3 >= score`:                                 "false",
		`visits > 1 and visits < 2`:                                "either", // whole numbers are not told apart
		`application.age < "2d" and application.age > "1w"`:        "false",
		`application.age < "1w" or application.age >= "7d"`:        "true",
		`application.age < "3d" and application.age > "1d"`:        "either",
		`has("x") and not has("x")`:                                "false",
		`has("x") and not has("y")`:                                "either",
		`field("x") == "a" and number("x") == 1`:                   "either",
		`"vip" in candidate.tags or "vip" not in candidate.tags`:   "true",
		`exactly(stage, "A") or stage != "a"`:                      "either",
		`stage == "a"`:                                             "either",
		`any(candidate.tags, # == "a") or stage == "b"`:            "either",
		"(" + strings.Join(many, " and ") + ") and not " + many[0]: "either", // too much to try
	} {
		got := "either"
		if answer, sure := compiled(t, l, source)[0].Always(); sure {
			got = strconv.FormatBool(answer)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", source, got, want)
		}
	}
}

func TestNeverTogether(t *testing.T) {
	t.Parallel()
	l := language(t)
	for _, test := range []struct {
		hold, fail []string
		want       bool
	}{
		{nil, nil, false},
		{[]string{`stage == "a"`, `stage == "b"`}, nil, true},
		{[]string{`stage == "a"`}, []string{`stage in ["a", "b"]`}, true},
		{[]string{`stage == "a"`}, []string{`stage == "b"`}, false},
		{nil, []string{`candidate.is_internal`, `not candidate.is_internal`}, true},
		{nil, []string{`candidate.is_internal`}, false},
	} {
		if got := expression.NeverTogether(compiled(t, l, test.hold...), compiled(t, l, test.fail...)); got != test.want {
			t.Errorf("%q without %q never together: %t", test.hold, test.fail, got)
		}
	}
}

// What is called constant is: whatever the values, the condition gives that answer.
func FuzzCondition_Always(f *testing.F) {
	l := language(f)
	for _, s := range []string{`stage in ["a"] and stage in ["b"]`, `score > 3 or score < 5`, `not (stage == "a") or stage == "A"`, `visits == 1`} {
		f.Add(s, "a", 4.0, 1, true)
	}
	f.Fuzz(func(t *testing.T, source, stage string, score float64, visits int, internal bool) {
		c, err := l.Compile(source)
		if err != nil || math.IsNaN(score) {
			return
		}
		always, sure := c.Always()
		e := sample()
		e.Stage, e.Score, e.Count, e.Candidate.Internal = stage, score, visits, internal
		if got, err := c.Eval(e); sure && err == nil && got != always {
			t.Errorf("%s is called always %t, and is %t", source, always, got)
		}
	})
}

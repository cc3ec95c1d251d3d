package expression_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/expression"
)

type candidate struct {
	Source   string   `expr:"source"`
	Country  string   `expr:"country"`
	Tags     []string `expr:"tags"`
	Internal bool     `expr:"is_internal"`
}

type application struct {
	Age       time.Duration `expr:"age"`
	AppliedAt time.Time     `expr:"applied_at"`
}

type env struct {
	Candidate   candidate                                 `expr:"candidate"`
	Application application                               `expr:"application"`
	Stage       string                                    `expr:"stage"`
	Score       float64                                   `expr:"score"`
	Count       int                                       `expr:"visits"`
	Now         func() time.Time                          `expr:"now"`
	Field       func(string, ...string) (string, error)   `expr:"field"`
	Number      func(string, ...float64) (float64, error) `expr:"number"`
	List        func(string) ([]string, error)            `expr:"list"`
	Has         func(string) bool                         `expr:"has"`
}

var errAbsent = errors.New("the field is absent")

func sample() env {
	now := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)
	fields := map[string]string{"cost centre": "4711", "notice": "30d"}
	return env{
		Candidate:   candidate{Source: " Employee  REFERRAL", Country: "DE", Tags: []string{"VIP", "Straße"}, Internal: true},
		Application: application{Age: 72 * time.Hour, AppliedAt: now.Add(-72 * time.Hour)},
		Stage:       "Women’s “Lead”", Score: 4.5, Count: 3,
		Now: func() time.Time { return now },
		Field: func(name string, or ...string) (string, error) {
			if v, ok := fields[expression.Fold(name)]; ok {
				return v, nil
			}
			if len(or) > 0 {
				return or[0], nil
			}
			return "", errAbsent
		},
		Number: func(_ string, or ...float64) (float64, error) {
			if len(or) > 0 {
				return or[0], nil
			}
			return 0, errAbsent
		},
		List: func(string) ([]string, error) { return []string{"Go", "SQL"}, nil },
		Has:  func(name string) bool { return name == "Cost centre" },
	}
}

func language(t testing.TB) *expression.Language {
	t.Helper()
	l, err := expression.NewLanguage(env{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEval(t *testing.T) {
	t.Parallel()
	l := language(t)
	tests := []struct {
		source string
		want   bool
	}{
		{`candidate.source == "employee referral"`, true},
		{`candidate.source != "Employee Referral"`, false},
		{`candidate.source in ["LinkedIn", "employee referral"]`, true},
		{`candidate.source not in ["LinkedIn", "employee referral"]`, false},
		{`not (candidate.source in ["employee referral"])`, false},
		{`"vip" in candidate.tags`, true},
		{`"STRASSE" in candidate.tags`, true},
		{`"vi" in candidate.tags`, false},
		{`candidate.source contains "REFERRAL"`, true},
		{`candidate.source startsWith "employee"`, true},
		{`candidate.source endsWith "ral"`, true},
		{`candidate.source not contains "x"`, true},
		{`stage == "women's \"lead\""`, true},
		{`exactly(candidate.country, "DE")`, true},
		{`exactly(candidate.country, "de")`, false},
		{`application.age < "30d"`, true},
		{`application.age >= "1w"`, false},
		{`"2d" < application.age`, true},
		{`application.age == duration("3d")`, true},
		{`application.age < field("notice")`, true},
		{`application.applied_at < date("2026-03-05") and now() - application.applied_at == duration("72h")`, true},
		{`application.applied_at + duration("4d") > now()`, true},
		{`field("Cost centre") == "4711"`, true},
		{`field("nowhere", "x") == "X"`, true},
		{`number("nowhere", 3) >= 3 and number("nowhere", 2.5) < 3`, true},
		{`has("Cost centre") and not has("other")`, true},
		{`"go" in list("skills")`, true},
		{`any(candidate.tags, # == "vip")`, true},
		{`all(candidate.tags, len(#) > 3)`, false},
		{`none(candidate.tags, # in ["a", "b"])`, true},
		{`one(candidate.tags, # == "VIP") and count(candidate.tags, # != "x") == 2`, true},
		{`candidate.is_internal`, true},
		{`!candidate.is_internal or score == 4.5`, true},
		{`visits in [1, 2, 3] and visits % 2 == 1 and visits + 1 > 3`, true},
		{`score > 4 and score < 5 and -score < 0`, true},
		{`1 < visits < 5`, true},
		{`lower(candidate.country) + "x" == "DEX"`, true},
		{`(candidate.is_internal or visits == 0) and score > 1`, true},
		{`candidate.is_internal == true`, true},
		{`trim(candidate.source) != upper("y")`, true},
	}
	for _, tt := range tests {
		c, err := l.Compile(tt.source)
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		got, err := c.Eval(sample())
		if err != nil || got != tt.want {
			t.Errorf("%s: %v, %v, want %v", tt.source, got, err, tt.want)
		}
		if step := c.Explain(sample()); step.Value != tt.want || step.Problem != "" {
			t.Errorf("%s: explained as\n%s", tt.source, step)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	l := language(t)
	tests := []struct{ source, want string }{
		// Misspelt names, wherever they stand.
		{`candidate.contry == "DE"`, `1:11 there is no candidate.contry: did you mean candidate.country?`},
		{`"vip" in candidate.tagz`, `1:20 there is no candidate.tagz: did you mean candidate.tags?`},
		{`lower(candidate.contry) == "de"`, `1:17 there is no candidate.contry: did you mean candidate.country?`},
		{`exactly(candidate.contry, "DE")`, `1:19 there is no candidate.contry: did you mean candidate.country?`},
		{`source == "x"`, `1:1 there is no source: did you mean candidate.source?`},
		{`candidate.zebra == "x"`, `1:11 there is no candidate.zebra: candidate has country, is_internal, source, tags`},
		{`candidate == "x"`, `1:1 candidate is a group of values, not one: candidate has country, is_internal, source, tags`},
		{`"source" in candidate`, `1:13 candidate is a group of values, not one: candidate has country, is_internal, source, tags`},
		{`now > date("2026-01-01")`, `1:1 now is a function: write now(…)`},
		{`feild("x") == "y"`, `1:1 there is no function feild: did you mean field?`},
		{`$env.stage == "x"`, `1:6 $env is not known here: write the name alone`},
		{`$env["candidate"].contry == "x"`, `1:19 $env is not known here: write the name alone`},
		// Kinds.
		{`candidate.tags == "vip"`, `1:16 == cannot stand between a list of texts and a text: write "text" in list`},
		{`candidate.tags == ["vip"]`, `1:16 lists cannot be compared with ==: write "a" in list, or any(list, # == "a")`},
		{`candidate.tags contains "vip"`, `1:16 contains cannot stand between a list of texts and a text: write "text" in list`},
		{`score == "3"`, `1:7 == cannot stand between a number and a text: write the number without quotes, or read the field with number(…)`},
		{`candidate.is_internal == "Yes"`, `1:23 == cannot stand between a yes or no and a text: compare with true or false, without quotes`},
		{`candidate.source in ["a", 3]`, `1:27 a list holds one kind of value: this is a number and the first is a text: write all of them in quotes, or none`},
		{`visits in ["3"]`, `1:8 in cannot stand between a number and a list of texts`},
		{`"a" in candidate.source`, `1:5 in cannot stand between a text and a text: write text contains "part", or a list in [ ]`},
		{`field("Years") > "3"`, `1:16 texts have no order: "10" would come before "9": read a number with number(…), and a date with date(…)`},
		{`application.applied_at > "2026-01-01"`, `1:24 > cannot stand between a date and a text: write date("2026-01-05")`},
		{`application.age > 30`, `1:17 > cannot stand between a span of time and a number: write a span such as "30d"`},
		{`candidate.source`, `1:1 a condition is a question with the answer yes or no, and this is a text: compare it with something, as in x == "a"`},
		{`candidate.source == nil`, `1:21 nil is not known here: nothing is ever nil: ask has("field"), or compare with ""`},
		{`lower(candidate.tags + 1) == "x"`, `1:22 + cannot stand between a list of texts and a number`},
		{`number("x", "3") > 1`, `1:13 number takes a number here, not a text`},
		{`field() == "x"`, `1:1 field takes one value`},
		{`field(candidate.source) == "x"`, `1:17 the field that field reads is named in the rule, not computed: write its name in quotes`},
		{`candidate.source in []`, `1:21 nothing is ever in an empty list: write what it holds, or leave the question out`},
		// Spans and dates are read at load.
		{`application.age < "30 days"`, `1:19 "30 days" is no span of time: write for example "30d"`},
		{`application.age < duration("30")`, `1:28 "30" is no span of time: a span is written 15m, 72h, 3d or 2w`},
		{`now() > date("2026-13-01")`, `1:14 "2026-13-01" is no date: a date is written "2026-01-05" or "2026-01-05T10:00:00+01:00"`},
		// Slips.
		{`stage = "x"`, `1:7 a single = compares nothing: write ==`},
		{`stage is "x"`, `1:7 is is not known here: write ==`},
		{`stage is not "x"`, `1:7 is not is not known here: write !=`},
		{`stage <> "x"`, `1:7 <> is not known here: write !=`},
		{`stage == "x" AND score > 1`, `1:14 AND is written in small letters: write and`},
		{`candidate.tags has "vip"`, `1:16 has is not known here: write "text" in list, or text contains "part"`},
		{`not stage == "x"`, `1:1 not cannot stand before a text: put what it negates in brackets: not (…)`},
		{`not candidate.is_internal == true`, `1:1 not binds to the value before ==, not to the comparison: write not (x == y)`},
		{`stage == "a" and score > 1 or visits == 1`, `1:28 and beside or wants brackets that say which belongs together: write (a and b) or c, or a and (b or c)`},
		{`stage == "a" or "b"`, `1:14 or cannot stand between a yes or no and a text: each side is a question of its own; for one of several texts write x in ["a", "b"]`},
		{`stage != "a" or stage != "b"`, `1:14 this is always true: whatever stage is, it differs from one of the two: write x not in ["a", "b"], or join them with and`},
		{`stage != "a" or score > 1 or "b" != stage`, `1:27 this is always true: whatever stage is, it differs from one of the two: write x not in ["a", "b"], or join them with and`},
		{`stage == "a" and stage == "b"`, `1:14 this is never true: stage cannot be both: write x in ["a", "b"], or join them with or`},
		{`stage contains " "`, `1:16 every text contains nothing, so this is always true: write what it should be`},
		{`stage == “x”`, `1:10 “ (U+201C) is a typographic quote: type a plain quote: "`},
		{"stage\u200b == \"x\"", `1:6 an invisible character stands here (U+200B): delete it and type the text again`},
		{`stage == "x`, `1:12 a quote is opened and never closed: close it with the same quote`},
		{"stage ==\n  \"x\" 3", `2:7 3 is not expected here`},
		{`stage ==`, `1:8 the expression ends too early`},
		{`(stage == "a"`, `1:13 the expression ends too early: close the bracket`},
		{`visits < 30d`, `1:12 this is neither a number nor a text: a span is written in quotes: application.age < "30d"`},
		{`stage == null`, `1:10 there is no null: an empty text is ""; has("Field") asks whether a custom field has a value`},
		{`  `, `1:1 the expression is empty`},
		// What conditions do not have.
		{`stage matches "a.*"`, `1:7 patterns are not known here: use contains, startsWith or endsWith`},
		{`visits in 1..5`, `1:12 ranges are not known here: compare with < and >`},
		{`candidate.is_internal ? true : false`, `1:36 a condition has no branches: write it with and, or and brackets`},
		{`if candidate.is_internal { true } else { false }`, `1:1 a condition has no branches: write it with and, or and brackets`},
		{`let x = stage; x == "a"`, ``},
		{`true; false`, `1:1 a condition has no variables and no steps: write it as one question`},
		{`candidate?.source == "x"`, `1:12 ?. is not needed: a value is always there: write a plain dot`},
		{`(stage ?? "a") == "a"`, `1:8 a value is always there, so ?? decides nothing: field(name, default) has one`},
		{`candidate.tags[0] == "x"`, `1:15 elements of a list or text cannot be picked by their place: use in, any or count`},
		{`candidate.tags[0:1] == "x"`, `1:15 parts of a list or text cannot be cut out: use in, any, count or startsWith`},
		{`now().Year() > 3`, ``},
		{`filter(candidate.tags, # == "x") == []`, ``},
		{`sum(candidate.tags, 1) > 1`, ``},
		{`toJSON(candidate.tags) == "x"`, ``},
		{`any(candidate.tags, any(candidate.tags, # == "a"))`, `1:21 any cannot stand inside another any, all, none, one or count: write two conditions`},
		{`any(candidate.tags, # in candidate.tags)`, `1:23 a question about each element cannot search a second list: write the list out in [ ], or ask in two conditions`},
		{`any(candidate.tags, #)`, `1:21 any asks a question about each element, and this is a text: write for example # == "vip"`},
		{`any(stage, # == "x")`, `1:5 any takes a list, not a text`},
		{`count(candidate.tags) > 1`, `1:1 count takes a list and a question about each element: write for example count(list, # == "vip")`},
		{`visits / 0 == 1`, `1:10 nothing can be divided by zero`},
		{`{"a": 1}.a == 1`, ``},
		{`b"x" == b"x"`, ``},
		{`stage == "` + strings.Repeat("x", 5000) + `"`, `1:1 the expression is longer than 4096 bytes: split it into several conditions`},
		{`visits in [` + strings.Repeat("1,", 1100) + `1]`, `1:2011 the expression has more than 1000 parts: split it into several`},
		{"stage == \"\xff\"", `1:1 the expression is not UTF-8 text`},
	}
	for _, tt := range tests {
		_, err := l.Compile(tt.source)
		var e *expression.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: compiled", tt.source)
			continue
		}
		if got := fmt.Sprintf("%d:%d %s", e.Line(), e.Column(), e); tt.want != "" && got != tt.want {
			t.Errorf("%.60s\n got %s\nwant %s", tt.source, got, tt.want)
		}
	}
}

func TestEvaluationErrorIsNoAnswer(t *testing.T) {
	t.Parallel()
	l := language(t)
	c, err := l.Compile(`candidate.is_internal and field("Team") != "x"`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Eval(sample())
	var e *expression.Error
	if !errors.Is(err, errAbsent) || !errors.As(err, &e) || e.Column() != 27 {
		t.Errorf("%v", err)
	}
	in := sample()
	in.Candidate.Internal = false
	if got, err := c.Eval(in); err != nil || got {
		t.Errorf("not reached, and yet: %v, %v", got, err)
	}
	if _, err := c.Eval(candidate{}); err == nil {
		t.Error("an environment of another type was accepted")
	}
	c, err = l.Compile(`application.age < field("Cost centre")`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Eval(sample()); err == nil || strings.Contains(err.Error(), "4711") {
		t.Errorf("want an error without the value, got %v", err)
	}
}

func TestEvalAtTheSameTime(t *testing.T) {
	t.Parallel()
	c, err := language(t).Compile(`any(candidate.tags, # == "vip") and stage == field("Stage", "x")`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			in := sample()
			if i%2 == 0 {
				in.Stage = "X"
			}
			for range 200 {
				if got, err := c.Eval(in); err != nil || got != (i%2 == 0) {
					t.Errorf("%d: %v, %v", i, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestReads(t *testing.T) {
	t.Parallel()
	c, err := language(t).Compile(`candidate.source in ["a", "b"] and (stage != "c" or "d" in candidate.tags) and
any(candidate.tags, # == "e") and field("Team", "none") == "f" and has("Grade") and number("Years") > 3 and lower(stage) == "g"`)
	if err != nil {
		t.Fatal(err)
	}
	want := expression.Reads{
		Members: []string{"candidate.source", "candidate.tags", "stage"},
		Fields: []expression.FieldRead{
			{Function: "field", Name: "Team", HasDefault: true, Offset: 119},
			{Function: "has", Name: "Grade", Offset: 150},
			{Function: "number", Name: "Years", Offset: 170},
		},
		Literals: []expression.Literal{
			{Of: "candidate.source", Text: "a", Offset: 21}, {Of: "candidate.source", Text: "b", Offset: 26},
			{Of: "stage", Text: "c", Offset: 45}, {Of: "candidate.tags", Text: "d", Offset: 52},
			{Of: "candidate.tags", Text: "e", Offset: 104}, {Of: `field("Team")`, Field: "Team", Text: "f", Offset: 138},
			{Of: "stage", Text: "g", Offset: 203},
		},
	}
	if diff := cmp.Diff(want, c.Reads()); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
}

// What only stands in for a field that is not set is no value that the field could have.
func TestReads_Default(t *testing.T) {
	t.Parallel()
	c, err := language(t).Compile(`field("Team", "none") != "None" and trim(field("Team", "none")) in ["none", "a"]`)
	if err != nil {
		t.Fatal(err)
	}
	want := []expression.Literal{{Of: `field("Team")`, Field: "Team", Text: "a", Offset: 76}}
	if diff := cmp.Diff(want, c.Reads().Literals); diff != "" {
		t.Errorf("literals (-want +got):\n%s", diff)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	l := language(t)
	tests := []struct{ source, want string }{
		{`candidate.country == "FR" and stage == "Other" and not (candidate.source not in ["referral"] || field("Team") == "x")`, `
and: false
  candidate.country == "FR": false   (candidate.country = "DE")
  stage == "Other": not reached; would be false   (stage = "Women’s “Lead”")
  not: not reached; would be false
    ||: not reached; would be true
      candidate.source not in ["referral"]: not reached; would be true   (candidate.source = " Employee  REFERRAL")
      field("Team") == "x": not reached; would be error: the field is absent   (field("Team") = ?)
`},
		{`field("Team") == "x" or candidate.is_internal`, `
or: error: the field is absent
  field("Team") == "x": error: the field is absent   (field("Team") = ?)
  candidate.is_internal: not reached; would be true   (candidate.is_internal = true)
`},
		{`any(candidate.tags, # == "vip") and application.age > "1d" and score + 1 > 3`, `
and: true
  any(candidate.tags, # == "vip"): true   (candidate.tags = ["VIP", "Straße"])
  application.age > "1d": true   (application.age = 3.0d)
  score + 1 > 3: true   (score = 4.5)
`},
	}
	for _, tt := range tests {
		c, err := l.Compile(tt.source)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, "\n"+c.Explain(sample()).String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.source, diff)
		}
	}
}

type named string

type methods struct {
	A string `expr:"a"`
}

func (methods) Call() bool { return true }

func TestEnvironmentsThatWouldBeUnsafe(t *testing.T) {
	t.Parallel()
	for _, e := range []any{
		nil, &env{}, 3, methods{}, struct{ A string }{},
		struct {
			A *string `expr:"a"`
		}{},
		struct {
			A any `expr:"a"`
		}{},
		struct {
			A map[string]string `expr:"a"`
		}{},
		struct {
			A named `expr:"a"`
		}{},
		struct {
			A []any `expr:"a"`
		}{},
		struct {
			A struct {
				F func() bool `expr:"f"`
			} `expr:"a"`
		}{},
	} {
		if _, err := expression.NewLanguage(e); err == nil {
			t.Errorf("%T was accepted", e)
		}
	}
	l := language(t)
	want := []expression.Member{
		{"application.age", "a span of time"}, {"application.applied_at", "a date"}, {"candidate.country", "a text"},
		{"candidate.is_internal", "a yes or no"}, {"candidate.source", "a text"}, {"candidate.tags", "a list of texts"},
		{"score", "a number"}, {"stage", "a text"}, {"visits", "a number"},
	}
	if diff := cmp.Diff(want, l.Members()); diff != "" {
		t.Error(diff)
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Video interview":             "video interview",
		"  Video \u00a0\t interview ": "video interview",
		"“Video” ‘x’ Women´s":         `"video" 'x' women's`,
		"STRASSE":                     "strasse",
		"Straße":                      "strasse",
		"Ａｃｃｏｕｎｔ":                     "account",
		"e\u0301":                     "é",
		"ﬁnance\u200b":                "finance",
		"":                            "",
		"Ⅳ":                           "iv",
		"\tAE `Lead`\r\n B  ":         "ae 'lead' b",
	} {
		if got := expression.Fold(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Video Interview", "İ", "ẖ", "ß", "´", "a\u0301\u0327", "\xff", "ᴬ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := expression.Fold(s)
		if twice := expression.Fold(once); once != twice {
			t.Errorf("%q folds to %q and that to %q", s, once, twice)
		}
		// The quick way for ASCII and the long way say the same.
		if both := expression.Fold("é " + s); both != expression.Fold("é "+once) {
			t.Errorf("%q: %q behind é, %q folded before", s, both, expression.Fold("é "+once))
		}
	})
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{
		`candidate.source == "x" and not (stage in ["a"] or score > 3)`, `application.age < "30d"`, `any(candidate.tags, # == "a")`,
		`field("x", "y") != 'z'`, `number("x") * 2 >= -1`, `1 < visits < 3`, `(((`, `[1,2][0]`, `a ? b : c`, `stage | lower() == "x"`,
		`now() - application.applied_at > duration("3d")`, "stage\n==\n`x`", `::len(stage) > 1`, `if true {1} else {2}`,
	} {
		f.Add(s)
	}
	l, err := expression.NewLanguage(env{})
	if err != nil {
		f.Fatal(err)
	}
	in := sample()
	f.Fuzz(func(t *testing.T, source string) {
		c, err := l.Compile(source)
		if err != nil {
			var e *expression.Error
			if !errors.As(err, &e) || e.Message == "" || e.Line() < 1 || e.Column() < 1 {
				t.Fatalf("%q: %#v", source, err)
			}
			return
		}
		got, err := c.Eval(in)
		step := c.Explain(in)
		if problem := fmt.Sprint(err); err != nil && problem != step.Problem || err == nil && (step.Problem != "" || got != step.Value) {
			t.Fatalf("%q: %v %v, explained as\n%s", source, got, err, step)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	l := language(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Compile(`candidate.source != "referral" and candidate.country in ["DE", "AT", "CH"] and application.age < "30d"`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	l := language(b)
	for name, source := range map[string]string{
		"typical": `candidate.source != "referral" and candidate.country in ["DE", "AT", "CH"] and application.age < "30d"`,
		"equal":   `stage == "video"`,
		"field":   `field("Cost centre") == "4711"`,
	} {
		b.Run(name, func(b *testing.B) {
			c, err := l.Compile(source)
			if err != nil {
				b.Fatal(err)
			}
			var in any = sample()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Eval(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package expression_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"flowd/internal/expression"
)

func TestTemplate_Render(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"nothing to fill in":              "nothing to fill in",
		"":                                "",
		"${stage}":                        "Women’s “Lead”",
		"at ${ stage }, ${visits} times.": "at Women’s “Lead”, 3 times.",
		"${score} of 5":                   "4.5 of 5",
		"${score / 7}":                    "0.64",
		"${application.age}":              "3d",
		"${duration(\"90m30s\")}":         "1h 30m",
		"${now()}":                        "6 Mar 2026 12:00 UTC",
		"${candidate.tags}":               "VIP, Straße",
		`${["a", "b"]}`:                   "a, b",
		"${candidate.is_internal}":        "yes",
		"${not candidate.is_internal}":    "no",
		`${field("Cost centre")}`:         "4711",
		`${field("x }", "a}b")}`:          "a}b",
		"${field('x', 'it\\'s }')}":       "it's }",
		`${lower(candidate.country) + "-" + field("Cost centre")}`: "de-4711",
		`${any(candidate.tags, {# == "vip"})}`:                     "yes",
		"$${stage} costs $5 {or} $ {stage}$":                       "${stage} costs $5 {or} $ {stage}$",
		"$$${stage}":                                               "$${stage}",
		"a\x00b\x1b[31m\r\nc\td\u202e\u0085":                       "ab[31m\nc\td",
		"${\"never ${filled} twice\"}":                             "never ${filled} twice",
	} {
		template, err := language(t).CompileTemplate(source)
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if got, err := template.Render(sample()); err != nil || got != want {
			t.Errorf("%q gives %q, %v; want %q", source, got, err, want)
		}
	}
}

// A value that is missing is an error with the name of what is missing, and
// without anything that is there.
func TestTemplate_Missing(t *testing.T) {
	t.Parallel()
	e := sample()
	e.Candidate.Country, e.Application.AppliedAt, e.Candidate.Tags = " ", e.Application.AppliedAt.AddDate(-3000, 0, 0), nil
	e.Application.AppliedAt = env{}.Application.AppliedAt
	for source, want := range map[string]string{
		"from ${candidate.country}":   "candidate.country has no value",
		"${application.applied_at}":   "application.applied_at has no value",
		"${stage} ${candidate.tags}!": "candidate.tags has no value",
		`${field("Secret")}`:          "the field is absent",
		`${field("x", "")}`:           `field("x", "") has no value`,
	} {
		template, err := language(t).CompileTemplate(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := template.Render(e)
		if err == nil || !strings.Contains(err.Error(), want) || got != "" || strings.Contains(err.Error(), "Lead") {
			t.Errorf("%q gives %q, %v; want the error %q", source, got, err, want)
		}
	}
}

func TestTemplate_Refused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]struct {
		offset  int
		message string
	}{
		"äö ${stage":                       {3, "${ is opened and never closed"},
		`x ${"}`:                           {2, "${ is opened and never closed"},
		"ä ${candidate.surce}":             {14, "there is no candidate.surce"},
		"${}":                              {2, "the expression is empty"},
		"${stage = 3}":                     {8, "a single = compares nothing"},
		"${stage > 3}":                     {8, "> cannot stand between a text and a number"},
		"${candidate}":                     {2, "candidate is a group of values, not one"},
		"${[1, 2]}":                        {2, "a list of numbers has no place in a text"},
		strings.Repeat("x", 9<<10):         {0, "the template is longer than 8192 bytes"},
		strings.Repeat("${stage}", 51):     {400, "a template has at most 50 values"},
		"\xff${stage}":                     {0, "the template is not UTF-8 text"},
		"${stage ? \"a\" : \"b\"}":         {18, "a condition has no branches"},
		"${" + strings.Repeat("(", 3000):   {0, "${ is opened and never closed"},
		"a ${stage} b ${nothing_like_it} ": {15, "there is no nothing_like_it"},
	} {
		_, err := language(t).CompileTemplate(source)
		e, ok := errors.AsType[*expression.Error](err)
		if !ok || e.Offset != want.offset || e.Message != want.message || e.Source != source {
			t.Errorf("%.40q: at %d: %+v, want %+v", source, e.Offset, e, want)
		}
	}
}

func TestTemplate_Reads(t *testing.T) {
	t.Parallel()
	template, err := language(t).CompileTemplate(`${stage} and $${score}, ä ${field("Cost centre", "0") + candidate.country} ${stage}`)
	if err != nil {
		t.Fatal(err)
	}
	reads := template.Reads()
	if got := strings.Join(reads.Members, " "); got != "candidate.country stage" {
		t.Errorf("members %s", got)
	}
	if len(reads.Fields) != 1 || reads.Fields[0].Name != "Cost centre" || !reads.Fields[0].HasDefault || reads.Fields[0].Offset != 34 {
		t.Errorf("fields %+v", reads.Fields)
	}
	if got := strings.Join(template.Values(), " | "); got != `stage | field("Cost centre", "0") + candidate.country | stage` {
		t.Errorf("values %s", got)
	}
	if template.Text() != " and ${score}, ä  " {
		t.Errorf("text %q", template.Text())
	}
}

// What is too long for a note is cut where a character ends, and says so.
func TestTemplate_Bounded(t *testing.T) {
	t.Parallel()
	e := sample()
	e.Stage = strings.Repeat("ü", 20<<10)
	template, err := language(t).CompileTemplate("x${stage}${stage}")
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.Render(e)
	if err != nil || len(got) > 16<<10 || len(got) < 16<<10-3 || !strings.HasSuffix(got, "ü…") {
		t.Errorf("%d bytes that end in %q, %v", len(got), got[max(len(got)-8, 0):], err)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"", "plain", "${stage}", "a ${candidate.source} b ${score}", "$${x}", "$$${stage}", "${", "${}", "${\"}\"}", "${any(candidate.tags, {# == \"x\"})}",
		"${`}`}", "${'\\'}'}", "${field(\"Cost centre\")}", "${now()}", "${application.age}", "\xff", "${stage}\x00\u202e", "${candidate.tags}",
	} {
		f.Add(s, "value ${stage}")
	}
	l := language(f)
	f.Fuzz(func(t *testing.T, source, value string) {
		template, err := l.CompileTemplate(source)
		if err != nil {
			e, ok := errors.AsType[*expression.Error](err)
			if !ok || e.Message == "" || e.Line() < 1 || e.Column() < 1 {
				t.Fatalf("an error without words or place: %v", err)
			}
			return
		}
		if template.String() != source {
			t.Errorf("%q is kept as %q", source, template)
		}
		e := sample()
		e.Stage, e.Candidate.Source = value, value
		got, err := template.Render(e)
		if err != nil && got != "" {
			t.Errorf("an error beside %q", got)
		}
		if len(got) > 16<<10 || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("%q gives %q", source, got)
		}
		if !strings.Contains(source, "${") && err != nil {
			t.Errorf("a plain text cannot be rendered: %v", err)
		}
	})
}

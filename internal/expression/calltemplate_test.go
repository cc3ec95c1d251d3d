package expression_test

import (
	"errors"
	"strings"
	"testing"

	"flowd/internal/expression"
)

func writing() *expression.Input {
	return &expression.Input{
		Application: map[string]any{"id": "5501", "url": nil}, Target: "Review", Text: "ada@example.com", Mark: "[m]",
		Body: map[string]any{"notes": []any{map[string]any{"text": "seen [m]"}}},
	}
}

func TestCallTemplate(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]any{
		"":                                    "",
		"plain":                               "plain",
		"${target}":                           "Review",
		"a ${target}, $${target} $$ $ {}":     "a Review, ${target} $$ $ {}",
		"${int(application.id)}":              5501,
		"${int(application.id)} ":             "5501 ",
		`${application.url ?? "none"}`:        "none",
		`${target == "}" ? "}" : "{"}${mark}`: "{[m]",
		"${any(body.notes, .text contains mark)}": true,
	} {
		c, err := expression.CompileCallTemplate(source, expression.OfWriting)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := c.Value(writing()); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", source, got, err, want)
		}
	}
}

func TestCallTemplate_Problems(t *testing.T) {
	t.Parallel()
	for source, c := range map[string]struct {
		offset int
		says   string
	}{
		"${target":                    {0, "never closed"},
		"ä ${body2}":                  {4, "there is no body2"},
		"${item.x}":                   {2, "there is no item"},
		"${target = 1}":               {9, "a single ="},
		strings.Repeat("${mark}", 51): {352, "at most 50 values"},
		strings.Repeat("x", 9<<10):    {0, "longer than"},
	} {
		_, err := expression.CompileCallTemplate(source, expression.OfWriting)
		var wrong *expression.Error
		if !errors.As(err, &wrong) || wrong.Offset != c.offset || !strings.Contains(wrong.Message, c.says) {
			t.Errorf("%.20s: %+v", source, wrong)
		}
	}
	for source, says := range map[string]string{
		"${application.url}": "application.url is missing", "x ${job.name}": "job.name is missing", "x ${body.notes}": "is no text",
	} {
		c, err := expression.CompileCallTemplate(source, expression.OfWriting)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := c.Value(writing()); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: %v, %v", source, v, err)
		}
	}
}

// Inside a question about each element the values of the write may be read, the
// answer as a whole may not: that would cost its square.
func TestCallTemplate_Bounded(t *testing.T) {
	t.Parallel()
	for source, ok := range map[string]bool{
		"any(body.notes, .text contains mark)":            true,
		"any(body.notes, .text == text or .a == target)":  true,
		"any(body.notes, .text in body.notes)":            false,
		"any(body.notes, body.x contains .text)":          false,
		"any(body.notes, any(body.notes, .text == mark))": false,
	} {
		if _, err := expression.CompileMapping(source, expression.OfWriting); (err == nil) != ok {
			t.Errorf("%s: %v", source, err)
		}
	}
}

package expression

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Writing is what an expression of a write to an ATS reads: whom and what it is about and, where the answer is looked
// at, its decoded body. A value that is nil counts as missing.
type Writing struct {
	Application map[string]any `expr:"application"`
	Candidate   map[string]any `expr:"candidate"`
	Job         map[string]any `expr:"job"`
	Stage       any            `expr:"stage"`
	StageID     any            `expr:"stage_id"`
	From        any            `expr:"from"`
	FromID      any            `expr:"from_id"`
	Target      any            `expr:"target"`
	Text        any            `expr:"text"`
	Mark        any            `expr:"mark"`
	Key         any            `expr:"key"`
	Body        any            `expr:"body"`
}

var writingRoots = []string{"application", "body", "candidate", "from", "from_id", "job", "key", "mark", "stage", "stage_id", "target", "text"}

// WritingMapping is a compiled expression over a Writing, in the language of a Mapping. It is safe for concurrent use.
type WritingMapping struct{ mapping *Mapping }

// CompileWriting checks and compiles an expression over a Writing. The error is an *Error.
func CompileWriting(source string) (*WritingMapping, error) {
	m, err := compileMapping(source, Writing{}, writingRoots, []string{"body"})
	if err != nil {
		return nil, err
	}
	return &WritingMapping{m}, nil
}

// Reads are the paths that the expression reads, sorted.
func (m *WritingMapping) Reads() []string { return m.mapping.Reads() }

// Eval is the expression's value, as Mapping.Eval gives it.
func (m *WritingMapping) Eval(in Writing) (any, error) { return m.mapping.eval(in) }

// WritingTemplate is a text with expressions over a Writing in ${…}; $${ stands for ${ itself. It is safe for concurrent
// use.
type WritingTemplate struct {
	source string
	parts  []writingPart
}

type writingPart struct {
	text  string
	value *WritingMapping // nil: the text as it stands
}

// CompileWritingTemplate checks and compiles a template. The error is an *Error with the place within the template.
func CompileWritingTemplate(source string) (*WritingTemplate, error) {
	t := &WritingTemplate{source: source}
	if len(source) > maxTemplate {
		return nil, refuse(source, 0, "shorten it", "the template is longer than %d bytes", maxTemplate)
	}
	rest, values := source, 0
	for rest != "" {
		literal, value, opened := strings.Cut(rest, "${")
		if doubled, ok := strings.CutSuffix(literal, "$"); ok && opened {
			t.literal(doubled + "${")
			rest = value
			continue
		}
		t.literal(literal)
		if !opened {
			break
		}
		offset := utf8.RuneCountInString(source[:len(source)-len(value)])
		length := closing(value)
		if length < 0 {
			return nil, refuse(source, offset-2, "close it with }; for the two characters themselves write $${", "${ is opened and never closed")
		}
		if values++; values > maxValues {
			return nil, refuse(source, offset, "", "a template has at most %d values", maxValues)
		}
		m, err := CompileWriting(value[:length])
		if err != nil {
			if wrong, ok := errors.AsType[*Error](err); ok {
				return nil, refuse(source, offset+wrong.Offset, wrong.Hint, "%s", wrong.Message)
			}
			return nil, err
		}
		t.parts = append(t.parts, writingPart{value: m})
		rest = value[length+1:]
	}
	return t, nil
}

func (t *WritingTemplate) literal(text string) {
	if n := len(t.parts); n > 0 && t.parts[n-1].value == nil {
		t.parts[n-1].text += text
	} else if text != "" {
		t.parts = append(t.parts, writingPart{text: text})
	}
}

// Prefix is the text before the first value.
func (t *WritingTemplate) Prefix() string {
	if len(t.parts) == 0 || t.parts[0].value != nil {
		return ""
	}
	return t.parts[0].text
}

// Reads are the paths that the template's values read.
func (t *WritingTemplate) Reads() []string {
	var out []string
	for _, p := range t.parts {
		if p.value != nil {
			out = append(out, p.value.Reads()...)
		}
	}
	return out
}

// Value is the value of a template that is one expression and nothing else, of whatever kind; of all others it is the
// rendered text.
func (t *WritingTemplate) Value(in Writing) (any, error) {
	if len(t.parts) == 1 && t.parts[0].value != nil {
		return t.parts[0].value.Eval(in)
	}
	return t.Render(in, nil)
}

// Render fills the values in, each through escape, which is told the text before it. A value that is missing or is no
// text is an *Error; none holds a value.
func (t *WritingTemplate) Render(in Writing, escape func(before, value string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.value == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.value.Eval(in)
		if err != nil {
			return "", err
		}
		text, err := asText(v)
		if err == nil && escape != nil {
			text, err = escape(b.String(), text)
		}
		if err != nil {
			return "", refuse(t.source, 0, "", "%s: %v", p.value.mapping.source, err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

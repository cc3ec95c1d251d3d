package expression

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// CallTemplate is a text with expressions in ${…}, for a call to an ATS; $${ stands for ${ itself. It is safe for concurrent
// use.
type CallTemplate struct {
	source string
	parts  []callPart
}

type callPart struct {
	text  string
	value *Mapping // nil: the text as it stands
}

// CompileCallTemplate checks and compiles a template whose values the scope has. The error is an *Error with the place within the template.
func CompileCallTemplate(source string, in Scope) (*CallTemplate, error) {
	t := &CallTemplate{source: source}
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
		m, err := CompileMapping(value[:length], in)
		if err != nil {
			if wrong, ok := errors.AsType[*Error](err); ok {
				return nil, refuse(source, offset+wrong.Offset, wrong.Hint, "%s", wrong.Message)
			}
			return nil, err
		}
		t.parts = append(t.parts, callPart{value: m})
		rest = value[length+1:]
	}
	return t, nil
}

func (t *CallTemplate) literal(text string) {
	if n := len(t.parts); n > 0 && t.parts[n-1].value == nil {
		t.parts[n-1].text += text
	} else if text != "" {
		t.parts = append(t.parts, callPart{text: text})
	}
}

// Prefix is the text before the first value.
func (t *CallTemplate) Prefix() string {
	if len(t.parts) == 0 || t.parts[0].value != nil {
		return ""
	}
	return t.parts[0].text
}

// Text is all of the template that stands as it is.
func (t *CallTemplate) Text() string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// Lacks tells whether a value is missing that the template does not do without.
func (t *CallTemplate) Lacks(in *Input) bool {
	return slices.ContainsFunc(t.parts, func(p callPart) bool { return p.value != nil && !p.value.maybe && p.value.lacks(in) })
}

// Reads are the paths that the template's values read.
func (t *CallTemplate) Reads() []string {
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
func (t *CallTemplate) Value(in *Input) (any, error) {
	if len(t.parts) == 1 && t.parts[0].value != nil {
		return t.parts[0].value.Eval(in)
	}
	return t.Render(in, nil)
}

// Render fills the values in, each through escape, which is told the text before it. A value that is missing or is no
// text is an *Error; none holds a value.
func (t *CallTemplate) Render(in *Input, escape func(before, value string) (string, error)) (string, error) {
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
			return "", refuse(t.source, 0, "", "%s: %v", p.value.source, err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

package expression

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/vm"
)

const (
	maxTemplate = 8 << 10  // bytes
	maxRendered = 16 << 10 // bytes
	maxValues   = 50       // of one template
)

// Template is a text with values in ${…}, each an expression of the language. It is safe for concurrent use.
type Template struct {
	language *Language
	source   string
	parts    []part
	reads    Reads
}

// part is a literal text, or a value where it has a program.
type part struct {
	text    string // as it stands, or the expression
	offset  int    // of the expression in the template, in characters
	program *vm.Program
}

// CompileTemplate checks and compiles a text with expressions in ${…}; $${ stands for ${ itself. The error is an *Error
// with the place within the template.
func (l *Language) CompileTemplate(source string) (*Template, error) {
	t := &Template{language: l, source: source}
	switch {
	case len(source) > maxTemplate:
		return nil, refuse(source, 0, "shorten it", "the template is longer than %d bytes", maxTemplate)
	case !utf8.ValidString(source):
		return nil, refuse(source, 0, "", "the template is not UTF-8 text")
	}
	values, literal := 0, strings.Builder{}
	for at := 0; at < len(source); {
		open := strings.Index(source[at:], "${")
		if open < 0 {
			literal.WriteString(source[at:])
			break
		}
		open += at
		if open > at && source[open-1] == '$' {
			literal.WriteString(source[at:open-1] + "${")
			at = open + 2
			continue
		}
		literal.WriteString(source[at:open])
		t.literal(&literal)
		offset := utf8.RuneCountInString(source[:open])
		length := closing(source[open+2:])
		if length < 0 {
			return nil, refuse(source, offset, "close it with }; for the two characters themselves write $${", "${ is opened and never closed")
		}
		if values++; values > maxValues {
			return nil, refuse(source, offset, "", "a template has at most %d values", maxValues)
		}
		if err := t.value(source[open+2:open+2+length], offset+2); err != nil {
			return nil, err
		}
		at = open + 2 + length + 1
	}
	t.literal(&literal)
	slices.Sort(t.reads.Members)
	t.reads.Members = slices.Compact(t.reads.Members)
	return t, nil
}

func (t *Template) literal(b *strings.Builder) {
	if b.Len() > 0 {
		t.parts = append(t.parts, part{text: b.String()})
		b.Reset()
	}
}

func (t *Template) value(source string, offset int) *Error {
	p, err := t.language.parse(source)
	if err == nil && p.kind.isList() && p.kind.element() != text {
		err = refuse(source, 0, "", "%s has no place in a text", p.kind)
	}
	var program *vm.Program
	if err == nil {
		program, err = p.build(reflect.Invalid)
	}
	if err != nil {
		return refuse(t.source, offset+err.Offset, err.Hint, "%s", err.Message)
	}
	t.parts = append(t.parts, part{text: strings.TrimSpace(source), offset: offset, program: program})
	t.reads.Members = append(t.reads.Members, p.reads.Members...)
	for _, f := range p.reads.Fields {
		f.Offset += offset
		t.reads.Fields = append(t.reads.Fields, f)
	}
	return nil
}

// closing is the length of the expression that begins the text and ends before a }, which may stand in quotes or pairs
// of braces too; -1 where it does not end.
func closing(s string) int {
	quote, depth := byte(0), 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth == 0:
			return i
		case c == '}':
			depth--
		}
	}
	return -1
}

// String is the template as written.
func (t *Template) String() string { return t.source }

// Reads is what the template's values read.
func (t *Template) Reads() Reads { return t.reads }

// Values are the expressions of the template, in order; none for a plain text.
func (t *Template) Values() []string {
	var out []string
	for _, p := range t.parts {
		if p.program != nil {
			out = append(out, p.text)
		}
	}
	return out
}

// Text is the part of the template that needs no value, for a question about its form.
func (t *Template) Text() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.program == nil {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// Render fills the values in for an environment: a value of the language's type. A value without anything to write is an
// *Error that names its expression, and no error holds a value. Control characters are left out but for line ends and
// tabs, and a longer text than 16 KiB is cut, with an ellipsis.
func (t *Template) Render(env any) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.program == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := t.language.run(p.text, p.program, env)
		if err != nil {
			return "", err
		}
		written := inText(v)
		if strings.TrimSpace(written) == "" {
			return "", refuse(t.source, p.offset, "", "%s has no value", p.text)
		}
		b.WriteString(written)
		if b.Len() > 2*maxRendered {
			break
		}
	}
	return shorten(strings.Map(printable, strings.ReplaceAll(b.String(), "\r\n", "\n"))), nil
}

// inText is a value as a text for people holds it; "" for none.
func inText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format("2 Jan 2006 15:04 UTC")
	case time.Duration:
		return spanText(v)
	case []string:
		return strings.Join(v, ", ")
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			texts[i] = inText(e)
		}
		return strings.Join(texts, ", ")
	}
	return fmt.Sprint(v)
}

// spanText is a span of time in its two largest units: 3d 4h, 12m 30s.
func spanText(d time.Duration) string {
	if d < 0 {
		return "-" + spanText(-d)
	}
	var parts []string
	rest := d.Round(time.Second)
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := rest / unit.of; n > 0 && len(parts) < 2 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+unit.name)
		}
		rest %= unit.of
	}
	if len(parts) == 0 {
		return "0s"
	}
	return strings.Join(parts, " ")
}

func shorten(s string) string {
	const ellipsis = "…"
	if len(s) <= maxRendered {
		return s
	}
	end := maxRendered - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// printable leaves out what a text for people does not hold: control characters, and those that turn the direction of
// writing and so can make a text read as another.
func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == utf8.RuneError:
		return -1
	}
	return r
}

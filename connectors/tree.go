package connectors

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// treeOf decodes plain JSON in one pass, as encoding/json does with UseNumber in
// three: a preset must not cost much more than code. It gives up on whatever is
// not plain, a mistake included, and encoding/json answers then.
func treeOf(body []byte) (v any, ok bool) {
	t := tree{text: body}
	if v, ok = t.value(0); !ok {
		return nil, false
	}
	t.space()
	return v, t.at == len(body)
}

// deepest is how deep plain JSON is.
const deepest = 100

type tree struct {
	text []byte
	at   int
}

// space passes over blanks and returns what follows, 0 at the end.
func (t *tree) space() byte {
	for ; t.at < len(t.text); t.at++ {
		if c := t.text[t.at]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// take passes over a byte that is expected.
func (t *tree) take(c byte) bool {
	if t.space() != c {
		return false
	}
	t.at++
	return true
}

func (t *tree) value(depth int) (any, bool) {
	if depth > deepest {
		return nil, false
	}
	switch c := t.space(); c {
	case '{':
		return t.object(depth)
	case '[':
		return t.list(depth)
	case '"':
		return t.string()
	case 't':
		return true, t.word("true")
	case 'f':
		return false, t.word("false")
	case 'n':
		return nil, t.word("null")
	}
	return t.number()
}

func (t *tree) word(w string) bool {
	if !bytes.HasPrefix(t.text[t.at:], []byte(w)) {
		return false
	}
	t.at += len(w)
	return true
}

func (t *tree) object(depth int) (any, bool) {
	t.at++
	out := map[string]any{}
	if t.take('}') {
		return out, true
	}
	for {
		if t.space() != '"' {
			return nil, false
		}
		key, ok := t.string()
		if !ok || !t.take(':') {
			return nil, false
		}
		if out[key], ok = t.value(depth + 1); !ok {
			return nil, false
		}
		if t.take(',') {
			continue
		}
		return out, t.take('}')
	}
}

func (t *tree) list(depth int) (any, bool) {
	t.at++
	out := []any{}
	if t.take(']') {
		return out, true
	}
	for {
		v, ok := t.value(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
		if t.take(',') {
			continue
		}
		return out, t.take(']')
	}
}

// string reads a text from its quote on. One with escapes is left to
// encoding/json, and so is one that is not UTF-8.
func (t *tree) string() (string, bool) {
	begin := t.at
	for t.at++; t.at < len(t.text); t.at++ {
		switch c := t.text[t.at]; {
		case c == '"':
			t.at++
			raw := t.text[begin+1 : t.at-1]
			return string(raw), utf8.Valid(raw)
		case c == '\\':
			return t.escaped(begin)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

func (t *tree) escaped(begin int) (s string, ok bool) {
	for ; t.at < len(t.text); t.at++ {
		switch t.text[t.at] {
		case '\\':
			t.at++
		case '"':
			t.at++
			raw := t.text[begin:t.at]
			ok = json.Unmarshal(raw, &s) == nil && utf8.Valid(raw)
			return s, ok
		}
	}
	return "", false
}

func (t *tree) number() (any, bool) {
	begin := t.at
	if t.at < len(t.text) && t.text[t.at] == '-' {
		t.at++
	}
	switch whole := t.digits(); {
	case whole == 0, whole > 1 && t.text[t.at-whole] == '0':
		return nil, false
	}
	if t.at < len(t.text) && t.text[t.at] == '.' {
		if t.at++; t.digits() == 0 {
			return nil, false
		}
	}
	if t.at < len(t.text) && t.text[t.at]|' ' == 'e' {
		if t.at++; t.at < len(t.text) && (t.text[t.at] == '+' || t.text[t.at] == '-') {
			t.at++
		}
		if t.digits() == 0 {
			return nil, false
		}
	}
	return json.Number(t.text[begin:t.at]), true
}

func (t *tree) digits() (n int) {
	for ; t.at < len(t.text) && '0' <= t.text[t.at] && t.text[t.at] <= '9'; t.at++ {
		n++
	}
	return n
}

package rules

import (
	"cmp"
	"strings"
	"unicode"

	"flowd"
)

// custom are the custom fields. Those that the rules read stand under the name by
// which they do.
func (m *mask) custom(fields []flowd.Field) map[string]fieldKeys {
	out, taken := map[string]fieldKeys{}, map[string]bool{}
	for _, f := range fields {
		name := cmp.Or(f.Name, f.Key)
		if !m.fields[FoldName(name)] && m.fields[FoldName(f.Key)] {
			name = f.Key
		}
		name = typed(name)
		if folded := FoldName(name); folded == "" || taken[folded] || isEmpty(f.Value) {
			continue
		} else if taken[folded] = true; m.fields[folded] {
			out[name] = fieldKeys{m.value(f.Value)}
			m.keep("fields."+name, true)
			continue
		}
		out[name] = fieldKeys{unread(f.Value)}
	}
	return out
}

// value is a value that rules read.
func (m *mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.text(v)
	case []string:
		return m.texts(v)
	}
	return v
}

// unread is a value that no rule reads, of the same kind.
func unread(v any) any {
	switch v.(type) {
	case float64:
		return 1.0
	case bool:
		return false
	case []string:
		return []string{"text"}
	}
	return "text"
}

// typed is a name as a person types it: it is compared as if it were.
func typed(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune("“”„‟«»", r):
			return '"'
		case strings.ContainsRune("‘’‚‛", r):
			return '\''
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name))
}

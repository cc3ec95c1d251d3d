package ashby

import (
	"encoding/json"
	"strconv"
	"strings"

	"flowd"
)

// normal appends the fields to those that are there.
func (f fields) normal(to []flowd.Field) []flowd.Field {
	for _, one := range f {
		to = append(to, flowd.Field{Key: one.ID, Name: strings.TrimSpace(one.Title), Value: one.value()})
	}
	return to
}

// value is a field's value as conditions compare it: text, a number, true or
// false, or a list of texts; nil where there is none.
func (f customField) value() any {
	switch v := f.Label.(type) {
	case string:
		if v != "" {
			return v
		}
	case []any:
		if len(v) > 0 {
			return texts(v)
		}
	}
	switch v := f.Value.(type) {
	case string, float64, bool:
		return v
	case []any:
		return texts(v)
	case map[string]any:
		return compound(v)
	}
	return nil
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = text(item)
	}
	return out
}

// compound is the text of a value with parts: "80000 USD" of an amount,
// "80000-95000 USD" of a range.
func compound(parts map[string]any) string {
	amount := text(parts["value"])
	if low, high := text(parts["minValue"]), text(parts["maxValue"]); low != "" || high != "" {
		amount = low + "-" + high
	}
	if amount == "" {
		return text(parts)
	}
	return strings.TrimSpace(amount + " " + text(parts["currencyCode"]))
}

// text is a part of a value as people write it.
func text(part any) string {
	switch v := part.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	b, err := json.Marshal(part)
	if err != nil {
		return ""
	}
	return string(b)
}

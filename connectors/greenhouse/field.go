package greenhouse

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"flowd"
)

// fields appends custom fields in the order of their keys, which stay when a
// field is renamed. They are decoded loosely: what is not of the documented
// shape, such as an empty list in place of the whole, is not worth an event.
func fields(to []flowd.Field, custom any) []flowd.Field {
	byKey, _ := custom.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		f, ok := byKey[key].(map[string]any)
		if !ok {
			continue
		}
		name, _ := f["name"].(string)
		kind, _ := f["type"].(string)
		to = append(to, flowd.Field{Key: key, Name: strings.TrimSpace(name), Type: kind, Value: value(kind, f["value"])})
	}
	return to
}

// value is a field's value as conditions compare it: text, a number, true or
// false, or a list of texts; nil where there is none. The shape of what is sent
// decides, and the declared type only where a number comes as text.
func value(kind string, sent any) any {
	switch v := sent.(type) {
	case string:
		if x, err := strconv.ParseFloat(v, 64); err == nil && kind == "number" {
			return x
		}
		return v
	case float64, bool:
		return v
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			list = append(list, text(item))
		}
		return list
	case map[string]any:
		return compound(v)
	}
	return nil
}

// compound is the text of a value with parts: "80000 USD" of a currency,
// "80000-150000 USD" of a range, the name of a user.
func compound(parts map[string]any) string {
	amount := text(parts["amount"])
	if low, high := text(parts["min_value"]), text(parts["max_value"]); low != "" || high != "" {
		amount = low + "-" + high
	}
	if amount == "" {
		amount = text(parts["name"])
	}
	if amount == "" {
		return text(parts)
	}
	return strings.TrimSpace(amount + " " + text(parts["unit"]))
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
	}
	b, err := json.Marshal(part)
	if err != nil {
		return ""
	}
	return string(b)
}

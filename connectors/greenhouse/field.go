package greenhouse

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"flowd"
)

// fields returns custom fields in the order of their keys.
func (c customFields) fields(to []flowd.Field) []flowd.Field {
	for _, key := range slices.Sorted(maps.Keys(c)) {
		f := c[key]
		to = append(to, flowd.Field{Key: key, Name: strings.TrimSpace(f.Name), Type: f.Type, Value: f.value()})
	}
	return to
}

// value is the field's value as conditions compare it: text, a number, true or
// false, or a list of texts; nil where there is none. The shape of what is sent
// decides, and the declared type only where it is text.
func (f customField) value() any {
	if len(f.Value) == 0 {
		return nil
	}
	switch f.Value[0] {
	case '"':
		var s string
		if json.Unmarshal(f.Value, &s) != nil {
			return nil
		}
		if x, err := strconv.ParseFloat(s, 64); err == nil && f.Type == "number" {
			return x
		}
		return s
	case 't', 'f':
		return f.Value[0] == 't'
	case '[':
		var list []string
		if json.Unmarshal(f.Value, &list) != nil {
			return string(f.Value)
		}
		return list
	case '{':
		return f.compound()
	case 'n':
		return nil
	}
	x, err := strconv.ParseFloat(string(f.Value), 64)
	if err != nil {
		return nil
	}
	return x
}

// compound is the text of a value with parts: "80000 USD" of a currency,
// "80000-150000 USD" of a range, the name of a user.
func (f customField) compound() any {
	var v struct {
		Amount   part   `json:"amount"`
		MinValue part   `json:"min_value"`
		MaxValue part   `json:"max_value"`
		Unit     string `json:"unit"`
		Name     string `json:"name"`
	}
	if json.Unmarshal(f.Value, &v) != nil {
		return string(f.Value)
	}
	text := string(v.Amount)
	if v.MinValue != "" || v.MaxValue != "" {
		text = string(v.MinValue) + "-" + string(v.MaxValue)
	}
	switch {
	case text != "" && v.Unit != "":
		return text + " " + v.Unit
	case text != "":
		return text
	case v.Name != "":
		return v.Name
	}
	return string(f.Value)
}

// part is an amount, which comes as a number or as text.
type part string

// UnmarshalJSON implements json.Unmarshaler.
func (p *part) UnmarshalJSON(b []byte) error {
	if string(b) != "null" {
		*p = part(strings.Trim(string(b), `"`))
	}
	return nil
}

package connectors

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"flowd"
)

func text(at func(*draft) *string) func(*draft, any) error {
	return func(d *draft, v any) (err error) {
		*at(d), err = Text(v)
		return err
	}
}

// words is a text in which a number is a slip: a name or an address is none.
func words(at func(*draft) *string) func(*draft, any) error {
	return func(d *draft, v any) (err error) {
		*at(d), err = asWords(v)
		return err
	}
}

func asWords(v any) (string, error) {
	switch v.(type) {
	case json.Number, int, float64:
		return "", errors.New("is a number where a text belongs")
	}
	return Text(v)
}

func list(at func(*draft) *[]string) func(*draft, any) error {
	return func(d *draft, v any) (err error) {
		*at(d), err = asList(v)
		return err
	}
}

func flag(at func(*draft) **bool) func(*draft, any) error {
	return func(d *draft, v any) error {
		if v == "" {
			return nil
		}
		b, err := asBool(v)
		if err == nil {
			*at(d) = &b
		}
		return err
	}
}

// Text is a single value as text, as Record takes it: numbers without an
// exponent, as ids are.
func Text(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case json.Number:
		return v.String(), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		if !v {
			return "", nil // see Record
		}
	}
	return "", errors.New("is not a text")
}

func asBool(v any) (bool, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "yes", "1":
			return true, nil
		case "false", "no", "0":
			return false, nil
		}
	}
	return false, errors.New("is neither true nor false")
}

// asList is a list of texts; a text is split at commas and semicolons, as
// spreadsheets hold lists.
func asList(v any) ([]string, error) {
	items, ok := v.([]any)
	if !ok {
		s, err := Text(v)
		if err != nil {
			return nil, errors.New("is not a list of texts")
		}
		return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' }), nil
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		s, err := Text(item)
		if err != nil {
			return nil, errors.New("is not a list of texts")
		}
		out = append(out, s)
	}
	return out, nil
}

// timeLayouts are the notations of a time that are understood beside seconds
// and milliseconds since 1970. Without a zone they are in UTC.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", "2006-01-02 15:04", time.DateOnly}

// From this number on a time counts as milliseconds: as seconds it would lie
// beyond the year 5100, as milliseconds behind 1973.
const milliseconds = 1e11

// asTime is a time within a century or so of now: what lies further off is a
// slip, and would stand before or behind everything else for ever.
func asTime(v any) (time.Time, error) {
	at, err := readTime(v)
	if err == nil && !at.IsZero() && (at.Year() < 1970 || at.Year() > 2200) {
		err = errNotTime
	}
	if err != nil || at.IsZero() {
		return time.Time{}, err
	}
	return at.UTC(), nil
}

var errNotTime = errors.New("is not a time such as 2026-03-02T09:30:00Z, or seconds or milliseconds since 1970")

func readTime(v any) (time.Time, error) {
	if at, ok := v.(time.Time); ok {
		return at, nil
	}
	s, err := Text(v)
	if err != nil {
		return time.Time{}, errNotTime
	}
	if s == "" {
		return time.Time{}, nil
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if math.IsNaN(n) || n < 0 || n > 1e13 {
			return time.Time{}, errNotTime
		}
		if n >= milliseconds {
			return time.UnixMilli(int64(n)), nil
		}
		return time.UnixMicro(int64(n * 1e6)), nil
	}
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errNotTime
}

// Moment is a time as RFC 3339 writes it, or zero for one that is left out or
// written otherwise: no event of a hook is lost for it.
func Moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// asField is a custom field of the kind of value it holds.
func asField(name string, v any) flowd.Field {
	f := flowd.Field{Key: name, Name: name, Type: "text"}
	switch v := v.(type) {
	case string:
		f.Value = strings.TrimSpace(v)
	case bool:
		f.Type, f.Value = "boolean", v
	case int:
		f.Type, f.Value = "number", float64(v)
	case float64:
		f.Type, f.Value = "number", v
	case json.Number:
		f.Type = "number"
		if x, err := v.Float64(); err == nil {
			f.Value = x
		}
	case []any:
		if items, err := asList(v); err == nil {
			f.Type, f.Value = "list", items
			break
		}
		f.Value = asJSON(v)
	default:
		f.Value = asJSON(v)
	}
	return f
}

func asJSON(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return string(b)
}

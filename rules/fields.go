package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"flowd"
)

// fields are an application's custom fields, as conditions read them: by the
// name that people see, then by key. No error holds a value.
type fields []flowd.Field

// find returns a field's value, or nil for one that is absent, null or empty.
func (fs fields) find(name string) any {
	name = FoldName(name)
	for _, of := range []func(flowd.Field) string{
		func(f flowd.Field) string { return f.Name },
		func(f flowd.Field) string { return f.Key },
	} {
		for _, f := range fs {
			if FoldName(of(f)) == name && !isEmpty(f.Value) {
				return f.Value
			}
		}
	}
	return nil
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []string:
		return len(v) == 0
	}
	return false
}

func (fs fields) has(name string) bool { return fs.find(name) != nil }

// text renders numbers and booleans.
func (fs fields) text(name string, otherwise ...string) (string, error) {
	switch v := fs.find(name).(type) {
	case nil:
		return absent(name, otherwise)
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case []string:
		return "", mismatch(name, "a list", `write list(…)`)
	}
	return "", mismatch(name, "of an unknown kind", "ask who set the source up")
}

// plainNumber leaves out what two countries read differently, such as 1.500.
var plainNumber = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,2})?$`)

func (fs fields) number(name string, otherwise ...float64) (float64, error) {
	switch v := fs.find(name).(type) {
	case nil:
		return absent(name, otherwise)
	case float64:
		return v, nil
	case string:
		if s := strings.TrimSpace(v); plainNumber.MatchString(s) {
			return strconv.ParseFloat(s, 64)
		}
		return 0, mismatch(name, "not a number here", "")
	}
	return 0, mismatch(name, "not a number", "")
}

func (fs fields) flag(name string, otherwise ...bool) (bool, error) {
	switch v := fs.find(name).(type) {
	case nil:
		return absent(name, otherwise)
	case bool:
		return v, nil
	case string:
		switch FoldName(v) {
		case "true", "yes":
			return true, nil
		case "false", "no":
			return false, nil
		}
		return false, mismatch(name, "neither yes nor no here", "")
	}
	return false, mismatch(name, "neither yes nor no", "")
}

func (fs fields) list(name string) ([]string, error) {
	switch v := fs.find(name).(type) {
	case nil:
		return absent[[]string](name, nil)
	case []string:
		return v, nil
	case string:
		return []string{v}, nil
	}
	return nil, mismatch(name, "not a list", "")
}

func absent[T any](name string, otherwise []T) (T, error) {
	if len(otherwise) > 0 {
		return otherwise[0], nil
	}
	var none T
	return none, fmt.Errorf("the field %q is not set", name)
}

func mismatch(name, is, hint string) error {
	if hint != "" {
		hint = ": " + hint
	}
	return fmt.Errorf("the field %q is %s%s", name, is, hint)
}

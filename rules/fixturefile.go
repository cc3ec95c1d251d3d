package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// inFile is a recorded event as its file holds it.
func (k fixtureKeys) inFile() (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(k); err != nil {
		return "", err
	}
	var out strings.Builder
	for _, r := range b.String() {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xffff: // what nobody can see is refused in a file
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String(), nil
}

// asWritten is JSON with the letters of a text as they are.
func asWritten(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// MarshalJSON implements json.Marshaler: a job as its parts.
func (j jobKeys) MarshalJSON() ([]byte, error) {
	return asWritten(jobParts{j.ID, j.Name, j.Department, j.Location, j.Country, j.Tags})
}

// MarshalJSON implements json.Marshaler: a stage as its parts.
func (s stageKeys) MarshalJSON() ([]byte, error) { return asWritten(stageParts(s.Stage)) }

// MarshalJSON implements json.Marshaler: a value as UnmarshalNode reads it.
func (f fieldKeys) MarshalJSON() ([]byte, error) {
	if number, ok := f.value.(float64); ok {
		return []byte(strconv.FormatFloat(number, 'f', -1, 64)), nil
	}
	return asWritten(f.value)
}

// MarshalJSON implements json.Marshaler: the duration as a span.
func (i interviewKeys) MarshalJSON() ([]byte, error) {
	type plain interviewKeys
	span := ""
	if whole := i.Duration.Truncate(time.Second); whole > 0 {
		span = whole.String()
	}
	return asWritten(struct {
		plain
		Duration string `json:"duration,omitzero"`
	}{plain(i), span})
}

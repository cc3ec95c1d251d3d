package odoo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// row is one record by field. What is empty comes as false, whatever the field's
// type; a record that a field points to comes as [id, name] or as its bare id.
type row map[string]json.RawMessage

// reader takes values out of a row and keeps the first fault, which names field
// and record and quotes nothing.
type reader struct {
	row row
	err error
}

// ref is a record that a field points to.
type ref struct {
	id   int64
	name string
}

// key is the id as flowd has it: empty where there is no record.
func (r ref) key() string {
	if r.id == 0 {
		return ""
	}
	return strconv.FormatInt(r.id, 10)
}

const (
	maxText  = 4 << 10  // bytes of what Odoo itself keeps
	maxField = 64 << 10 // bytes of a custom field
)

func (r *reader) fail(field, format string, args ...any) {
	if r.err != nil {
		return
	}
	of := ""
	if id := string(r.row["id"]); len(id) <= 20 && strings.Trim(id, "0123456789") == "" {
		of = " of record " + id
	}
	r.err = fmt.Errorf("the field %s%s %s", field, of, fmt.Sprintf(format, args...))
}

func (r *reader) wrong(field string, raw json.RawMessage, want string) {
	r.fail(field, "is %s where %s belongs", kindOf(raw), want)
}

// kindOf is what a JSON value is, in words.
func kindOf(raw json.RawMessage) string {
	switch {
	case len(raw) == 0:
		return "missing"
	case raw[0] == '"':
		return "a text"
	case raw[0] == '[':
		return "a list"
	case raw[0] == '{':
		return "an object"
	case raw[0] == 't' || raw[0] == 'f':
		return "true or false"
	case raw[0] == 'n':
		return "nothing"
	}
	return "a number"
}

func none(raw json.RawMessage) bool {
	return len(raw) == 0 || bytes.Equal(raw, []byte("false")) || bytes.Equal(raw, []byte("null"))
}

// text is a field of text.
func (r *reader) text(field string, most int) string {
	raw := r.row[field]
	if none(raw) {
		return ""
	}
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		r.wrong(field, raw, "a text")
		return ""
	}
	if len(s) > most {
		r.fail(field, "has %d bytes, and %d at most can be taken", len(s), most)
		return ""
	}
	return s
}

// id is the record's own.
func (r *reader) id() int64 {
	raw := r.row["id"]
	if none(raw) {
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		r.wrong("id", raw, "a whole number")
	}
	return n
}

// flag is a field of true or false.
func (r *reader) flag(field string) bool {
	raw := r.row[field]
	if !none(raw) && string(raw) != "true" {
		r.wrong(field, raw, "true or false")
	}
	return string(raw) == "true"
}

// one is a field that points to a record.
func (r *reader) one(field string) ref {
	raw := r.row[field]
	if none(raw) {
		return ref{}
	}
	if id, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return ref{id: id}
	}
	var pair []json.RawMessage
	if json.Unmarshal(raw, &pair) == nil && len(pair) == 2 {
		inner := reader{row: row{"id": pair[0], "name": pair[1]}}
		if out := (ref{inner.id(), inner.text("name", maxText)}); inner.err == nil && out.id != 0 {
			return out
		}
	}
	r.wrong(field, raw, "a record's id and name")
	return ref{}
}

// many is a field that points to records, by their ids.
func (r *reader) many(field string) []int64 {
	raw := r.row[field]
	if none(raw) {
		return nil
	}
	var ids []int64
	if json.Unmarshal(raw, &ids) != nil {
		r.wrong(field, raw, "a list of ids")
	}
	return ids
}

// stamp is how Odoo writes a time, in UTC. Over RPC the parts of a second are
// cut off, while the database keeps them.
const stamp = "2006-01-02 15:04:05"

// ahead is how far a time may lie in the future: clocks differ, and some time
// zones are set wrong. What lies further ahead would hide everything behind it.
const ahead = 24 * time.Hour

// when is a field that says when something was.
func (r *reader) when(field string) time.Time {
	raw := r.row[field]
	if none(raw) {
		return time.Time{}
	}
	text := r.text(field, len("2006-01-02T15:04:05.000000000Z"))
	if r.err != nil {
		return time.Time{}
	}
	at, err := time.Parse(stamp, text) // takes parts of a second, too
	switch {
	case err != nil:
		r.fail(field, "is not a time such as %s", stamp)
	case at.After(time.Now().Add(ahead)):
		r.fail(field, "lies in the future")
	case at.Year() < 1970:
		r.fail(field, "lies before 1970")
	default:
		return at
	}
	return time.Time{}
}

package odoo

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

func (o *odoo) setField(ctx context.Context, w flowd.WriteBack) error {
	const op = "set the field"
	key, f, err := o.field(ctx, op, w.Target)
	if err != nil {
		return err
	}
	value, err := f.encode(op, w.Text)
	if err != nil {
		return err
	}
	return o.change(ctx, op, w, "write", map[string]any{"vals": map[string]any{key: value}})
}

// encode is a text as the field's type wants it.
func (f definition) encode(op, text string) (any, error) {
	text = strings.TrimSpace(text)
	wants := func(what string) (any, error) {
		return nil, fault.New(fault.Invalid, op, "the field %q takes %s", f.Label, what)
	}
	if text == "" {
		return false, nil
	}
	switch f.Type {
	case "char", "text":
		return text, nil
	case "integer":
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return wants("a whole number")
		}
		return n, nil
	case "float", "monetary":
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
			return wants("a number")
		}
		return json.Number(text), nil
	case "boolean":
		switch strings.ToLower(text) {
		case "yes", "true":
			return true, nil
		case "no", "false":
			return false, nil
		}
		return wants("yes or no")
	case "selection":
		for _, s := range f.choices() {
			if s[0] == text || connectors.SameName(s[1], text) {
				return s[0], nil
			}
		}
		return wants("one of its choices")
	case "date", "datetime":
		return f.encodeTime(text, wants)
	}
	return wants("no text")
}

// encodeTime is a date or time as Odoo writes it.
func (f definition) encodeTime(text string, wants func(string) (any, error)) (any, error) {
	layout := time.DateOnly
	if f.Type == "datetime" {
		layout = stamp
	}
	for _, from := range []string{time.RFC3339, stamp, time.DateOnly} {
		if at, err := time.Parse(from, text); err == nil {
			return at.UTC().Format(layout), nil
		}
	}
	return wants("a date such as " + time.DateOnly)
}

// fieldIs tells whether the field has the value that is to be written.
func (o *odoo) fieldIs(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look at the field"
	key, f, err := o.field(ctx, op, w.Target)
	if err != nil {
		return false, err
	}
	want, err := f.encode(op, w.Text)
	if err != nil {
		return false, err
	}
	in, err := o.look(ctx, op, w, key)
	if err != nil {
		return false, err
	}
	return sameValue(in.row[key], want), nil
}

// sameValue compares what is there with what is to be; 4 and 4.0 are the same.
func sameValue(raw json.RawMessage, want any) bool {
	text, err := json.Marshal(want)
	if err != nil {
		return false
	}
	var a, b any
	return json.Unmarshal(raw, &a) == nil && json.Unmarshal(text, &b) == nil && a == b
}

package ashby

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// setField sets a custom field of the application, or of the candidate where only
// the candidate has one of that name.
func (a *api) setField(ctx context.Context, op string, w flowd.WriteBack, name string) error {
	d, err := a.field(ctx, op, name)
	if err != nil {
		return err
	}
	value, err := d.encode(op, w.Text)
	if err != nil {
		return err
	}
	id := w.Application.ID
	if d.Of == ofPerson {
		if id, err = a.candidateID(ctx, op, w); err != nil {
			return err
		}
	}
	return a.change(ctx, op, "customField.setValue", map[string]any{"objectId": id, "objectType": d.Of, "fieldId": d.ID, "fieldValue": value}, false)
}

// fieldIs tells whether a field has the value that is to be written.
func (a *api) fieldIs(ctx context.Context, op string, w flowd.WriteBack, name string) (bool, error) {
	d, err := a.field(ctx, op, name)
	if err != nil {
		return false, err
	}
	want, err := d.encode(op, w.Text)
	if err != nil {
		return false, err
	}
	var there fields
	if d.Of == ofPerson {
		id, err := a.candidateID(ctx, op, w)
		if err != nil {
			return false, err
		}
		c, err := a.person(ctx, op, id)
		if err != nil {
			return false, err
		}
		there = c.CustomFields
	} else {
		app, err := a.application(ctx, op, w.Application.ID)
		if err != nil {
			return false, err
		}
		there = app.CustomFields
	}
	i := slices.IndexFunc(there, func(f customField) bool { return f.ID == d.ID })
	return i >= 0 && d.same(there[i].Value, want), nil
}

// encode is a text as the field's type wants it. Of a choice it is the value that
// people see as the text.
func (d definition) encode(op, text string) (any, error) {
	text = strings.TrimSpace(text)
	wants := func(what string) error {
		return fault.New(fault.Invalid, op, "the field %q takes %s", d.Title, what)
	}
	switch d.Type {
	case "Boolean":
		switch strings.ToLower(text) {
		case "yes", "true":
			return true, nil
		case "no", "false":
			return false, nil
		}
		return nil, wants("yes or no")
	case "Number":
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
			return nil, wants("a number")
		}
		return json.Number(text), nil
	case "Date":
		if _, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))]); err != nil {
			return nil, wants("a date such as 2026-03-02")
		}
	case "ValueSelect":
		return d.choice(op, text)
	case "MultiValueSelect":
		var out []string
		for item := range strings.SplitSeq(text, ",") {
			value, err := d.choice(op, strings.TrimSpace(item))
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		return out, nil
	case "Currency", "NumberRange", "CompensationRange":
		return nil, wants("several values, which flowd cannot write: write another field")
	}
	return text, nil
}

func (d definition) choice(op, text string) (string, error) {
	for _, c := range d.Choices {
		if !c.Archived && (connectors.SameName(c.Label, text) || c.Value == text) {
			return c.Value, nil
		}
	}
	return "", fault.New(fault.Invalid, op, "the field %q has no such choice", d.Title)
}

// same compares a value as Ashby tells it with one as it is written.
func (d definition) same(there, want any) bool {
	switch want := want.(type) {
	case []string:
		list, ok := there.([]any)
		if !ok {
			return false
		}
		have := texts(list)
		slices.Sort(have)
		return slices.Equal(have, slices.Sorted(slices.Values(want)))
	case json.Number:
		x, err := want.Float64()
		return err == nil && there == x
	case bool:
		return there == want
	case string:
		have, ok := there.(string)
		return ok && (have == want || d.Type == "Date" && strings.HasPrefix(have, want))
	}
	return false
}

package greenhouse

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// ways are what can be written.
func (h *harvest) ways() connectors.Ways {
	out := connectors.Ways{
		flowd.ActionNote: {Write: h.note, Written: h.noted},
		flowd.ActionTag:  {Write: h.tag, Written: h.tagged},
		flowd.ActionMove: {Write: h.move, Written: h.moved},
	}
	out.Fields(h.linkField, h.setField, h.fieldIs)
	return out
}

// person is the id of the candidate, asked for where flowd has not heard it.
func (h *harvest) person(ctx context.Context, op string, w flowd.WriteBack) (json.Number, error) {
	if id := w.Application.Candidate.ID; id != "" {
		return number(op, "candidate", id)
	}
	a, err := h.application(ctx, op, w.Application.ID)
	return a.CandidateID, err
}

func (h *harvest) candidateOf(ctx context.Context, op string, w flowd.WriteBack) (harvestCandidate, error) {
	id, err := h.person(ctx, op, w)
	if err != nil {
		return harvestCandidate{}, err
	}
	return h.candidate(ctx, op, id.String())
}

func (h *harvest) note(ctx context.Context, w flowd.WriteBack) error {
	const op = "write the note"
	app, err := number(op, "application", w.Application.ID)
	if err != nil {
		return err
	}
	person, err := h.person(ctx, op, w)
	if err != nil {
		return err
	}
	return h.write(ctx, op, http.MethodPost, "notes", map[string]any{
		"candidate_id": person, "application_id": app, "body": connectors.NoteText(w), "note_type": "NOTE", "visibility": h.notes,
	}, false)
}

// noted looks for the note's mark among the notes of the candidate, who may have
// been merged into another application since.
func (h *harvest) noted(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look for the note"
	person, err := h.person(ctx, op, w)
	if err != nil || w.Mark == "" {
		return false, cannotLook(err)
	}
	type note struct {
		Body string `json:"body"`
	}
	var page []note
	next, err := h.page(ctx, op, "notes", url.Values{"candidate_ids": {person.String()}}, &page)
	for pages := 1; err == nil; pages++ {
		if slices.ContainsFunc(page, func(n note) bool { return strings.Contains(n.Body, w.Mark) }) {
			return true, nil
		}
		if next == nil {
			return false, nil
		}
		if pages == maxPages {
			return false, connectors.ErrCannotLook // too many notes to be sure
		}
		page = nil
		next, err = h.follow(ctx, op, next, &page)
	}
	return false, err
}

// cannotLook is the answer where there is nothing to look for.
func cannotLook(err error) error {
	if err == nil {
		return connectors.ErrCannotLook
	}
	return err
}

// tag adds a tag. The API replaces all tags at once: they are read right before,
// sent back together with the new one, and read again, since a person may have
// changed them in between. Two tags of one candidate are never under way at the
// same time.
func (h *harvest) tag(ctx context.Context, w flowd.WriteBack) error {
	const op = "add the tag"
	tag := strings.TrimSpace(w.Target)
	if tag == "" {
		return fault.New(fault.Invalid, op, "the tag is empty")
	}
	person, err := h.person(ctx, op, w)
	if err != nil {
		return err
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(person)) // never fails
	turn := h.tagging[int(sum.Sum32())%len(h.tagging)]
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, op, ctx.Err())
	}
	before, err := h.candidate(ctx, op, person.String())
	if err != nil || hasTag(before, tag) {
		return err
	}
	tags := append(slices.Clone(before.Tags), tag)
	if err := h.write(ctx, op, http.MethodPatch, "candidates/"+person.String(), map[string]any{"tags": tags}, false); err != nil {
		return err
	}
	after, err := h.candidate(ctx, op, person.String())
	switch {
	case err != nil:
		return fault.New(fault.Uncertain, op, "the tag was taken, and could not be read again")
	case !hasTag(after, tag):
		return fault.New(fault.Uncertain, op, "the tag was taken, and is not there: somebody else changed the tags at the same time")
	}
	return nil
}

func (h *harvest) tagged(ctx context.Context, w flowd.WriteBack) (bool, error) {
	c, err := h.candidateOf(ctx, "look for the tag", w)
	return err == nil && hasTag(c, w.Target), err
}

func hasTag(c harvestCandidate, tag string) bool {
	return slices.ContainsFunc(c.Tags, func(t string) bool { return connectors.SameName(t, tag) })
}

// setField sets a custom field of the application, or of the candidate where
// only the candidate has one of that name.
func (h *harvest) setField(ctx context.Context, op string, w flowd.WriteBack, name string) error {
	f, err := h.field(ctx, op, name)
	if err != nil {
		return err
	}
	v, err := f.encode(op, w.Text)
	if err != nil {
		return err
	}
	id, path := json.Number(w.Application.ID), "applications/"
	if f.Of == "candidate" {
		path = "candidates/"
		id, err = h.person(ctx, op, w)
	} else {
		_, err = number(op, "application", w.Application.ID)
	}
	if err != nil {
		return err
	}
	return h.write(ctx, op, http.MethodPatch, path+id.String(), map[string]any{
		"custom_fields": []map[string]any{{"name_key": f.Key, "value": v}},
	}, false)
}

// encode is a text as the field's type wants it.
func (f fieldDefinition) encode(op, text string) (any, error) {
	text = strings.TrimSpace(text)
	switch f.Type {
	case "number":
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
			return nil, fault.New(fault.Invalid, op, "the field %q takes a number", f.Name)
		}
		return json.Number(text), nil
	case "yes_no":
		switch strings.ToLower(text) {
		case "yes", "true":
			return true, nil
		case "no", "false":
			return false, nil
		}
		return nil, fault.New(fault.Invalid, op, "the field %q takes yes or no", f.Name)
	case "multi_select":
		var out []string
		for item := range strings.SplitSeq(text, ",") {
			out = append(out, strings.TrimSpace(item))
		}
		return out, nil
	}
	return text, nil
}

// fieldIs tells whether a field has the value that is to be written.
func (h *harvest) fieldIs(ctx context.Context, op string, w flowd.WriteBack, name string) (bool, error) {
	f, err := h.field(ctx, op, name)
	if err != nil {
		return false, err
	}
	want, err := f.encode(op, w.Text)
	if err != nil {
		return false, err
	}
	var custom any
	if f.Of == "candidate" {
		c, err := h.candidateOf(ctx, op, w)
		if err != nil {
			return false, err
		}
		custom = c.CustomFields
	} else {
		a, err := h.application(ctx, op, w.Application.ID)
		if err != nil {
			return false, err
		}
		custom = a.CustomFields
	}
	for _, there := range fields(nil, custom) {
		if there.Key == f.Key {
			return shown(there.Value) == shown(want), nil
		}
	}
	return false, nil
}

// shown is a field's value as one text, whichever way it was sent.
func shown(v any) string {
	switch v := v.(type) {
	case []string:
		sorted := slices.Clone(v)
		slices.Sort(sorted)
		return strings.Join(sorted, ",")
	case json.Number:
		if x, err := v.Float64(); err == nil {
			return text(x)
		}
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return text(v)
}

package odoo

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"strconv"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// escapes is the first version in which the body of a message is text unless it
// is said to be HTML.
const escapes = 17

// ways are what can be written.
func (o *odoo) ways() connectors.Ways {
	return connectors.Ways{
		flowd.ActionNote:  {Write: o.note, Written: o.noted},
		flowd.ActionTag:   {Write: o.addTag, Written: o.tagged},
		flowd.ActionField: {Write: o.setField, Written: o.fieldIs},
		flowd.ActionMove:  {Write: o.move, Written: o.moved},
		flowd.ActionLink:  {Write: o.link, Written: o.linked},
	}
}

// change calls a method of the application that changes it.
func (o *odoo) change(ctx context.Context, op string, w flowd.WriteBack, method string, args map[string]any) error {
	id, err := recordID(op, w.Application.ID)
	if err != nil {
		return err
	}
	return o.call(ctx, request{op: op, model: "hr.applicant", method: method, ids: []int64{id}, args: args, writes: true, moves: w.Kind == flowd.ActionMove}, &json.RawMessage{})
}

// look reads fields of the application.
func (o *odoo) look(ctx context.Context, op string, w flowd.WriteBack, fields ...string) (*reader, error) {
	id, err := recordID(op, w.Application.ID)
	if err != nil {
		return nil, err
	}
	var found *reader
	err = o.rows(ctx, search(op, "hr.applicant", []any{[]any{"id", "=", id}}, fields, "id", 1), 1, func(r row) error {
		found = &reader{row: r}
		return nil
	})
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, op, "the application is not there, or flowd may not see it")
	}
	return found, err
}

// any tells whether there are records.
func (o *odoo) any(ctx context.Context, op, model string, domain ...any) (found bool, err error) {
	err = o.rows(ctx, search(op, model, domain, []string{"id"}, "id", 1), 1, func(row) error {
		found = true
		return nil
	})
	return found, err
}

// note posts a note that only the ATS's users see. Whoever posts does not follow
// the application from then on.
func (o *odoo) note(ctx context.Context, w flowd.WriteBack) error {
	const op = "write the note"
	s, err := o.open(ctx)
	if err != nil {
		return err
	}
	args := map[string]any{
		"body":         strings.ReplaceAll(html.EscapeString(connectors.NoteText(w)), "\n", "<br/>"),
		"message_type": "comment", "subtype_xmlid": "mail.mt_note", "context": map[string]any{"mail_create_nosubscribe": true},
	}
	if s.version >= escapes {
		args["body_is_html"] = true
	}
	err = o.change(ctx, op, w, "message_post", args)
	if f, ok := errors.AsType[*fault.Error](err); ok && strings.Contains(f.Text, "exceptions.UserError") {
		f.Text = "Odoo takes no note from a user without an e-mail address: give flowd's user one; if it has one, Odoo's log says more"
	}
	return err
}

// wildcards are what a search for a part of a text would take for others.
var wildcards = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// noted looks for the note's mark.
func (o *odoo) noted(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look for the note"
	id, err := recordID(op, w.Application.ID)
	if err != nil {
		return false, err
	}
	if w.Mark == "" {
		return false, connectors.ErrCannotLook
	}
	return o.any(ctx, op, "mail.message", []any{"model", "=", "hr.applicant"}, []any{"res_id", "=", id},
		[]any{"body", "ilike", wildcards.Replace(html.EscapeString(w.Mark))})
}

// addTag adds a tag, which one call makes where there is none of that name: two
// calls could leave it made and not added.
func (o *odoo) addTag(ctx context.Context, w flowd.WriteBack) error {
	const op = "add the tag"
	name := strings.TrimSpace(w.Target)
	if name == "" {
		return fault.New(fault.Invalid, op, "the tag is empty")
	}
	tag, found, err := o.tag(ctx, op, name)
	if err != nil {
		return err
	}
	command := []any{4, tag.id, 0}
	if !found {
		command = []any{0, 0, map[string]any{"name": name}}
	}
	err = o.change(ctx, op, w, "write", map[string]any{"vals": map[string]any{"categ_ids": []any{command}}})
	if found || !fault.Is(err, fault.Invalid) {
		return err
	}
	switch _, found, look := o.tag(ctx, op, name); {
	case look != nil: // nothing was done, and why is not known
		return look
	case found:
		return fault.New(fault.Unavailable, op, "somebody else made the tag at the same time")
	}
	return err
}

func (o *odoo) tagged(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look for the tag"
	tag, found, err := o.tag(ctx, op, w.Target)
	if err != nil {
		return false, err
	}
	in, err := o.look(ctx, op, w, "categ_ids")
	if err != nil || !found {
		return false, err
	}
	for _, id := range in.many("categ_ids") {
		if id == tag.id {
			return true, nil
		}
	}
	return false, in.unclear(op)
}

// unclear is the fault of an answer of another form than expected.
func (r *reader) unclear(op string) error {
	if r.err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, op, r.err)
}

// move moves an application from the stage in which it is expected. Odoo moves
// unconditionally, so that is looked at right before.
func (o *odoo) move(ctx context.Context, w flowd.WriteBack) error {
	const op = "move the application"
	leaving, err := connectors.Leaving(op, w)
	if err != nil {
		return err
	}
	stands, to, err := o.standing(ctx, op, w)
	if err != nil || stands.ID == to.ID {
		return err
	}
	if !stands.Same(connectors.Stage(leaving)) {
		return connectors.StandsElsewhere(op, leaving)
	}
	id, err := strconv.ParseInt(to.ID, 10, 64)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	return o.change(ctx, op, w, "write", map[string]any{"vals": map[string]any{"stage_id": id}})
}

func (o *odoo) moved(ctx context.Context, w flowd.WriteBack) (bool, error) {
	stands, to, err := o.standing(ctx, "look at the stage", w)
	return err == nil && stands.ID == to.ID, err
}

// standing is where the application stands, and the stage that a move leads to.
func (o *odoo) standing(ctx context.Context, op string, w flowd.WriteBack) (stands, to flowd.Stage, err error) {
	in, err := o.look(ctx, op, w, "stage_id", "job_id")
	if err != nil {
		return stands, to, err
	}
	now, job := in.one("stage_id"), in.one("job_id")
	if err := in.unclear(op); err != nil {
		return stands, to, err
	}
	to, err = o.stageOf(ctx, op, job.key(), flowd.Stage{ID: strings.TrimSpace(w.Target), Name: w.Target})
	return flowd.Stage{ID: now.key(), Name: strings.TrimSpace(now.name)}, to, err
}

// link attaches an address to the application.
func (o *odoo) link(ctx context.Context, w flowd.WriteBack) error {
	const op = "write the link"
	id, err := recordID(op, w.Application.ID)
	if err != nil {
		return err
	}
	return o.call(ctx, request{op: op, model: "ir.attachment", method: "create", writes: true, args: map[string]any{
		"vals_list": []any{map[string]any{"name": w.Target, "type": "url", "url": w.Text, "res_model": "hr.applicant", "res_id": id}},
	}}, &json.RawMessage{})
}

func (o *odoo) linked(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look for the link"
	id, err := recordID(op, w.Application.ID)
	if err != nil {
		return false, err
	}
	return o.any(ctx, op, "ir.attachment", []any{"res_model", "=", "hr.applicant"}, []any{"res_id", "=", id}, []any{"type", "=", "url"}, []any{"url", "=", w.Text})
}

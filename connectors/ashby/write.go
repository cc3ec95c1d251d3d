package ashby

import (
	"context"
	"slices"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// ways are what can be written.
func (a *api) ways() connectors.Ways {
	out := connectors.Ways{
		flowd.ActionNote: {Write: a.note, Written: a.noted},
		flowd.ActionTag:  {Write: a.tag, Written: a.tagged},
		flowd.ActionMove: {Write: a.move, Written: a.moved},
	}
	out.Fields(a.linkField, a.setField, a.fieldIs)
	return out
}

// candidateID is the candidate's id, asked for where flowd has not heard it.
func (a *api) candidateID(ctx context.Context, op string, w flowd.WriteBack) (string, error) {
	if id := w.Application.Candidate.ID; id != "" {
		return id, nil
	}
	app, err := a.application(ctx, op, w.Application.ID)
	return app.Candidate.ID, err
}

// note writes to the candidate: an application has no notes of its own.
func (a *api) note(ctx context.Context, w flowd.WriteBack) error {
	const op = "write the note"
	person, err := a.candidateID(ctx, op, w)
	if err != nil {
		return err
	}
	return a.change(ctx, op, "candidate.createNote", map[string]any{
		"candidateId": person, "note": map[string]string{"type": "text/plain", "value": connectors.NoteText(w)},
		"sendNotifications": false, "isPrivate": a.private,
	}, false)
}

func (a *api) noted(ctx context.Context, w flowd.WriteBack) (found bool, err error) {
	const op = "look for the note"
	if w.Mark == "" {
		return false, connectors.ErrCannotLook
	}
	person, err := a.candidateID(ctx, op, w)
	if err != nil {
		return false, err
	}
	type note struct {
		Content string `json:"content"`
	}
	whole, err := pages(ctx, a, op, "candidate.listNotes", map[string]any{"candidateId": person}, func(page []note) bool {
		found = slices.ContainsFunc(page, func(n note) bool { return strings.Contains(n.Content, w.Mark) })
		return found
	})
	if err == nil && !whole {
		err = connectors.ErrCannotLook // too many notes to be sure
	}
	return found, err
}

// tag adds a tag, which is made if there is none of its name. To make one that is
// there returns it.
func (a *api) tag(ctx context.Context, w flowd.WriteBack) error {
	const op = "add the tag"
	title := strings.TrimSpace(w.Target)
	if title == "" {
		return fault.New(fault.Invalid, op, "the tag is empty")
	}
	person, err := a.candidateID(ctx, op, w)
	if err != nil {
		return err
	}
	of := func(all []titled) int {
		return slices.IndexFunc(all, func(t titled) bool { return !t.Archived && connectors.SameName(t.Title, title) })
	}
	all, err := a.allTags(ctx, op, func(all []titled) bool { return of(all) >= 0 })
	if err != nil {
		return err
	}
	var tag titled
	if i := of(all); i >= 0 {
		tag = all[i]
	} else if tag, err = ask[titled](ctx, a, op, "candidateTag.create", map[string]any{"title": title}); err != nil {
		return err
	}
	return a.change(ctx, op, "candidate.addTag", map[string]any{"candidateId": person, "tagId": tag.ID}, false)
}

func (a *api) tagged(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look for the tag"
	person, err := a.candidateID(ctx, op, w)
	if err != nil {
		return false, err
	}
	c, err := a.person(ctx, op, person)
	return err == nil && slices.ContainsFunc(c.Tags, func(t titled) bool { return connectors.SameName(t.Title, w.Target) }), err
}

// move changes the stage. Ashby does not ask which one is expected, so that is
// looked at right before.
func (a *api) move(ctx context.Context, w flowd.WriteBack) error {
	const op = "move the application"
	from, err := connectors.Leaving(op, w)
	if err != nil {
		return err
	}
	app, err := a.application(ctx, op, w.Application.ID)
	if err != nil {
		return err
	}
	if app.Stage == nil || !standsIn(app.Stage.normal(), from) {
		return connectors.StandsElsewhere(op, from)
	}
	to, err := a.stage(ctx, op, app.Stage.PlanID, w.Target)
	if err != nil || to.ID == app.Stage.ID {
		return err
	}
	in := map[string]any{"applicationId": app.ID, "interviewStageId": to.ID}
	if to.normal().Kind == "archived" {
		why, err := a.reason(ctx, op)
		if err != nil {
			return err
		}
		in["archiveReasonId"] = why.ID
	}
	return a.change(ctx, op, "application.changeStage", in, true)
}

// standsIn compares by id where both are known by one, else by name.
func standsIn(now, want flowd.Stage) bool {
	if want.ID != "" {
		return now.ID == want.ID
	}
	return connectors.SameName(now.Name, want.Name)
}

func (a *api) moved(ctx context.Context, w flowd.WriteBack) (bool, error) {
	const op = "look at the stage"
	app, err := a.application(ctx, op, w.Application.ID)
	if err != nil || app.Stage == nil {
		return false, err
	}
	return app.Stage.ID == w.Target || connectors.SameName(app.Stage.Title, w.Target), nil
}

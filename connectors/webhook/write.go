package webhook

import (
	"context"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// writeConfig says how each kind of thing is written to the system.
type writeConfig struct {
	Auth  *connectors.Auth `yaml:"auth"`
	Note  *stepConfig      `yaml:"note"`
	Tag   *stepConfig      `yaml:"tag"`
	Field *stepConfig      `yaml:"field"`
	Move  *stepConfig      `yaml:"move"`
	Link  *stepConfig      `yaml:"link"`
	Node  *strictyaml.Node `yaml:",node"`
}

// stepConfig is one call.
type stepConfig struct {
	requestConfig
	OK []int `yaml:"ok"`
	// Failed asks the answer whether it is a failure in spite of its status.
	Failed  *strictyaml.Node `yaml:"failed"`
	Written *lookConfig      `yaml:"written"`
	Node    *strictyaml.Node `yaml:",node"`
}

// lookConfig is the call that asks whether an earlier one took effect.
type lookConfig struct {
	requestConfig
	When *strictyaml.Node `yaml:"when,required"`
	Node *strictyaml.Node `yaml:",node"`
}

type requestConfig struct {
	Method  string           `yaml:"method" oneof:"GET POST PUT PATCH DELETE"`
	URL     *strictyaml.Node `yaml:"url,required"`
	Headers *strictyaml.Node `yaml:"headers"`
	Body    *strictyaml.Node `yaml:"body"`
}

// writer writes by the calls that the configuration spells out. It is immutable.
type writer struct {
	client *connectors.Client
	steps  map[flowd.ActionKind]*step
}

// step is one kind of write.
type step struct {
	request request
	ok      []int
	failed  *expression.WritingMapping
	look    *request
	when    *expression.WritingMapping
}

func (k *compiler) writer(cfg *writeConfig, c connectors.Common) *writer {
	if cfg == nil {
		return nil
	}
	if cfg.Node == nil {
		k.failed = true
		return nil
	}
	credential, err := cfg.Auth.Credential(c)
	if err != nil {
		k.failed = true
	}
	w := &writer{client: connectors.NewClient(credential, c.Roots), steps: map[flowd.ActionKind]*step{}}
	for kind, s := range map[flowd.ActionKind]*stepConfig{
		flowd.ActionNote: cfg.Note, flowd.ActionTag: cfg.Tag, flowd.ActionField: cfg.Field,
		flowd.ActionMove: cfg.Move, flowd.ActionLink: cfg.Link,
	} {
		if s != nil {
			w.steps[kind] = k.step(kind, s)
		}
	}
	if len(w.steps) == 0 && !k.failed {
		k.fail(cfg.Node, "write", "write says nothing that could be written", "add note:, tag:, field:, move: or link: with the call's url")
	}
	return w
}

func (k *compiler) step(kind flowd.ActionKind, cfg *stepConfig) *step {
	if cfg.Node == nil {
		k.failed = true
		return nil
	}
	s := &step{request: k.request(cfg.requestConfig, "POST"), ok: cfg.OK, failed: k.question(cfg.Failed)}
	if s.request.method == "GET" {
		k.fail(cfg.Node.Place("method"), "value", "GET only asks, and does not write", "write POST, PUT, PATCH or DELETE")
	}
	for _, status := range cfg.OK {
		if status < 200 || status > 499 || status == 401 || status == 403 || status == 429 {
			k.fail(cfg.Node.Place("ok"), "value", "ok holds a status that cannot mean success", "list statuses such as 200, 201, or 409 where it says that it is there already")
			break
		}
	}
	if kind != flowd.ActionTag && kind != flowd.ActionMove && !k.failed && !s.request.reads("text") {
		k.fail(cfg.Node, "write", "the call does not send ${text}", "put it where the system expects it, such as body: {text: \"${text}\"}")
	}
	if (kind == flowd.ActionTag || kind == flowd.ActionMove) && !k.failed && !s.request.reads("target") {
		k.fail(cfg.Node, "write", "the call does not send ${target}", "put it where the system expects it, such as body: {name: \"${target}\"}")
	}
	if cfg.Written != nil {
		look := k.request(cfg.Written.requestConfig, "GET")
		s.look, s.when = &look, k.question(cfg.Written.When)
	}
	return s
}

// Can implements connectors.Writer.
func (w *writer) Can(kind flowd.ActionKind) bool { return w.steps[kind] != nil }

// Write implements connectors.Writer.
func (w *writer) Write(ctx context.Context, wb flowd.WriteBack) error {
	s := w.steps[wb.Kind]
	op := "write by " + string(wb.Kind)
	if s == nil {
		return fault.New(fault.Invalid, op, "this source has no such call under write:")
	}
	in := values(wb)
	call, err := s.request.call(op, in)
	if err != nil {
		return err
	}
	call.Writes, call.Moves, call.OK = true, wb.Kind == flowd.ActionMove, s.ok
	reply, err := w.client.Do(ctx, call)
	if err != nil || s.failed == nil {
		return err
	}
	// The system says in the body what its status does not.
	failed, err := ask(s.failed, in, reply)
	switch {
	case err != nil:
		return fault.New(fault.Uncertain, op, "failed: %v", err)
	case failed:
		return fault.New(fault.Invalid, op, "the answer says that it failed")
	}
	return nil
}

// Written implements connectors.Writer.
func (w *writer) Written(ctx context.Context, wb flowd.WriteBack) (bool, error) {
	s := w.steps[wb.Kind]
	if s == nil || s.look == nil {
		return false, connectors.ErrCannotLook
	}
	op := "look for " + string(wb.Kind)
	in := values(wb)
	call, err := s.look.call(op, in)
	if err != nil {
		return false, err
	}
	reply, err := w.client.Do(ctx, call)
	if err != nil {
		return false, err
	}
	written, err := ask(s.when, in, reply)
	if err != nil {
		return false, fault.New(fault.Unavailable, op, "written.when: %v", err)
	}
	return written, nil
}

// values are what templates may name of a write-back. What is empty is missing.
func values(w flowd.WriteBack) expression.Writing {
	app, from, text := w.Application, w.From, w.Text
	if from.IsZero() {
		from = app.Stage // the last one known
	}
	if w.Kind == flowd.ActionNote {
		text = connectors.NoteText(w)
	}
	return expression.Writing{
		Application: map[string]any{"id": some(connectors.RealID(app.ID, app.OriginalID)), "url": some(app.URL)},
		Candidate:   map[string]any{"id": some(connectors.RealID(app.Candidate.ID, app.Candidate.OriginalID))},
		Job:         map[string]any{"id": some(app.Job.ID), "name": some(app.Job.Name)},
		Stage:       some(app.Stage.Name), StageID: some(app.Stage.ID), From: some(from.Name), FromID: some(from.ID),
		Target: some(w.Target), Text: some(text), Mark: some(w.Mark), Key: some(string(w.Key)),
	}
}

func some(text string) any {
	if text == "" {
		return nil
	}
	return text
}

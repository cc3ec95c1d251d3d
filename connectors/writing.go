package connectors

import (
	"context"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// WriteSection says how each kind of thing is written to a system, one call each.
type WriteSection struct {
	Auth  *Auth            `yaml:"auth"`
	Note  *stepSection     `yaml:"note"`
	Tag   *stepSection     `yaml:"tag"`
	Field *stepSection     `yaml:"field"`
	Move  *stepSection     `yaml:"move"`
	Link  *stepSection     `yaml:"link"`
	Node  *strictyaml.Node `yaml:",node"`
}

// stepSection is one call.
type stepSection struct {
	RequestSection
	OK []int `yaml:"ok"`
	// Failed asks the answer whether it is a failure in spite of its status.
	Failed *strictyaml.Node `yaml:"failed"`
	// Expects is what must be so right before the call, for a system that would move
	// whom somebody else moved meanwhile.
	Expects *lookSection     `yaml:"expects"`
	Written *lookSection     `yaml:"written"`
	Node    *strictyaml.Node `yaml:",node"`
}

// lookSection is a call that asks a yes-or-no question.
type lookSection struct {
	RequestSection
	When *strictyaml.Node `yaml:"when,required"`
	Node *strictyaml.Node `yaml:",node"`
}

// writing writes by the calls that the configuration spells out. It is
// immutable.
type writing struct {
	client *Client
	steps  map[flowd.ActionKind]*step
}

// step is one kind of write.
type step struct {
	request          *Request
	ok               []int
	failed           *expression.Mapping
	expects, written *look
}

// look is a question that the system answers.
type look struct {
	request *Request
	when    *expression.Mapping
}

// Writer compiles the section; nil where there is none. It calls with the
// client, or with a credential of its own where the section has one.
func (k *Compiler) Writer(cfg *WriteSection, client *Client, c Common) Writer {
	if cfg == nil {
		return nil
	}
	if cfg.Node == nil {
		k.failed = true
		return nil
	}
	if cfg.Auth != nil || client == nil {
		credential, err := cfg.Auth.Credential(c)
		if err != nil {
			k.failed = true
		}
		client = NewClient(credential, c.Roots)
	}
	w := &writing{client: client, steps: map[flowd.ActionKind]*step{}}
	for kind, s := range map[flowd.ActionKind]*stepSection{
		flowd.ActionNote: cfg.Note, flowd.ActionTag: cfg.Tag, flowd.ActionField: cfg.Field,
		flowd.ActionMove: cfg.Move, flowd.ActionLink: cfg.Link,
	} {
		if s != nil {
			w.steps[kind] = k.step(kind, s)
		}
	}
	if len(w.steps) == 0 && !k.failed {
		k.Fail(cfg.Node, "write", "write says nothing that could be written", "add note:, tag:, field:, move: or link: with the call's url")
	}
	return w
}

func (k *Compiler) step(kind flowd.ActionKind, cfg *stepSection) *step {
	if cfg.Node == nil {
		k.failed = true
		return nil
	}
	s := &step{request: k.Request(cfg.RequestSection, "POST", expression.OfWriting), ok: cfg.OK, failed: k.Mapping(cfg.Failed, expression.OfWriting)}
	if s.request.Method == "GET" {
		k.Fail(cfg.Node.Place("method"), "value", "GET only asks, and does not write", "write POST, PUT, PATCH or DELETE")
	}
	for _, status := range cfg.OK {
		if status < 200 || status > 499 || status == 401 || status == 403 || status == 429 {
			k.Fail(cfg.Node.Place("ok"), "value", "ok holds a status that cannot mean success", "list statuses such as 200, 201, or 409 where it says that it is there already")
			break
		}
	}
	if kind != flowd.ActionTag && kind != flowd.ActionMove && !k.failed && !s.request.Reads("text") {
		k.Fail(cfg.Node, "write", "the call does not send ${text}", "put it where the system expects it, such as body: {text: \"${text}\"}")
	}
	if (kind == flowd.ActionTag || kind == flowd.ActionMove) && !k.failed && !s.request.Reads("target") {
		k.Fail(cfg.Node, "write", "the call does not send ${target}", "put it where the system expects it, such as body: {name: \"${target}\"}")
	}
	s.expects, s.written = k.look(cfg.Expects), k.look(cfg.Written)
	return s
}

func (k *Compiler) look(cfg *lookSection) *look {
	if cfg == nil {
		return nil
	}
	return &look{k.Request(cfg.RequestSection, "GET", expression.OfWriting), k.Mapping(cfg.When, expression.OfWriting)}
}

// Can implements Writer.
func (w *writing) Can(kind flowd.ActionKind) bool { return w.steps[kind] != nil }

// Write implements Writer.
func (w *writing) Write(ctx context.Context, wb flowd.WriteBack) error {
	s := w.steps[wb.Kind]
	op := "write by " + string(wb.Kind)
	if s == nil {
		return fault.New(fault.Invalid, op, "this source has no such call under write:")
	}
	in := written(wb)
	call, err := s.request.Call(op, in)
	if err != nil {
		return err
	}
	if s.expects != nil {
		switch so, err := w.ask(ctx, op, "expects", s.expects, written(wb)); {
		case err != nil:
			return err
		case !so:
			return fault.New(fault.Conflict, op, "the application stands otherwise than expected")
		}
	}
	call.Writes, call.Moves, call.OK = true, wb.Kind == flowd.ActionMove, s.ok
	reply, err := w.client.Do(ctx, call)
	if err != nil || s.failed == nil {
		return err
	}
	// The system says in the body what its status does not.
	failed, err := answered(s.failed, in, reply)
	switch {
	case err != nil:
		return fault.New(fault.Uncertain, op, "failed: %v", err)
	case failed:
		return fault.New(fault.Invalid, op, "the answer says that it failed")
	}
	return nil
}

// Written implements Writer.
func (w *writing) Written(ctx context.Context, wb flowd.WriteBack) (bool, error) {
	s := w.steps[wb.Kind]
	if s == nil || s.written == nil {
		return false, ErrCannotLook
	}
	return w.ask(ctx, "look for "+string(wb.Kind), "written", s.written, written(wb))
}

// ask makes the call of a look and puts its question to the answer.
func (w *writing) ask(ctx context.Context, op, key string, l *look, in *expression.Input) (bool, error) {
	call, err := l.request.Call(op, in)
	if err != nil {
		return false, err
	}
	reply, err := w.client.Do(ctx, call)
	if err != nil {
		return false, err
	}
	so, err := answered(l.when, in, reply)
	if err != nil {
		return false, fault.New(fault.Unavailable, op, "%s.when: %v", key, err)
	}
	return so, nil
}

// answered puts a yes-or-no question to an answer.
func answered(m *expression.Mapping, in *expression.Input, reply Reply) (bool, error) {
	var err error
	if in.Body, err = DecodeAny(reply.Body); err != nil {
		return false, err
	}
	return Ask(m, in)
}

// written are the values that templates may name of a write-back. What is empty
// is missing.
func written(w flowd.WriteBack) *expression.Input {
	app, from, text := w.Application, w.From, w.Text
	if from.IsZero() {
		from = app.Stage // the last one known
	}
	if w.Kind == flowd.ActionNote {
		text = NoteText(w)
	}
	return &expression.Input{
		Application: map[string]any{"id": some(RealID(app.ID, app.OriginalID)), "url": some(app.URL)},
		Candidate:   map[string]any{"id": some(RealID(app.Candidate.ID, app.Candidate.OriginalID))},
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

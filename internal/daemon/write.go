package daemon

import (
	"context"
	"errors"
	"fmt"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/fault"
)

// writer carries out what is written to an ATS, by the source that can. It is
// the engine's driver for those kinds.
type writer struct {
	sources func() []connectors.Source
}

// fetcher asks how an application stands, by its source as it is configured now.
type fetcher struct {
	sources func() []connectors.Source
	first   connectors.Source // as it was at the start
}

// Fetch implements engine.Fetcher.
func (f fetcher) Fetch(ctx context.Context, application string) (flowd.Application, error) {
	by := f.first.Fetcher
	for _, s := range f.sources() {
		if s.Name == f.first.Name && s.Fetcher != nil {
			by = s.Fetcher
		}
	}
	return by.Fetch(ctx, application)
}

// Perform implements engine.Driver.
func (w writer) Perform(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error) {
	to, back, err := w.prepare(a, of)
	if err != nil {
		return flowd.Outcome{}, err
	}
	if err := to.Write(ctx, back); err != nil {
		return flowd.Outcome{}, err
	}
	out := flowd.Outcome{State: flowd.Done}
	if back.Kind != a.Kind {
		out.Detail = "written as a note: the source has no way for " + string(a.Kind)
	}
	return out, nil
}

// Find implements engine.Driver.
func (w writer) Find(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Interview, bool, error) {
	to, back, err := w.prepare(a, of)
	if err != nil {
		return flowd.Interview{}, false, err
	}
	there, err := to.Written(ctx, back)
	switch {
	case errors.Is(err, connectors.ErrCannotLook) && back.Kind != a.Kind:
		err = engine.ErrTwice
	case errors.Is(err, connectors.ErrCannotLook):
		err = engine.ErrCannotLook
	}
	return flowd.Interview{}, there, err
}

// prepare finds who writes, and what. What a source has no way for becomes a
// note that says it, but for a move: a note is no move.
func (w writer) prepare(a flowd.Action, of flowd.Application) (connectors.Writer, flowd.WriteBack, error) {
	back := flowd.WriteBack{Key: a.Key, Mark: a.Key.Short(), Kind: a.Kind, Application: of, Target: a.Target, Text: a.Text, From: a.Stage}
	var note connectors.Writer
	for _, s := range w.sources() {
		if s.ATS != a.ATS || s.Writer == nil {
			continue
		}
		if s.Writer.Can(a.Kind) {
			return s.Writer, back, nil
		}
		if note == nil && s.Writer.Can(flowd.ActionNote) {
			note = s.Writer
		}
	}
	if note == nil || a.Kind == flowd.ActionMove {
		return nil, back, fault.New(fault.Invalid, "write to the ATS", "no source of %s has a way for %s", a.ATS, a.Kind)
	}
	back.Kind, back.Text = flowd.ActionNote, asNote(a)
	return note, back, nil
}

// asNote is what a tag, a field or a link says where there is only room for a
// note.
func asNote(a flowd.Action) string {
	text := fmt.Sprintf("%s: %s", a.Target, a.Text)
	if a.Text == "" {
		text = a.Target
	}
	return text + "\n[flowd " + a.Key.Short() + "]"
}

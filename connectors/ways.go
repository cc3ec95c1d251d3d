package connectors

import (
	"context"

	"flowd"
	"flowd/internal/fault"
)

// Ways are what a system can be written to by, kind by kind. They implement
// Writer.
type Ways map[flowd.ActionKind]Way

// Way is one kind of write: Write and Written of Writer for this kind alone.
type Way struct {
	Write   func(ctx context.Context, w flowd.WriteBack) error
	Written func(ctx context.Context, w flowd.WriteBack) (bool, error)
}

// Fields adds custom fields, and links where there is a field that takes them.
// Set and is are told the field by its name.
func (s Ways) Fields(linkField string, set func(ctx context.Context, op string, w flowd.WriteBack, name string) error, is func(ctx context.Context, op string, w flowd.WriteBack, name string) (bool, error)) {
	s[flowd.ActionField] = Way{
		Write: func(ctx context.Context, w flowd.WriteBack) error { return set(ctx, "set the field", w, w.Target) },
		Written: func(ctx context.Context, w flowd.WriteBack) (bool, error) {
			return is(ctx, "look at the field", w, w.Target)
		},
	}
	if linkField == "" {
		return
	}
	s[flowd.ActionLink] = Way{
		Write: func(ctx context.Context, w flowd.WriteBack) error { return set(ctx, "write the link", w, linkField) },
		Written: func(ctx context.Context, w flowd.WriteBack) (bool, error) {
			return is(ctx, "look for the link", w, linkField)
		},
	}
}

// Can implements Writer.
func (s Ways) Can(kind flowd.ActionKind) bool { return s[kind].Write != nil }

// Write implements Writer.
func (s Ways) Write(ctx context.Context, w flowd.WriteBack) error {
	if !s.Can(w.Kind) {
		return fault.New(fault.Invalid, "write", "this source cannot write %s", w.Kind)
	}
	return s[w.Kind].Write(ctx, w)
}

// Written implements Writer.
func (s Ways) Written(ctx context.Context, w flowd.WriteBack) (bool, error) {
	if !s.Can(w.Kind) {
		return false, ErrCannotLook
	}
	return s[w.Kind].Written(ctx, w)
}

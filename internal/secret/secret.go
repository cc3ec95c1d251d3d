// Package secret holds credentials so that they cannot be printed, and reads
// them from where an operator keeps them: an environment variable or a file,
// never a configuration's own text.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every way of printing a Value gives.
const Redacted = "[secret]"

// Value is a credential. It prints as Redacted through fmt with any verb, as
// JSON, YAML or text, and through zerolog and slog. The zero Value is empty.
// It is immutable and safe for concurrent use.
//
// The text stands behind a pointer because fmt calls no methods on unexported
// fields: a Value in one prints as an address.
type Value struct{ text *string }

// New wraps a text that is already in the program, as in tests and
// demonstrations. A configuration reads through Source.
func New(text string) Value { return Value{&text} }

// Reveal returns the credential itself, to be used and not kept or logged.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether there is no credential, or an empty one.
func (v Value) IsZero() bool { return v.Reveal() == "" }

// Equal compares in constant time.
func (v Value) Equal(w Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(w.Reveal())) == 1
}

// String returns Redacted.
func (v Value) String() string { return Redacted }

// GoString returns Redacted.
func (v Value) GoString() string { return Redacted }

// Format writes Redacted for every verb, %x and %q included.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Redacted) } // fmt.State reports no errors

// MarshalText returns Redacted.
func (v Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON returns Redacted; zerolog's Interface and Any go this way.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalYAML returns Redacted.
func (v Value) MarshalYAML() (any, error) { return Redacted, nil }

// LogValue returns Redacted to slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(Redacted) }

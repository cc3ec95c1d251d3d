// Package fault is the one small vocabulary for what went wrong when talking to
// another system. A kind decides how a call is repeated and is the label under
// which it is counted; the words beside it are for people.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind classifies a fault by what is to be done about it.
type Kind string

// The kinds. Uncertain is the third answer next to yes and no: the call may
// have taken effect.
const (
	Invalid      Kind = "invalid"      // the request itself is wrong; repeating cannot help
	NotFound     Kind = "not_found"    // what it names does not exist there
	NotReady     Kind = "not_ready"    // what it names exists and does not accept this now
	Unauthorized Kind = "unauthorized" // the key is refused
	Conflict     Kind = "conflict"     // it exists already
	Quota        Kind = "quota"        // an allowance of the period is used up
	RateLimited  Kind = "rate_limited" // too fast; nothing happened
	Unavailable  Kind = "unavailable"  // a passing fault; nothing happened
	Uncertain    Kind = "uncertain"    // it may have taken effect
	Unknown      Kind = "unknown"      // an answer this version does not know
	Internal     Kind = "internal"     // a fault of ours
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Invalid, NotFound, NotReady, Unauthorized, Conflict, Quota,
		RateLimited, Unavailable, Uncertain, Unknown, Internal}
}

// Error is a classified fault. Its text holds no secret and no personal data,
// so it can be logged and stored.
type Error struct {
	Kind Kind
	Op   string // what was being done, such as "invite"
	Text string // what is wrong and what to do, in words
	// RetryAfter is the far side's own wish; zero when it has none.
	RetryAfter time.Duration
	RequestID  string // the far side's id of the call, for its support
	Err        error  // the cause, or nil
}

// New returns a classified fault.
func New(kind Kind, op, format string, args ...any) *Error {
	return &Error{Kind: kind, Op: op, Text: fmt.Sprintf(format, args...)}
}

// Wrap classifies a cause. The cause's own text becomes part of the error's:
// it must not hold personal data.
func Wrap(kind Kind, op string, err error) *Error {
	return &Error{Kind: kind, Op: op, Err: err}
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Op
	if e.Text != "" {
		s += ": " + e.Text
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first classified fault in err's chain, or
// Internal for an error that nobody classified. It is "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is tells whether err is a fault of this kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// RetryAfter returns the far side's wish in err's chain, or zero.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

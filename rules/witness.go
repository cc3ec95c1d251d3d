package rules

import (
	"reflect"
	"strings"
	"time"

	"flowd"
)

// alwaysKnown are the members that every event has, whatever its source.
var alwaysKnown = map[string]bool{
	"event.type": true, "event.source": true, "event.ats": true, "event.at": true,
	"stage": true, "from": true, "application.id": true, "application.stage": true, "application.alternative": true,
	"interview.id": true, "interview.status": true, "interview.ours": true, "interview.again": true,
}

// fromSource tells whether a member has to be told by the event's source; the
// others flowd knows itself, or Hireflix tells.
func fromSource(member string) bool {
	return !alwaysKnown[member] && !strings.HasPrefix(member, "interview.") && !linkMembers[member]
}

// witness is one event as conditions are asked about it.
type witness struct {
	env      environment
	supplies func(member string) bool // by the event's source
	app      flowd.Application
}

// unknown is the first of the members that nobody told of this event, or "": to
// go on with an empty value there would be to guess.
func (w *witness) unknown(members []string) string {
	for _, m := range members {
		switch {
		case alwaysKnown[m], linkMembers[m]:
		case !fromSource(m):
			if isZero(w.env, m) {
				return m
			}
		case m == "application.age" || m == "application.applied_at":
			if w.app.AppliedAt.IsZero() {
				return m
			}
		case m == "candidate.can_email" || m == "candidate.is_internal":
			told := w.app.Candidate.CanEmail
			if m == "candidate.is_internal" {
				told = w.app.Candidate.IsInternal
			}
			if told == nil && !w.supplies(m) {
				return m // their defaults stand in for a source that tells, no other
			}
		case !w.supplies(m) && isZero(w.env, m):
			return m
		}
	}
	return ""
}

// isBlank tells whether a text or time has no value; a list or number may be
// nothing.
func isBlank(env environment, member string) bool {
	switch v := valueOf(env, member); {
	case !v.IsValid():
		return false
	case v.Kind() == reflect.String:
		return strings.TrimSpace(v.String()) == ""
	default:
		_, isTime := v.Interface().(time.Time)
		return isTime && v.IsZero()
	}
}

// isZero tells whether the member has no value. Another source of the same ATS
// may have told it.
func isZero(env environment, member string) bool {
	v := valueOf(env, member)
	return !v.IsValid() || v.IsZero()
}

// valueOf is the member's value; the invalid one where there is no such member.
func valueOf(env environment, member string) reflect.Value {
	v := reflect.ValueOf(env)
	for name := range strings.SplitSeq(member, ".") {
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		found := reflect.Value{}
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("expr") == name {
				found = v.Field(i)
				break
			}
		}
		if v = found; !v.IsValid() {
			return v
		}
	}
	return v
}

package state

import (
	"fmt"
	"slices"
	"time"
)

// Uses are the invites that count against the caps, without the one in question:
// those that went out, may have, or are under way.
type Uses struct {
	Hour, Day int
	Person    []time.Time // when this person's were
}

// Add counts what went out, or may have, at one time; zero is nothing.
func (u *Uses) Add(sent time.Time, person bool, now time.Time) {
	if within(sent, time.Hour, now) {
		u.Hour++
	}
	if within(sent, 24*time.Hour, now) {
		u.Day++
	}
	if person && !sent.IsZero() {
		u.Person = append(u.Person, sent)
	}
}

// Drop takes one out again that Add counted.
func (u *Uses) Drop(sent time.Time, now time.Time) {
	var one Uses
	one.Add(sent, false, now)
	u.Hour -= one.Hour
	u.Day -= one.Day
}

// Barred is what stands in the way of one more invite. The zero value is
// nothing.
type Barred struct {
	Cap   string    // in words: the bound on all invites that is reached
	Until time.Time // how long the person has to wait
}

// Any tells whether the caps bound anything at all.
func (c Caps) Any() bool { return c.PerHour != nil || c.PerDay != nil || c.PerPerson != nil }

// Bar tells what stands in the way.
func (c Caps) Bar(u Uses, now time.Time) Barred {
	switch {
	case c.PerHour != nil && u.Hour >= *c.PerHour:
		return Barred{Cap: fmt.Sprintf("at most %d in an hour", *c.PerHour)}
	case c.PerDay != nil && u.Day >= *c.PerDay:
		return Barred{Cap: fmt.Sprintf("at most %d in a day", *c.PerDay)}
	case c.PerPerson == nil:
		return Barred{}
	}
	var recent []time.Time
	for _, t := range u.Person {
		if within(t, c.PersonSpan, now) {
			recent = append(recent, t)
		}
	}
	switch {
	case len(recent) < *c.PerPerson:
		return Barred{}
	case *c.PerPerson <= 0:
		return Barred{Until: now.Add(max(c.PersonSpan, time.Minute))}
	}
	slices.SortFunc(recent, time.Time.Compare)
	return Barred{Until: recent[len(recent)-*c.PerPerson].Add(c.PersonSpan)}
}

// within tells whether t lies in the span that ends now; its start is outside.
func within(t time.Time, span time.Duration, now time.Time) bool {
	return !t.IsZero() && t.After(now.Add(-span))
}

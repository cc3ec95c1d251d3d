package notify

import (
	"fmt"
	"strings"
	"time"
)

// DigestData is all that a digest says. It holds no personal data: counts,
// reasons in words, and the names of rules, sources, jobs and positions.
type DigestData struct {
	Owner string
	// Since is when the period began that the first counts are of.
	Since  time.Time
	DryRun bool
	// Of the period.
	Invited, Finished, LeftOut int
	LeftOutWhy                 []Tally
	// As it stands.
	Waiting, Held, Failed         int
	WaitingWhy, HeldWhy, FailWhy  []Tally
	SentButUnchecked, Undecidable int // sent? (being checked); deliveries nobody could read
	Quota                         Quota
	Stops                         []Stop
	Sources                       []Source
	Todo                          []Todo
	// Unmapped are the jobs without a row at whose mapped stage people stand, with how
	// many; MoreUnmapped counts the open jobs where nobody does. Dangling are the
	// owner's rows that lead to nothing, each with its place.
	Unmapped     []Tally
	MoreUnmapped int
	Dangling     []string
	// Running is since when flowd runs; Backup when the state was last copied.
	Running, Backup time.Time
	Zone            *time.Location // of the times; nil is UTC
}

// Tally is how many there are of something, in words.
type Tally struct {
	What string
	N    int
}

// Quota is what is known of the account's invites of the period. Hireflix tells
// no number, so Limit is what the operator has said, or 0.
type Quota struct {
	Used, Limit int
	RunsOut     time.Time // by the pace of late; zero when it lasts
	Stopped     bool
}

// Stop is a pause in force.
type Stop struct {
	What    string // "everything", or a rule
	Why     string
	Since   time.Time
	Command string
}

// Source is one source and when it last brought something.
type Source struct {
	Name    string
	Last    time.Time // zero: never
	Overdue bool
}

// Todo is what waits for a person, with what to type.
type Todo struct {
	What    string
	N       int
	Command string
}

// Digest is the message of a working morning. It is complete when nothing has
// happened, too: that it comes is the proof that flowd is alive.
func Digest(d DigestData, now time.Time) Message {
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	now = now.In(d.Zone)
	w := &sheet{now: now}
	w.since(d)
	w.stands(d)
	w.todo(d.Todo)
	w.theMap(d)
	w.stops(d.Stops)
	w.quota(d.Quota)
	w.sources(d.Sources)
	w.alive(d)
	return Message{
		Key:     "digest-" + now.Format(time.DateOnly) + "-" + d.Owner,
		Owner:   d.Owner,
		Subject: subject(d, now),
		Text:    strings.TrimRight(w.String(), "\n"),
		Table:   true,
	}
}

// subject says what matters in a list of mails.
func subject(d DigestData, now time.Time) string {
	var parts []string
	if len(d.Stops) > 0 {
		parts = append(parts, "STOPPED")
	}
	for _, s := range d.Sources {
		if s.Overdue {
			parts = append(parts, "a source is silent")
			break
		}
	}
	if n := needs(d.Todo) + len(d.Unmapped) + len(d.Dangling); n > 0 {
		parts = append(parts, fmt.Sprintf("%d for a person", n))
	}
	parts = append(parts, fmt.Sprintf("%d invited, %d finished", d.Invited, d.Finished))
	text := "flowd, " + now.Format("Monday 2 January") + ": " + strings.Join(parts, ", ")
	if d.DryRun {
		text += " (dry run)"
	}
	return text
}

func needs(all []Todo) (n int) {
	for _, t := range all {
		n += t.N
	}
	return n
}

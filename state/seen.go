package state

import (
	"strings"
	"time"

	"flowd"
)

// Sight is where a snapshot of an application came from.
type Sight struct {
	Source, ATS string
	// Baseline is when the source was polled for the first time; zero while that
	// very poll is taken in. Its snapshots are recorded and make no events.
	Baseline time.Time
}

// Moves turns a snapshot into the events that lead to it from what is known. It
// returns none for a baseline, for what is known already, and for what a hook
// has overtaken; the snapshot is to be recorded all the same (see Record).
//
// An application never heard of counts as new only when the source says that it
// was made after the baseline; otherwise it had been out of the poll's sight,
// and standing somewhere is not a move.
func (k Known) Moves(seen flowd.Application, s Sight, now time.Time) []flowd.Event {
	if s.Baseline.IsZero() || k.Changed.After(now) {
		return nil
	}
	var types []flowd.EventType
	known := !k.Changed.IsZero()
	if !known {
		if !seen.AppliedAt.After(s.Baseline) {
			return nil
		}
		types = append(types, flowd.ApplicationCreated)
	}
	if !seen.Stage.IsZero() && (k.Application.Stage.IsZero() || !seen.Stage.Same(k.Application.Stage)) {
		types = append(types, flowd.StageEntered)
	}
	if t := turned(k.Application.Status, seen.Status); t != "" {
		types = append(types, t)
	}
	events := make([]flowd.Event, 0, len(types))
	for _, t := range types {
		ev := flowd.Event{
			Key: seenKey(t, s.ATS, seen, now), Source: s.Source, ATS: s.ATS, Type: t,
			Via: flowd.ViaUnknown, Application: seen, Stage: seen.Stage,
		}
		if t == flowd.ApplicationCreated {
			ev.At = seen.AppliedAt
		}
		events = append(events, ev)
	}
	return events
}

// Record merges a snapshot that made no events.
func (k *Known) Record(seen flowd.Application, now time.Time) {
	seen.AppliedAt = Instant(seen.AppliedAt)
	if !seen.Stage.IsZero() && !seen.Stage.Same(k.Application.Stage) && !k.Changed.After(now) {
		k.Entered = Instant(now)
	}
	if k.Changed.After(now) {
		k.Application = merge(k.Application, seen, true)
	} else {
		k.Application = Merge(k.Application, seen)
	}
	if k.Changed.IsZero() {
		k.Changed = Instant(now)
	}
}

// turned names the change from one status to another; "" when there is none.
func turned(from, to flowd.Status) flowd.EventType {
	if to == "" || to == from {
		return ""
	}
	switch to {
	case flowd.StatusRejected:
		return flowd.ApplicationRejected
	case flowd.StatusWithdrawn:
		return flowd.ApplicationWithdrawn
	case flowd.StatusHired:
		return flowd.ApplicationHired
	case flowd.StatusActive:
		if from != "" {
			return flowd.ApplicationReopened
		}
	}
	return ""
}

// seenKey is the key of an event that a snapshot made: of the ATS, not of the
// source, so that two polls of one system agree. A snapshot does not say when
// the stage was entered; it is the time it was seen there first.
func seenKey(t flowd.EventType, ats string, app flowd.Application, now time.Time) string {
	return strings.Join([]string{
		"seen", ats, app.ID, string(t), app.Stage.Key(), now.UTC().Format(time.RFC3339Nano),
	}, "\x00")
}

package state

import (
	"strings"
	"time"

	"flowd"
)

// Sight is where a snapshot of an application came from.
type Sight struct {
	Source, ATS string
	// Baseline is when the source was polled for the first time, and Complete when
	// a poll of it last came to its end; zero before.
	Baseline, Complete time.Time
	// Anew tells that the poll shows how things stand and not what happened.
	Anew bool
	flowd.Polled
}

// Sights is how the snapshots of a batch were seen, beside what is remembered of
// its source.
func Sights(b flowd.Batch, baseline, complete, now time.Time) Sight {
	s := Sight{Source: b.Source, ATS: b.ATS, Baseline: baseline, Complete: complete, Anew: b.Baseline, Polled: b.Polled}
	if s.Asked.IsZero() || s.Asked.After(now) {
		s.Asked = now
	}
	s.Asked = Instant(s.Asked)
	return s
}

// Change is an event that a snapshot led to, and what it is when nothing else is
// known against it.
type Change struct {
	flowd.Event
	Novelty flowd.Novelty
}

// Moves turns a snapshot into the events that lead to it from what is known. It
// returns none for what is known already and for what a hook has overtaken; the
// snapshot is to be recorded all the same (see Record).
//
// An application never heard of counts as new only when the source says that it
// was made after the baseline; otherwise it had been out of the poll's sight,
// and standing somewhere is not a move.
func (k Known) Moves(seen flowd.Snapshot, s Sight) []Change {
	if k.Changed.After(s.Asked) || k.erased(seen, s) {
		return nil
	}
	known := !k.Changed.IsZero()
	gone := seen.Status != "" && seen.Status != flowd.StatusActive
	if !known && gone {
		return nil // nobody to invite, and nothing is owed that could end
	}
	seen.Stage = k.stage(seen, s)
	novelty := k.newness(seen, s)
	var changes []Change
	add := func(t flowd.EventType, at time.Time, n flowd.Novelty) {
		if at.Before(k.Changed) || known && at.Equal(k.Entered) {
			at = time.Time{} // by another clock, or cut off: the snapshot itself is newer than all that is known
		}
		changes = append(changes, Change{Novelty: n, Event: flowd.Event{
			Key: seenKey(t, s.ATS, seen, at, s.Asked), Source: s.Source, ATS: s.ATS, Type: t, At: at,
			Received: s.Asked, Via: flowd.ViaUnknown, Application: seen.Application, Stage: seen.Stage,
		}})
	}
	if !known && novelty == flowd.Fresh && !seen.AppliedAt.IsZero() {
		add(flowd.ApplicationCreated, seen.AppliedAt, novelty)
	}
	if !seen.Stage.IsZero() && (k.Application.Stage.IsZero() || !seen.Stage.Same(k.Application.Stage)) {
		add(flowd.StageEntered, seen.Entered, novelty)
	}
	if t := turned(k.Application.Status, seen.Status); t != "" {
		add(t, time.Time{}, flowd.Fresh) // what ends an application ends it whenever it is heard of
	}
	return changes
}

// erasing is how long a system may go on showing whom it erased: in a page that
// was asked for before, or in a list that is made now and then.
const erasing = time.Hour

// erased tells whether a snapshot is of somebody who was erased, so that nothing
// of it may be kept. Who is shown as active for longer is back.
func (k Known) erased(seen flowd.Snapshot, s Sight) bool {
	return k.Application.Status == flowd.StatusDeleted &&
		(seen.Status != flowd.StatusActive || !s.Asked.After(k.Told.Add(erasing)))
}

// stage is where the application stands: where the page shows it, unless that was
// asked for before somebody told of the stage that is known. By the time of what
// was told this does not always show: its clock may be behind.
func (k Known) stage(seen flowd.Snapshot, s Sight) flowd.Stage {
	if k.Told.After(s.Asked) && !seen.Entered.After(k.Entered) {
		return k.Application.Stage
	}
	return seen.Stage
}

// newness is what standing in another stage than the one that is known means.
func (k Known) newness(seen flowd.Snapshot, s Sight) flowd.Novelty {
	first := k.Changed.IsZero()
	born := first && !s.Baseline.IsZero() && seen.AppliedAt.After(s.Baseline)
	entered := seen.Entered
	if first && entered.IsZero() {
		entered = seen.AppliedAt
	}
	switch {
	case !born && (first || s.Complete.IsZero() || s.Anew):
		if !s.FirstSeen || entered.IsZero() {
			return flowd.Baseline
		}
	case entered.IsZero():
		entered = s.Complete // since then, and nobody knows when
	}
	if !entered.IsZero() && entered.Before(s.Since) {
		return flowd.Stale
	}
	return flowd.Fresh
}

// Record merges a snapshot that made no events.
func (k *Known) Record(seen flowd.Snapshot, s Sight) {
	if k.erased(seen, s) {
		return
	}
	app := seen.Application
	app.AppliedAt = Instant(app.AppliedAt)
	if k.Changed.After(s.Asked) {
		k.Application = merge(k.Application, app, true)
		return
	}
	app.Stage = k.stage(seen, s)
	if !app.Stage.IsZero() && !app.Stage.Same(k.Application.Stage) {
		k.Entered, k.Told = s.Asked, s.Asked
	}
	k.Application = Merge(k.Application, app)
	if k.Changed.IsZero() {
		k.Changed = s.Asked
	}
}

// As is the novelty of an event that was admitted: what a poll says of it counts
// where nothing that is known speaks against its being news.
func As(admitted, said flowd.Novelty) flowd.Novelty {
	if admitted == flowd.Fresh {
		return said
	}
	return admitted
}

// Told is the novelty that a poll gives an event of its own.
func (s Sight) Told(ev flowd.Event) flowd.Novelty {
	if ev.Type == flowd.StageEntered && !ev.At.IsZero() && ev.At.Before(s.Since) {
		return flowd.Stale
	}
	return flowd.Fresh
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
// source, so that two polls of one system agree. Where the source does not say
// when it was, it is when the snapshot was asked for.
func seenKey(t flowd.EventType, ats string, seen flowd.Snapshot, at, asked time.Time) string {
	if at.IsZero() {
		at = asked
	}
	return strings.Join([]string{
		"seen", ats, seen.ID, string(t), seen.Stage.Key(), at.UTC().Format(time.RFC3339Nano),
	}, "\x00")
}

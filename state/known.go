package state

import (
	"slices"
	"time"

	"flowd"
)

// Known is what a store remembers of one application between its events. The
// zero value is an application never heard of.
type Known struct {
	// Application is merged from every event so far. Its stage is the one
	// entered last, as stage.entered events and snapshots tell; what other events
	// say of a stage is not a move and leaves it alone.
	Application flowd.Application
	// Changed is when the latest known change happened, never later than it was
	// heard of, so that a sender's wrong clock cannot bar what follows.
	Changed time.Time
	// Entered is when the application entered its stage, in the same way; zero
	// where that was long ago.
	Entered time.Time
	// Told is when it was heard of that it did, or that the person was erased, by
	// flowd's clock.
	Told time.Time
}

// Admit merges an event into what is known and returns it as it is stored: with
// From, Received and the application's missing parts filled in. It is the one
// place that decides an event's novelty. Where Received is set, what the event
// tells is no newer than that.
func (k *Known) Admit(ev flowd.Event, now time.Time) (flowd.Event, flowd.Facts) {
	now = Instant(now)
	told := now
	if !ev.Received.IsZero() {
		told = earlier(Instant(ev.Received), now)
	}
	happened := told
	if !ev.At.IsZero() {
		happened = earlier(Instant(ev.At), told)
	}
	ev.At, ev.Received = Instant(ev.At), now
	ev.Application.AppliedAt = Instant(ev.Application.AppliedAt)
	ev.Interview = instants(ev.Interview)
	ev.Order.Position.Archived = false // only the catalogue knows
	if ev.Type.OfInterview() || ev.Type.Ordered() {
		return k.note(ev)
	}
	previous := k.Application.Stage
	novelty := k.novelty(ev)
	if ev.From.IsZero() {
		ev.From = previous
	}
	older := novelty == flowd.Superseded || !ev.At.IsZero() && ev.At.Before(k.Changed)
	if k.Application.Status == flowd.StatusDeleted && !ev.Type.Erases() && (older || ev.At.IsZero()) {
		// From before the person was erased, or nobody knows: it must not bring back
		// what is to be forgotten.
		ev.Application = flowd.Application{ID: ev.Application.ID, Job: ev.Application.Job,
			Candidate: flowd.Candidate{ID: ev.Application.Candidate.ID}}
	}

	app := merge(k.Application, ev.Application, older)
	if ev.Type == flowd.ApplicationMerged && ev.MergedInto != "" && ev.Application.Candidate.ID == ev.MergedInto {
		app.Candidate = ev.Application.Candidate // for good, whatever else is known
	}
	if ev.Type == flowd.StageEntered && novelty != flowd.Superseded {
		app.Stage, app.MovedBy = ev.Stage, ev.Application.MovedBy
		if novelty == flowd.SameStage {
			app.Stage, app.MovedBy = mergeStage(previous, ev.Stage), k.Application.MovedBy
		} else {
			k.Entered, k.Told = later(k.Entered, happened), later(k.Told, told)
		}
	}
	if ev.Type.Erases() {
		k.Told = later(k.Told, told)
	}
	if status, ends := ev.Type.Status(); ends && (!older || ev.Type.Erases()) {
		app.Status = status
	}
	k.Application = app
	k.Changed = later(k.Changed, happened)

	if app.Stage.IsZero() {
		app.Stage = ev.Stage
	}
	ev.Application = app
	return ev, flowd.Facts{Application: app, Previous: previous, Novelty: novelty}
}

// note takes in what happened to an interview or was ordered: news whenever it
// comes, of the application as it stands. It is no change in the ATS, so neither
// the stage nor what counts as new of the moves depends on it. What is ordered for
// a stage is no news of one who has left it.
func (k *Known) note(ev flowd.Event) (flowd.Event, flowd.Facts) {
	facts := flowd.Facts{Previous: k.Application.Stage}
	switch {
	case ev.Type != flowd.StageOrdered:
		ev.From, ev.Stage = flowd.Stage{}, k.Application.Stage
	case ev.Stage.Same(k.Application.Stage):
		ev.Stage, facts.Previous = k.Application.Stage, ev.From // the order knows by which move they came
	default:
		facts.Novelty = flowd.Superseded
	}
	k.Application = merge(k.Application, ev.Application, false)
	if ev.Type == flowd.AlternativeOrdered {
		k.Application.Alternative = true
	}
	ev.Application, facts.Application = k.Application, k.Application
	return ev, facts
}

// A hook that says a stage was entered is believed, unless the application
// stands there already or something later is known. An erasure is always news:
// the person must go, whatever else is known.
func (k *Known) novelty(ev flowd.Event) flowd.Novelty {
	switch {
	case ev.Type.Erases():
		return flowd.Fresh
	case ev.Type == flowd.StageEntered && !ev.Stage.IsZero() && !k.Application.Stage.IsZero() &&
		ev.Stage.Same(k.Application.Stage):
		return flowd.SameStage
	case !ev.At.IsZero() && ev.At.Before(k.Changed):
		return flowd.Superseded
	}
	return flowd.Fresh
}

// Order sorts events by time within each application. Events of different
// applications keep their places, and so do those of one application that
// happened at one time or do not say when.
func Order(events []flowd.Event) []flowd.Event {
	if len(events) < 2 {
		return events
	}
	type id struct{ ats, application string }
	places := map[id][]int{}
	for i, ev := range events {
		k := id{ev.ATS, ev.Application.ID}
		places[k] = append(places[k], i)
	}
	out := slices.Clone(events)
	for k, at := range places {
		if k.application == "" {
			continue
		}
		own := make([]flowd.Event, len(at))
		for i, place := range at {
			own[i] = events[place]
		}
		slices.SortStableFunc(own, func(a, b flowd.Event) int {
			if a.At.IsZero() || b.At.IsZero() {
				return 0
			}
			return a.At.Compare(b.At)
		})
		for i, place := range at {
			out[place] = own[i]
		}
	}
	return out
}

// Instant is a time as stores keep it: in UTC and without the monotonic clock.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).UTC()
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Attributed returns the events of a batch, each with the batch's source and
// ATS where it names none.
func Attributed(b flowd.Batch) []flowd.Event {
	events := slices.Clone(b.Events)
	for i := range events {
		if events[i].Source == "" {
			events[i].Source = b.Source
		}
		if events[i].ATS == "" {
			events[i].ATS = b.ATS
		}
	}
	return events
}

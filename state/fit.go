package state

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"flowd"
)

// Empty tells whether nothing is selected by it.
func (s Selection) Empty() bool {
	return len(s.Keys) == 0 && s.Rule == "" && len(s.Rules) == 0 && s.Reason == "" && s.State == "" && s.Kind == "" &&
		s.ATS == "" && s.Application == "" && s.Candidate == "" && s.Position == "" && s.Batch == ""
}

// Fits tells whether a row is selected. An empty selection fits nothing.
func (s Selection) Fits(r Row) bool {
	a := r.Action
	return !s.Empty() &&
		(len(s.Keys) == 0 || slices.Contains(s.Keys, a.Key)) &&
		fits(s.Rule, a.Rule) && (len(s.Rules) == 0 || slices.Contains(s.Rules, a.Rule)) &&
		fits(s.Reason, r.Reason) && fits(s.State, r.State) && fits(s.Kind, a.Kind) &&
		fits(s.ATS, a.ATS) && fits(s.Application, a.Application) && fits(s.Candidate, a.Candidate) &&
		fits(s.Position, a.Position.ID) && fits(s.Batch, a.Batch)
}

// FitsRow tells whether a row is looked for. Since is about when it was made.
func (f Filter) FitsRow(r Row) bool {
	return (len(f.States) == 0 || slices.Contains(f.States, r.State)) &&
		(f.Word == "" || f.Word == flowd.WordOf(r.State, r.Interview)) && fits(f.Kind, r.Action.Kind) &&
		f.fitsReason(r.Reason) && fits(f.Rule, r.Action.Rule) && (len(f.Rules) == 0 || slices.Contains(f.Rules, r.Action.Rule)) && fits(f.Batch, r.Action.Batch) && f.fitsJob(r.Action.Job) &&
		!r.Created.Before(f.Since)
}

// Left tells whether an event says of its application that it was left out: a
// decided move for which nothing was asked. Moves that were none (a repetition,
// one that was overtaken) say nothing.
func (t Told) Left() bool {
	return t.Moves() && !t.Decided.IsZero() &&
		!slices.ContainsFunc(t.Decisions, func(d flowd.Decision) bool { return slices.ContainsFunc(d.Actions, Places) })
}

// Places tells whether the row of an action is where its application stands:
// what follows an interview or a move is not.
func Places(a flowd.Action) bool { return !a.Kind.Reaction() }

// Narrow tells whether an event is looked for, and returns it with the decisions
// to show: for Left those that fit, for Events all. Since is about when it was
// taken in. That an application has a row, or was left out later again, is for
// the back end to see.
func (f Filter) Narrow(t Told) (Told, bool) {
	if !f.fitsJob(t.Event.Application.Job) || t.Event.Received.Before(f.Since) || !fits(f.Source, t.Event.Source) {
		return t, false
	}
	asks := len(f.Reasons) > 0 || f.Rule != ""
	switch {
	case f.Subject == Left && !t.Left():
		return t, false
	case f.Subject != Left && !asks:
		return t, true
	}
	var fit []flowd.Decision
	for _, d := range t.Decisions {
		if f.fitsReason(d.Reason) && fits(f.Rule, d.Rule) {
			fit = append(fit, d)
		}
	}
	if f.Subject == Left {
		t.Decisions = fit
		return t, len(fit) > 0
	}
	return t, len(fit) > 0
}

// Stands tells whether an application is looked for among those that stand
// somewhere, as far as it says itself.
func (f Filter) Stands(app flowd.Application) bool {
	return (app.Status == "" || app.Status == flowd.StatusActive) && !app.Stage.IsZero() && f.fitsJob(app.Job)
}

// Covers tells whether the row is an invite, or what stands for one, that was
// promised for a stage and still counts.
func (e *Entry) Covers(stage flowd.Stage) bool {
	a := e.Action
	return (a.Kind == flowd.ActionInvite || a.Kind == flowd.ActionDecide) && a.Mode != flowd.Shadow &&
		e.State != flowd.Replaced && e.Holds() && a.Stage.Same(stage)
}

// Closer tells which of two rows that cover a stage says more of where somebody
// stands: an invite, of two alike the newer one.
func (e *Entry) Closer(than *Entry) bool {
	invites, other := e.Action.Kind == flowd.ActionInvite, than.Action.Kind == flowd.ActionInvite
	return invites && !other || invites == other && e.Promised.After(than.Promised)
}

// Moves tells whether an event says that its application came to a stage, or is
// to be decided as if: a repetition does not, nor does what was overtaken.
func (t Told) Moves() bool {
	n := t.Facts.Novelty
	return t.Event.Type.Enters() && n != flowd.SameStage && n != flowd.Superseded
}

// Came tells from where and how the application came to the stage where it stands,
// as its newest move says it; nothing where that is of another stage or not kept.
func (t Told) Came(to flowd.Stage) (from flowd.Stage, via flowd.Via) {
	if !t.Moves() || !t.Event.Stage.Same(to) {
		return flowd.Stage{}, flowd.ViaUnknown
	}
	return t.Event.From, t.Event.Via
}

// Check refuses a filter that names no known subject.
func (f Filter) Check() error {
	switch f.Subject {
	case Actions, Left, Events, Standing:
		if f.Pick != nil && (f.Subject == Actions || f.Subject == Left || f.Rule != "" || len(f.Reasons) > 0) {
			return fmt.Errorf("%s cannot be picked, and neither can what a rule or reason narrows", f.Subject)
		}
		return nil
	}
	return fmt.Errorf("unknown subject %q: one of %s, %s, %s, %s", f.Subject, Actions, Left, Events, Standing)
}

func (f Filter) fitsReason(r flowd.Reason) bool {
	return len(f.Reasons) == 0 || slices.Contains(f.Reasons, r)
}

func (f Filter) fitsJob(j flowd.Job) bool {
	return f.Job == "" || f.Job == j.ID || strings.EqualFold(f.Job, j.Name)
}

func fits[T ~string](want, have T) bool { return want == "" || want == have }

const (
	defaultPage = 100
	maxPage     = 1000
)

// Bounds returns the number from which on entries are looked for, the one below
// which the page goes on, and how many entries it may have. Back ends number rows
// and events in the order in which they came.
func (p Page) Bounds() (from, below uint64, limit int, err error) {
	below = ^uint64(0)
	for _, end := range []struct {
		text   string
		number *uint64
	}{{p.After, &below}, {p.Until, &from}} {
		if end.text == "" {
			continue
		}
		if *end.number, err = strconv.ParseUint(end.text, 36, 64); err != nil || *end.number == 0 {
			return 0, 0, 0, fmt.Errorf("%q is not where a page ended: pass Next as it was given", end.text)
		}
	}
	return from, below, p.Size(), nil
}

// Size is how many entries the page may have.
func (p Page) Size() int {
	if p.Limit <= 0 {
		return defaultPage
	}
	return min(p.Limit, maxPage)
}

// After is what the page that follows an entry of this number begins with.
func After(number uint64) string { return strconv.FormatUint(number, 36) }

// Refuse is a decision whose action was not made because another row holds its
// key or a claim. Reads Because for the row.
func Refuse(d flowd.Decision, by flowd.IdempotencyKey) flowd.Decision {
	d.Verdict, d.Reason = flowd.Skipped, flowd.ReasonAlreadyAsked
	d.Because = "held by " + by.Short()
	return d
}

// SortedFields lists fields by ATS and name.
func SortedFields(fields map[[2]string]flowd.FieldSeen) []flowd.FieldSeen {
	return slices.SortedFunc(maps.Values(fields), func(a, b flowd.FieldSeen) int {
		return cmp.Or(strings.Compare(a.ATS, b.ATS), strings.Compare(a.Name, b.Name))
	})
}

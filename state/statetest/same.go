package statetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flowd"
	"flowd/state"
)

// RunSame does the same random things to two back ends and asserts that every
// answer is the same: whatever the named tests forgot, the back ends at least
// agree on.
func RunSame(t *testing.T, open, reference Open) {
	t.Helper()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := &walk{
				desk:  newDesk(t, open),
				other: reference(t, t.TempDir()),
				rand:  rand.New(rand.NewPCG(seed, 7)),
			}
			for range 300 {
				w.step()
			}
			w.compare()
		})
	}
}

// walk is a random way through two stores.
type walk struct {
	*desk
	other  state.Store
	rand   *rand.Rand
	said   []flowd.Event
	leases []state.Lease
	doing  string
}

// both runs a call on both stores and compares what it returns.
func both[T any](w *walk, call func(state.Store) (T, error)) T {
	w.Helper()
	got, err := call(w.store)
	want, wantErr := call(w.other)
	if (err == nil) != (wantErr == nil) || err != nil && !sameKind(err, wantErr) {
		w.Fatalf("%s: error %v, the reference has %v", w.doing, err, wantErr)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("%s (-reference +got):\n%s", w.doing, diff)
	}
	return got
}

func sameKind(a, b error) bool {
	for _, kind := range []error{state.ErrNotFound, state.ErrDecided, state.ErrFenced, state.ErrOnce} {
		if errors.Is(a, kind) != errors.Is(b, kind) {
			return false
		}
	}
	return true
}

func pickOf[T any](w *walk, list ...T) T { return list[w.rand.IntN(len(list))] }

func (w *walk) step() {
	w.pass(time.Duration(w.rand.IntN(20)) * time.Second)
	steps := []struct {
		weight int
		name   string
		do     func()
	}{
		{30, "admit", w.admitSome}, {6, "poll", w.pollSome}, {40, "commit", w.commitOne}, {25, "lease", w.leaseSome},
		{30, "settle", w.settleOne}, {6, "amend", w.amendSome}, {4, "pause", w.pauseOne}, {2, "prune", w.pruneAll}, {4, "look", w.compare},
		{30, "sight", w.sightSome}, {6, "tie", w.tieOne}, {10, "fill", w.fillOne},
	}
	all := 0
	for _, s := range steps {
		all += s.weight
	}
	n := w.rand.IntN(all)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			w.doing = s.name
			s.do()
			return
		}
	}
}

func (w *walk) application() flowd.Application {
	app := application(pickOf(w, "a", "b", "c", "d"))
	app.Candidate = person(pickOf(w, "x", "y", "z"))
	switch w.rand.IntN(4) {
	case 0:
		app.Candidate = flowd.Candidate{}
	case 1:
		app.Candidate.Email = pickOf(w, "", "one@example.com", "two@example.com")
	case 2:
		app.Fields = []flowd.Field{{Key: pickOf(w, "k", "l"), Name: "N", Value: pickOf(w, any("t"), 1.5, true, nil)}}
		app.URL = pickOf(w, "", "https://ats.example.com/1")
	}
	app.MovedBy = pickOf(w, "", "kim@example.com", "lee@example.com")
	app.Job.ID = pickOf(w, "job-1", "job-2")
	app.Status = pickOf(w, "", flowd.StatusActive, flowd.StatusRejected)
	return app
}

func (w *walk) stage() flowd.Stage { return stage(pickOf(w, "Phone", "Video", "Offer")) }

func (w *walk) admitSome() {
	b := flowd.Batch{Source: pickOf(w, hook, "second"), ATS: system, Raw: pickOf(w, nil, []byte("body"))}
	for range 1 + w.rand.IntN(3) {
		if len(w.said) > 0 && w.rand.IntN(5) == 0 {
			b.Events = append(b.Events, pickOf(w, w.said...)) // a redelivery
			continue
		}
		ev := w.move("a", "")
		ev.Type = pickOf(w, flowd.EventTypes()...)
		if w.rand.IntN(3) > 0 {
			ev.Type = flowd.StageEntered
		}
		ev.Application, ev.Stage = w.application(), w.stage()
		ev.At = pickOf(w, time.Time{}, w.now, w.now.Add(-time.Duration(w.rand.IntN(90))*time.Second))
		b.Events = append(b.Events, ev)
	}
	w.said = append(w.said, b.Events...)
	both(w, func(s state.Store) (state.Admitted, error) { return s.Admit(w.Context(), b, w.now) })
}

func (w *walk) pollSome() {
	b := flowd.Batch{Source: poll, ATS: system, Cursor: pickOf(w, nil, []byte("1")), Baseline: w.rand.IntN(6) == 0}
	b.Polled = flowd.Polled{
		Asked: pickOf(w, time.Time{}, w.now.Add(-time.Minute)), Since: pickOf(w, time.Time{}, w.now.Add(-2*time.Minute)),
		FirstSeen: w.rand.IntN(2) == 0, Complete: w.rand.IntN(2) == 0,
	}
	for range w.rand.IntN(4) {
		seen := flowd.Snapshot{Application: w.application(), Entered: pickOf(w, time.Time{}, w.now, w.now.Add(-time.Hour))}
		seen.Stage, seen.AppliedAt = w.stage(), pickOf(w, time.Time{}, Began.Add(-time.Hour), w.now)
		b.Seen = append(b.Seen, seen)
	}
	both(w, func(s state.Store) (state.Admitted, error) { return s.Admit(w.Context(), b, w.now) })
}

func (w *walk) commitOne() {
	pending := both(w, func(s state.Store) ([]state.Pending, error) { return s.Undecided(w.Context(), 3) })
	if len(pending) == 0 {
		return
	}
	p := pickOf(w, pending...)
	ev := p.Event
	c := state.Commitment{Event: ev.Key, Only: p.Only, Forget: ev.Type.Erases(), Reconsider: w.rand.IntN(4) == 0}
	rule := pickOf(w, "rule-1", "rule-2")
	if p.Only != "" {
		rule = p.Only
	}
	d := flowd.Decision{Event: ev.Key, Rule: rule, RuleSet: pickOf(w, "s1", "s2"), Verdict: flowd.Matched}
	a := invite(ev, pickOf(w, "p1", "p2"))
	a.Rule, a.NotBefore = rule, pickOf(w, time.Time{}, w.now.Add(30*time.Second))
	switch w.rand.IntN(9) {
	case 5, 6:
		d.Actions = w.reactions(ev, rule)
	case 7:
		a.Key, a.Kind, a.Claims = flowd.TimerKey(ev.Key, rule), flowd.ActionTimer, nil
		d.Actions = []flowd.Action{a}
	case 8:
		a.Key, a.Kind, a.Claims, a.Rule, d.Rule = flowd.TieKey(ev.Application.ID), flowd.ActionTie, nil, p.Only, p.Only
		a.Reason = flowd.ReasonUntied
		d.Actions = []flowd.Action{a}
	case 0:
		d.Verdict, d.Reason, d.Because = flowd.Unmatched, flowd.ReasonCondition, "words"
	case 1:
		a.Key, a.Kind, a.Claims = flowd.DecideKey(ev.Key, rule), flowd.ActionDecide, nil
		a.Reason = pickOf(w, flowd.ReasonError, flowd.ReasonConflict)
		d.Actions = []flowd.Action{a}
	default:
		d.Actions = []flowd.Action{a}
	}
	if w.rand.IntN(4) == 0 {
		c.Cancel = &state.Cancellation{Job: pickOf(w, "", "", "job-1"), Except: pickOf(w, flowd.Stage{}, ev.Stage),
			Reason: pickOf(w, flowd.ReasonLeftStage, flowd.ReasonByHand)}
	}
	if w.rand.IntN(2) == 0 {
		c.Guards = map[string]state.Guard{d.Rule: {PerHour: pickOf(w, 0, 0, 4), Above: w.rand.IntN(3), Within: pickOf(w, 0, time.Minute)}}
	}
	c.Decisions = []flowd.Decision{d}
	both(w, func(s state.Store) (state.Committed, error) { return s.Commit(w.Context(), c, w.now) })
}

func (w *walk) leaseSome() {
	r := w.request(1 + w.rand.IntN(3))
	if w.rand.IntN(3) == 0 {
		r.Caps = state.Caps{PerHour: pickOf(w, nil, ref(3)), PerPerson: pickOf(w, nil, ref(1)), PersonSpan: time.Minute}
	}
	leases := both(w, func(s state.Store) ([]state.Lease, error) { return s.Lease(w.Context(), r) })
	w.leases = append(w.leases, leases...)
}

func (w *walk) settleOne() {
	if len(w.leases) == 0 {
		return
	}
	l := pickOf(w, w.leases...)
	o := flowd.Outcome{State: pickOf(w, flowd.Done, flowd.Done, flowd.Due, flowd.Waiting, flowd.Uncertain, flowd.Held,
		flowd.GivenUp, flowd.NeedsPerson, flowd.Cancelled, flowd.Replaced, flowd.Shared), Uncounted: w.rand.IntN(2) == 0}
	switch o.State {
	case flowd.Done, flowd.Shared:
		if l.Action.Kind == flowd.ActionInvite {
			o.Interview = flowd.Interview{ID: fmt.Sprint("int-", w.rand.IntN(5)), ExternalID: l.Action.Key.ExternalID(), CreatedAt: w.now}
		}
	case flowd.Replaced:
		o.Reason = flowd.ReasonReplaced
	case flowd.Cancelled:
		o.Reason = pickOf(w, flowd.ReasonNoLongerFits, flowd.ReasonPilot)
	case flowd.Due, flowd.Waiting, flowd.Uncertain:
		o.NotBefore = pickOf(w, time.Time{}, w.now.Add(time.Duration(w.rand.IntN(60))*time.Second))
	}
	both(w, func(s state.Store) (struct{}, error) { return struct{}{}, s.Settle(w.Context(), l, o, w.now) })
}

func (w *walk) amendSome() {
	a := state.Amendment{Verb: pickOf(w, state.Release, state.Cancel, state.Redecide), By: "kim", Why: "why",
		Select: state.Selection{Rule: pickOf(w, "", "rule-1"), Application: pickOf(w, "", "a", "b"), State: pickOf(w, "", flowd.Held, flowd.GivenUp)}}
	if batch := w.batch(); batch != "" && w.rand.IntN(3) == 0 {
		a.Select = state.Selection{Batch: batch, State: pickOf(w, "", flowd.Held)}
		a.Once = pickOf(w, "", "link-1", "link-2", "link-3")
	}
	both(w, func(s state.Store) ([]state.Row, error) { return s.Amend(w.Context(), a, w.now) })
}

// batch is the one of something that is held, or "".
func (w *walk) batch() string {
	held := state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Held}}
	found := both(w, func(s state.Store) (state.Found, error) { return s.Find(w.Context(), held, state.Page{}) })
	if len(found.Rows) == 0 {
		return ""
	}
	return pickOf(w, found.Rows...).Action.Batch
}

func (w *walk) pauseOne() {
	c := state.PauseChange{
		Scope: pickOf(w, state.ScopeAll, state.ScopeAccount, state.ScopePosition("p1"), state.ScopeRule("rule-1"), ""),
		Lift:  w.rand.IntN(3) > 0,
		Pause: state.Pause{Reason: pickOf(w, "", flowd.ReasonPosition, flowd.ReasonQuota, flowd.ReasonUnauthorized), ProbeAt: pickOf(w, time.Time{}, w.now.Add(20*time.Second))},
	}
	both(w, func(s state.Store) ([]state.Pause, error) { return s.Pause(w.Context(), c, w.now) })
}

func (w *walk) pruneAll() {
	r := state.Retention{Raw: 10 * time.Minute, Decisions: 20 * time.Minute}
	both(w, func(s state.Store) (state.Pruned, error) { return s.(state.Pruner).Prune(w.Context(), r, w.now) })
}

// compare reads all there is from both.
func (w *walk) compare() {
	both(w, func(s state.Store) (state.Counts, error) { return s.Counts(w.Context(), w.now) })
	both(w, func(s state.Store) ([]state.Pending, error) { return s.Undecided(w.Context(), 1000) })
	for _, r := range []state.Ref{
		{Application: "a"}, {Application: "b"}, {Candidate: "c-x"}, {Candidate: "c-y"}, {Email: "one@example.com"}, {Email: person("z").Email},
		{Interview: "int-1"}, {Interview: "int-2"}, {Interview: "int-9"}, {Email: "seen@example.com"}, {Application: "int-8"},
	} {
		both(w, func(s state.Store) ([]state.Story, error) { return s.Story(w.Context(), r) })
	}
	for _, f := range []state.InterviewFilter{{}, {ID: "int-1"}, {Open: true}, {Position: "p1"}} {
		for p := (state.Page{Limit: 1 + w.rand.IntN(5)}); ; {
			found := both(w, func(s state.Store) (page interviewPage, err error) {
				page.all, page.next, err = s.Interviews(w.Context(), f, p)
				return page, err
			})
			if p.After = found.next; p.After == "" {
				break
			}
		}
	}
	for _, f := range []state.Filter{
		{Subject: state.Actions}, {Subject: state.Events}, {Subject: state.Left}, {Subject: state.Actions, States: []flowd.ActionState{flowd.Held, flowd.Due}},
		{Subject: state.Actions, Word: flowd.WordFinished}, {Subject: state.Actions, Word: flowd.WordHeld}, {Subject: state.Actions, Kind: flowd.ActionNote},
		{Subject: state.Actions, States: []flowd.ActionState{flowd.Cancelled}, Rule: "rule-1"}, {Subject: state.Left, Reasons: []flowd.Reason{flowd.ReasonCondition}},
		{Subject: state.Standing}, {Subject: state.Events, Pick: func(t state.Told) bool { return t.Event.Type == flowd.StageEntered }},
		{Subject: state.Actions, Batch: w.batch()},
	} {
		p := state.Page{Limit: 1 + w.rand.IntN(20)}
		for {
			found := both(w, func(s state.Store) (state.Found, error) { return s.Find(w.Context(), f, p) })
			if p.After = found.Next; p.After == "" {
				break
			}
		}
	}
}

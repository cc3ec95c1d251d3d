package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

// dryRules have one of everything that may come between a move and an invite.
const dryRules = `version: 1
owner: ops
calendars:
  morning: {hours: "02:00-04:00", tz: UTC}
rules:
  - id: waits
    stage: Wait
    wait: 15m
    window: morning
    pairs: [{job: AE, position: pos-ae}, {department: Sales, position: pos-sales}]
    if: field("Level", "junior") != "none"
    unless: [{when: candidate.source == "referral", because: called by phone}]
  - id: approves
    stage: Approve
    wait: 10m
    approve: {above: 2, within: 10m}
    pairs: [{position: pos-ae}]
  - id: limited
    stage: Limit
    limit: {per_hour: 2}
    priority: 80
    pairs: [{position: pos-sales}]
  - id: flooded
    stage: Flood
    flood: {per_hour: 3}
    pairs: [{position: pos-ae}]
  - id: plain
    stage: Plain
    pairs: [{job: AE, position: pos-ae}]
    unmapped: hold
  - {id: one, stage: Conflict, pairs: [{job: AE, position: pos-ae}]}
  - {id: other, stage: Conflict, pairs: [{position: pos-sales}]}
  - {id: failing, stage: Failing, pairs: [{position: pos-ae}], if: 'field("Level") == "senior"'}
  - {id: shadow, stage: Plain, mode: shadow, reason: compared, pairs: [{position: pos-sales}]}
  - id: noted
    trigger: {event: stage.entered, stage: [Plain, Offer]}
    wait: 5m
    actions: [ats.tag: seen, ats.note: "at ${stage}", notify: {channel: ops, text: "${job.name}"}]
  - id: ended
    trigger: {event: [application.rejected, application.hired]}
    actions: [ats.note: "ended by ${event.type}"]
`

// dryLater are the rules after a reload: one waits longer, one has another
// position, one is gone, one is switched off, one is closing, one asks for something
// else.
var dryLater = strings.NewReplacer("wait: 15m", "wait: 1h", "stage: Limit\n    limit: {per_hour: 2}", "stage: Limit\n    limit: {per_hour: 3}",
	"{id: one, stage: Conflict, pairs: [{job: AE, position: pos-ae}]}", "{id: one, stage: Elsewhere, pairs: [{job: AE, position: pos-ae}]}",
	"  - id: flooded\n    stage: Flood\n", "  - id: flooded\n    stage: Flood\n    mode: disabled\n    reason: enough\n",
	`field("Level") == "senior"`, `field("Level", "senior") == "senior"`,
	"  - id: approves\n", "  - id: approves\n    mode: closing\n    reason: over\n").Replace(dryRules)

// done is a far side where everything goes well, and of whose interviews nothing
// is heard again: what follows from one is no part of a dry run, which has none.
type done struct{}

func (done) Perform(context.Context, flowd.Action, flowd.Application) (flowd.Outcome, error) {
	return flowd.Outcome{State: flowd.Done}, nil
}

func (done) Find(context.Context, flowd.Action, flowd.Application) (flowd.Interview, bool, error) {
	return flowd.Interview{}, false, nil
}

// A dry run answers every stream of events as flowd does in earnest: where the one
// sends, the other says that it would, at the same time; everything else, what
// waits, is held or is left out, and why, is the same to the letter.
func TestDryRun_EqualsLive(t *testing.T) {
	t.Parallel()
	seeds := uint64(30)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			var live, dry []ended
			synctest.Test(t, func(t *testing.T) { live = play(t, seed, done{}) })
			synctest.Test(t, func(t *testing.T) { dry = play(t, seed, engine.Recorder{Reason: flowd.ReasonDryRun}) })
			if diff := cmp.Diff(live, dry, cmpopts.EquateApproxTime(tick)); diff != "" {
				t.Errorf("live and dry differ (-live +dry):\n%s", diff)
			}
			sent := slices.ContainsFunc(live, func(e ended) bool { return strings.Contains(e.What, "invite") && slices.Contains(e.Told, "sent") })
			if !sent || len(live) < 30 {
				t.Errorf("the stream shows little: %d lines, sent: %t", len(live), sent)
			}
		})
	}
}

// tick is how far apart two runs may come to the same: a loop looks each second.
const tick = 3 * time.Second

// ended is what became of an action or an event, with when.
type ended struct {
	What string
	Told []string
	At   []time.Time
}

// play runs a seed's stream through an engine, and returns what became of it.
func play(t *testing.T, seed uint64, far engine.Driver) []ended {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	store := mem.New()
	perDay, perHour, each := 30+r.IntN(20), 8+r.IntN(6), 1+r.IntN(2)
	tuning := engine.Tuning{Concurrency: 1, Safety: engine.Safety{
		Caps:     state.Caps{PerDay: &perDay, PerHour: &perHour, PerPerson: &each, PersonSpan: time.Hour},
		Suppress: []engine.Suppressed{{Address: "p3@example.com"}},
	}}
	e, err := engine.New(engine.Options{
		Store: store, Driver: far, Writer: far, Notifier: far, Log: zerolog.Nop(), Tuning: tuning, Timeout: 5 * time.Second, Settle: 10 * time.Second, QuotaProbe: time.Minute,
	}, compileDry(t, dryRules))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = e.Run(ctx) })
	time.Sleep(time.Duration(r.IntN(150)) * time.Minute) // some streams come before the window opens
	s := &dryStream{t: t, rand: r, engine: e, store: store}
	for step := range 70 {
		s.step(ctx)
		time.Sleep(tick) // what happened is decided before the next thing happens
		if step == 35 {
			s.reload(ctx)
			time.Sleep(tick)
		}
		time.Sleep(time.Duration(2+r.IntN(200)) * time.Second)
	}
	time.Sleep(3 * time.Hour)
	out := s.outcomes(ctx)
	stop()
	running.Wait()
	return out
}

func compileDry(t *testing.T, text string) *rules.Set {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(text)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	bound, _, problems := set.Bind([]flowd.Position{{ID: "pos-ae", Name: "AE"}, {ID: "pos-sales", Name: "Sales"}}, nil)
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	return bound
}

const dryApplications = 14

// dryStream makes what happens up.
type dryStream struct {
	t      *testing.T
	rand   *rand.Rand
	engine *engine.Engine
	store  *mem.Store
	events []flowd.Event
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// step lets one thing happen: most often somebody is moved.
func (s *dryStream) step(ctx context.Context) {
	roll := s.rand.Float64()
	switch {
	case roll < 0.57:
		s.admit(ctx, s.happening(flowd.StageEntered))
	case roll < 0.62:
		if len(s.events) > 0 { // somebody is sent on from where they stand, or stood
			ev := pick(s.rand, s.events...)
			ev.Type, ev.At, ev.Application = flowd.StageOrdered, time.Now(), flowd.Application{ID: ev.Application.ID}
			s.admit(ctx, ev)
		}
	case roll < 0.70:
		s.admit(ctx, s.happening(pick(s.rand, flowd.ApplicationRejected, flowd.ApplicationWithdrawn, flowd.ApplicationHired)))
	case roll < 0.77:
		s.admit(ctx, s.happening(flowd.ApplicationReopened))
	case roll < 0.81 && len(s.events) > 0: // a delivery that comes again
		s.admit(ctx, pick(s.rand, s.events...))
	case roll < 0.90:
		reason := pick(s.rand, flowd.ReasonApproval, flowd.ReasonConflict, flowd.ReasonUnmapped, flowd.ReasonError, flowd.ReasonCap, flowd.ReasonWait)
		verb := pick(s.rand, state.Release, state.Release, state.Cancel)
		for n := range dryApplications { // one by one: of several decided at once any may have the last place under a cap
			only := state.Selection{Reason: reason, Application: fmt.Sprintf("app-%d", n)}
			s.order(s.store.Amend(ctx, state.Amendment{Verb: verb, Select: only, By: "somebody", Why: "decided", Reason: flowd.ReasonByHand}, time.Now()))
			s.engine.Wake()
			time.Sleep(tick)
		}
	case roll < 0.95:
		scope := pick(s.rand, state.ScopeAll, state.ScopeRule("waits"), state.ScopeRule("flooded"), state.ScopeRule("limited"))
		lift := s.rand.IntN(3) > 0
		s.order(s.store.Pause(ctx, state.PauseChange{Scope: scope, Lift: lift, Pause: state.Pause{Reason: flowd.ReasonPaused, Since: time.Now(), By: "somebody"}}, time.Now()))
		if !lift {
			time.Sleep(time.Duration(1+s.rand.IntN(30)) * time.Minute)
			s.order(s.store.Pause(ctx, state.PauseChange{Scope: scope, Lift: true}, time.Now()))
		}
	default: // many at once
		for range 3 + s.rand.IntN(3) {
			ev := s.happening(flowd.StageEntered)
			ev.Stage = flowd.Stage{ID: "s-Approve", Name: "Approve"}
			s.admit(ctx, ev)
			time.Sleep(2 * time.Second)
		}
	}
	s.engine.Wake()
}

func (s *dryStream) order(_ any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *dryStream) happening(what flowd.EventType) flowd.Event {
	n := s.rand.IntN(dryApplications)
	stage := pick(s.rand, "Wait", "Wait", "Approve", "Limit", "Limit", "Flood", "Plain", "Conflict", "Failing", "Offer")
	ev := flowd.Event{Key: fmt.Sprintf("ats/%d", len(s.events)), Source: "ats", ATS: "ats", Type: what, At: time.Now(), Via: flowd.ViaMove,
		Application: flowd.Application{ID: fmt.Sprintf("app-%d", n), Source: pick(s.rand, "LinkedIn", "Referral", "Web", "Web"),
			Job:       flowd.Job{ID: "j", Name: pick(s.rand, "AE", "AE", "Cook"), Department: "Sales"},
			Candidate: flowd.Candidate{ID: fmt.Sprintf("c-%d", n%9), Email: fmt.Sprintf("p%d@example.com", n%9), FirstName: "P"}},
	}
	if s.rand.IntN(3) > 0 {
		ev.Application.Fields = []flowd.Field{{Key: "level", Name: "Level", Value: pick(s.rand, "senior", "junior", "none")}}
	}
	if status, says := what.Status(); says {
		ev.Application.Status = status
	}
	if what == flowd.StageEntered {
		ev.Stage = flowd.Stage{ID: "s-" + stage, Name: stage}
	}
	return ev
}

func (s *dryStream) admit(ctx context.Context, ev flowd.Event) {
	s.t.Helper()
	ev.Key = fmt.Sprintf("ats/%d", len(s.events))
	if i := slices.IndexFunc(s.events, func(old flowd.Event) bool { return old.At.Equal(ev.At) && old.Application.ID == ev.Application.ID }); i >= 0 {
		ev.Key = s.events[i].Key
	}
	s.events = append(s.events, ev)
	_, err := s.engine.Admit(ctx, flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{ev}}, time.Now())
	s.order(nil, err)
}

func (s *dryStream) reload(ctx context.Context) {
	s.t.Helper()
	s.order(nil, s.engine.Serve(ctx, compileDry(s.t, dryLater), time.Now()))
}

// outcomes are every action with all that became of it, and every decision.
func (s *dryStream) outcomes(ctx context.Context) (out []ended) {
	s.t.Helper()
	told := func(st flowd.ActionState, why flowd.Reason, detail string) string {
		switch {
		case st == flowd.Done, st == flowd.Would && why == flowd.ReasonDryRun:
			return "sent"
		}
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", st, why, detail))
	}
	for page := (state.Page{}); ; {
		found, err := s.store.Find(ctx, state.Filter{Subject: state.Actions}, page)
		s.order(nil, err)
		for _, row := range found.Rows {
			a := row.Action
			e := ended{What: fmt.Sprintf("%s %s %s %s %s %s", a.Key.Short(), a.Application, a.Rule, a.Kind, a.Target, a.Position.ID)}
			for _, st := range row.Steps {
				e.Told, e.At = append(e.Told, strings.TrimSpace(told(st.State, st.Reason, st.Detail)+" "+st.By)), append(e.At, st.At)
			}
			out = append(out, e)
		}
		if page.After = found.Next; page.After == "" {
			break
		}
	}
	for page := (state.Page{}); ; {
		found, err := s.store.Find(ctx, state.Filter{Subject: state.Events}, page)
		s.order(nil, err)
		for _, t := range found.Told {
			e := ended{What: fmt.Sprintf("%s %s %s", t.Event.Key, t.Event.Type, t.Facts.Novelty)}
			for _, d := range t.Decisions {
				e.Told = append(e.Told, fmt.Sprintf("%s %s %s %s %d", d.Rule, d.Verdict, d.Reason, d.Because, len(d.Actions)))
			}
			out = append(out, e)
		}
		if page.After = found.Next; page.After == "" {
			break
		}
	}
	slices.SortFunc(out, func(a, b ended) int { return strings.Compare(a.What, b.What) })
	return out
}

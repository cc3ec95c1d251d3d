package statetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/state"
)

// desk is a store with a clock and somebody who works at it.
type desk struct {
	*testing.T
	store state.Store
	now   time.Time
	moves int
}

// Began is when each test begins: a moment with nothing special about it, not even whole seconds.
var Began = time.Date(2026, 3, 2, 9, 30, 0, 123456789, time.UTC)

const (
	system = "ats"
	hook   = "hook"
	poll   = "poll"
)

func newDesk(t *testing.T, open Open) *desk {
	return &desk{T: t, store: open(t, t.TempDir()), now: Began}
}

func (d *desk) pass(span time.Duration) { d.now = d.now.Add(span) }

// ok ends the test on an error.
func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// is ends the test unless the error is the one that is wanted.
func (d *desk) is(err, want error) {
	d.Helper()
	if !errors.Is(err, want) {
		d.Fatalf("error = %v, want %v", err, want)
	}
}

// same compares two values; times compare by instant.
func (d *desk) same(what string, got, want any) {
	d.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		d.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// application is somebody invented at a job.
func application(id string) flowd.Application {
	return flowd.Application{
		ID:        id,
		Job:       flowd.Job{ID: "job-1", Name: "Lighthouse Keeper", Department: "Coast"},
		Candidate: person(id),
		Status:    flowd.StatusActive,
	}
}

func person(id string) flowd.Candidate {
	return flowd.Candidate{ID: "c-" + id, Email: "Rowan." + id + "@example.com", FirstName: "Rowan", LastName: "Brook-" + id}
}

func stage(name string) flowd.Stage {
	return flowd.Stage{ID: "stage-" + strings.ToLower(name), Name: name}
}

// move is a hook's event: an application entered a stage now.
func (d *desk) move(app, to string) flowd.Event {
	d.moves++
	return flowd.Event{
		Key: fmt.Sprintf("hook:%s:%s:%d", app, to, d.moves), Source: hook, ATS: system,
		Type: flowd.StageEntered, At: d.now, Application: application(app), Stage: stage(to),
	}
}

func (d *desk) admit(events ...flowd.Event) state.Admitted {
	d.Helper()
	done, err := d.store.Admit(d.Context(), flowd.Batch{Source: hook, ATS: system, Events: events}, d.now)
	d.ok(err)
	return done
}

// polled admits the snapshots of a whole poll.
func (d *desk) polled(seen ...flowd.Snapshot) state.Admitted {
	d.Helper()
	return d.polls(flowd.Batch{Seen: seen, Polled: flowd.Polled{Complete: true}})
}

// polls admits what a poll brought.
func (d *desk) polls(b flowd.Batch) state.Admitted {
	d.Helper()
	b.Source, b.ATS, b.Cursor = poll, system, []byte("c")
	done, err := d.store.Admit(d.Context(), b, d.now)
	d.ok(err)
	return done
}

func (d *desk) pending() []state.Pending {
	d.Helper()
	all, err := d.store.Undecided(d.Context(), 1000)
	d.ok(err)
	return all
}

// last is the newest event that waits.
func (d *desk) last() state.Pending {
	d.Helper()
	all := d.pending()
	if len(all) == 0 {
		d.Fatal("nothing waits for a decision")
	}
	return all[len(all)-1]
}

// invite is what a rule asks for on an event.
func invite(ev flowd.Event, position string) flowd.Action {
	app := ev.Application
	return flowd.Action{
		Key:  flowd.InviteKey(ev.ATS, app.ID, position, 1),
		Kind: flowd.ActionInvite, Mode: flowd.Live, Rule: "coast-video", Event: ev.Key,
		ATS: ev.ATS, Source: ev.Source, Application: app.ID, Candidate: app.Candidate.ID,
		Job: app.Job, Stage: ev.Stage, Position: flowd.Position{ID: position, Name: "Screening " + position},
		Generation: 1,
		Claims:     []flowd.Claim{flowd.StageClaim(ev.ATS, app.ID, ev.Stage.Key())},
	}
}

// waiting is a decision that a rule could not make.
func waiting(ev flowd.Event, reason flowd.Reason) flowd.Action {
	a := invite(ev, "")
	a.Key, a.Kind, a.Reason, a.Claims = flowd.DecideKey(ev.Key, a.Rule), flowd.ActionDecide, reason, nil
	a.Position, a.Detail = flowd.Position{}, "field shift is missing"
	return a
}

// decisions wraps actions in matched decisions of their rules.
func decisions(event string, actions ...flowd.Action) []flowd.Decision {
	out := make([]flowd.Decision, len(actions))
	for i, a := range actions {
		out[i] = flowd.Decision{
			Event: event, Rule: a.Rule, RuleSet: "set-1", Verdict: flowd.Matched, Actions: []flowd.Action{a},
		}
	}
	return out
}

func (d *desk) commit(c state.Commitment) state.Committed {
	d.Helper()
	done, err := d.store.Commit(d.Context(), c, d.now)
	d.ok(err)
	return done
}

// decide commits actions on the newest event.
func (d *desk) decide(actions ...flowd.Action) state.Committed {
	d.Helper()
	key := d.last().Event.Key
	return d.commit(state.Commitment{Event: key, Decisions: decisions(key, actions...)})
}

// promise moves an application and promises an invite for it.
func (d *desk) promise(app, to, position string) flowd.Action {
	d.Helper()
	d.admit(d.move(app, to))
	a := invite(d.last().Event, position)
	if done := d.decide(a); len(done.Promised) != 1 {
		d.Fatalf("the invite of %s was not promised: %+v", app, done)
	}
	return a
}

func (d *desk) request(n int) state.LeaseRequest {
	return state.LeaseRequest{Now: d.now, Max: n, For: time.Minute}
}

func (d *desk) lease(n int) []state.Lease {
	d.Helper()
	return d.leaseAs(d.request(n))
}

func (d *desk) leaseAs(r state.LeaseRequest) []state.Lease {
	d.Helper()
	all, err := d.store.Lease(d.Context(), r)
	d.ok(err)
	return all
}

// leaseOne leases exactly one row.
func (d *desk) leaseOne() state.Lease {
	d.Helper()
	all := d.lease(10)
	if len(all) != 1 {
		d.Fatalf("leased %d rows, want 1: %v", len(all), applications(all))
	}
	return all[0]
}

// idle asserts that nothing can be leased.
func (d *desk) idle() {
	d.Helper()
	if all := d.lease(10); len(all) != 0 {
		d.Fatalf("leased %v, want nothing", applications(all))
	}
}

func (d *desk) settle(l state.Lease, o flowd.Outcome) {
	d.Helper()
	d.ok(d.store.Settle(d.Context(), l, o, d.now))
}

func (d *desk) amend(a state.Amendment) []flowd.IdempotencyKey {
	d.Helper()
	rows, err := d.store.Amend(d.Context(), a, d.now)
	d.ok(err)
	var keys []flowd.IdempotencyKey
	for _, r := range rows {
		keys = append(keys, r.Action.Key)
	}
	return keys
}

func (d *desk) pause(scope state.Scope, p state.Pause) []state.Pause {
	d.Helper()
	all, err := d.store.Pause(d.Context(), state.PauseChange{Scope: scope, Pause: p}, d.now)
	d.ok(err)
	return all
}

func (d *desk) lift(scope state.Scope) []state.Pause {
	d.Helper()
	all, err := d.store.Pause(d.Context(), state.PauseChange{Scope: scope, Lift: true}, d.now)
	d.ok(err)
	return all
}

func (d *desk) stories(ref state.Ref) []state.Story {
	d.Helper()
	all, err := d.store.Story(d.Context(), ref)
	d.ok(err)
	return all
}

// row reads one row by its key.
func (d *desk) row(key flowd.IdempotencyKey) state.Row {
	d.Helper()
	for _, s := range d.stories(state.Ref{Action: key}) {
		for _, r := range s.Rows {
			if r.Action.Key == key {
				return r
			}
		}
	}
	d.Fatalf("no row has the key %q", key)
	return state.Row{}
}

// stands asserts where a row stands.
func (d *desk) stands(a flowd.Action, want flowd.ActionState, reason flowd.Reason) state.Row {
	d.Helper()
	r := d.row(a.Key)
	if r.State != want || r.Reason != reason {
		d.Fatalf("the row of %s is %s (%s), want %s (%s)", a.Application, r.State, r.Reason, want, reason)
	}
	return r
}

func (d *desk) find(f state.Filter, p state.Page) state.Found {
	d.Helper()
	found, err := d.store.Find(d.Context(), f, p)
	d.ok(err)
	return found
}

func (d *desk) counts() state.Counts {
	d.Helper()
	c, err := d.store.Counts(d.Context(), d.now)
	d.ok(err)
	return c
}

func applications(leases []state.Lease) []string {
	out := make([]string, len(leases))
	for i, l := range leases {
		out[i] = l.Action.Application
	}
	return out
}

func keys(pending []state.Pending) []string {
	out := make([]string, len(pending))
	for i, p := range pending {
		out[i] = p.Event.Key
	}
	return out
}

func sorted[S ~[]E, E ~string](s S) S {
	out := slices.Clone(s)
	slices.Sort(out)
	return out
}

// ended is a context that is over.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func ref[T any](v T) *T { return &v }

// types are those of a story's events, oldest first.
func types(s state.Story) []flowd.EventType {
	out := make([]flowd.EventType, len(s.Events))
	for i, t := range s.Events {
		out[i] = t.Event.Type
	}
	return out
}

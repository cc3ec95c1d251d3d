package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/state"
)

// A look-up takes seconds; whoever stops everything meanwhile expects that
// nothing goes out behind it.
func TestFlow_AStopDuringTheLookUpIsObeyed(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(f *flow, file *atomic.Bool){
		"everything":   func(f *flow, _ *atomic.Bool) { f.pause(state.ScopeAll) },
		"the account":  func(f *flow, _ *atomic.Bool) { f.pause(state.ScopeAccount) },
		"the rule":     func(f *flow, _ *atomic.Bool) { f.pause(state.ScopeRule("video")) },
		"the position": func(f *flow, _ *atomic.Bool) { f.pause(state.ScopePosition("pos-ae")) },
		"by file":      func(_ *flow, file *atomic.Bool) { file.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file atomic.Bool
			far := &interrupted{}
			run(t, simulationRules, func(o *engine.Options) {
				far.Driver, o.Driver, o.Paused = o.Driver, far, file.Load
			}, func(f *flow) {
				f.move("app", "Video")
				during := func() { stop(f, &file) }
				far.during.Store(&during)
				time.Sleep(10 * time.Minute)
				f.calls(1)
				far.during.Store(nil)
				file.Store(false)
				for _, scope := range []state.Scope{state.ScopeAll, state.ScopeAccount, state.ScopeRule("video"), state.ScopePosition("pos-ae")} {
					f.lift(scope)
				}
				f.engine.Wake()
				time.Sleep(10 * time.Minute)
				f.stands("app", flowd.Done, "")
				f.calls(2)
			}, fault.New(fault.Uncertain, "invite", "timed out"))
		})
	}
}

// interrupted is a far side during whose look-ups something happens.
type interrupted struct {
	engine.Driver
	during atomic.Pointer[func()]
}

func (i *interrupted) Find(ctx context.Context, a flowd.Action, to flowd.Application) (flowd.Interview, bool, error) {
	if during := i.during.Load(); during != nil {
		(*during)()
	}
	return i.Driver.Find(ctx, a, to)
}

func (f *flow) pause(scope state.Scope) {
	f.t.Helper()
	if _, err := f.store.Pause(f.t.Context(), state.PauseChange{Scope: scope, Pause: state.Pause{Reason: flowd.ReasonPaused, By: "tester"}}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) lift(scope state.Scope) {
	f.t.Helper()
	if _, err := f.store.Pause(f.t.Context(), state.PauseChange{Scope: scope, Lift: true}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) pauses() []state.Pause {
	f.t.Helper()
	all, err := f.store.Pause(f.t.Context(), state.PauseChange{}, time.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// A look-up that succeeds says nothing about the quota: a stop is lifted by an
// invite that was answered.
func TestFlow_ALookUpDoesNotLiftTheQuotaStop(t *testing.T) {
	t.Parallel()
	used := fault.New(fault.Quota, "invite", "used up")
	run(t, simulationRules, nil, func(f *flow) {
		f.move("lost", "Video") // uncertain, and in truth there
		f.far.put("lost@example.com", flowd.Interview{ID: "i", ExternalID: flowd.InviteKey("ats", "lost", "pos-ae", 1).ExternalID()})
		f.pause(state.ScopeAll)
		time.Sleep(time.Minute)
		f.move("next", "Video")
		f.move("more", "Video")
		stop := state.Pause{Reason: flowd.ReasonQuota, ProbeAt: time.Now()}
		if _, err := f.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeAccount, Pause: stop}, time.Now()); err != nil {
			t.Fatal(err)
		}
		f.lift(state.ScopeAll)
		f.engine.Wake()
		// The probe takes the oldest, which is found and needs no call; so the next
		// one probes, alone.
		time.Sleep(10 * time.Second)
		f.stands("lost", flowd.Done, flowd.ReasonAdopted)
		f.calls(2)
		if len(f.pauses()) != 1 {
			t.Errorf("the stop was lifted although no invite was accepted: %+v", f.pauses())
		}
		time.Sleep(20 * time.Minute)
		f.stands("next", flowd.Done, "")
		f.stands("more", flowd.Done, "")
	}, fault.New(fault.Uncertain, "invite", "timed out"), used)
}

// One action tries; the others wait until it is answered.
func TestFlow_OneProbeAtATime(t *testing.T) {
	t.Parallel()
	used := fault.New(fault.Quota, "invite", "used up")
	run(t, simulationRules, nil, func(f *flow) {
		for _, app := range []string{"a", "b", "c", "d"} {
			f.move(app, "Video")
		}
		f.calls(1)
		since := f.pauses()[0].Since
		for probes := 2; probes <= 4; probes++ {
			time.Sleep(15*time.Minute + 2*time.Second)
			f.calls(probes)
		}
		if got := f.pauses()[0].Since; !got.Equal(since) {
			t.Errorf("stopped since %v, and after some probes since %v", since, got)
		}
		time.Sleep(16 * time.Minute)
		f.calls(8)
	}, used, used, used, used)
}

// Attempts that the far side turned away for reasons of its own do not count
// against an action, nor do those of before a person's release.
func TestFlow_GivenUpByItsOwnFaultsOnly(t *testing.T) {
	t.Parallel()
	var answers []error
	for range 45 {
		answers = append(answers, fault.New(fault.RateLimited, "invite", "too fast"))
	}
	for range 41 {
		answers = append(answers, fault.New(fault.Unavailable, "invite", "no connection"))
	}
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video")
		for range 60 {
			f.stands("app", flowd.Due, flowd.ReasonRetry)
			time.Sleep(time.Minute)
		}
		time.Sleep(10 * time.Hour)
		f.stands("app", flowd.GivenUp, flowd.ReasonGaveUp)
		_, err := f.store.Amend(t.Context(), state.Amendment{Verb: state.Release, Select: state.Selection{Application: "app"}, By: "tester"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		f.engine.Wake()
		time.Sleep(time.Hour) // one more refusal, then an answer
		f.stands("app", flowd.Done, "")
	}, answers...)
}

// Hireflix says that the address is there and never lists it: a person has to
// look, and must hear so.
func TestFlow_AnInviteThatIsThereAndNeverListed(t *testing.T) {
	t.Parallel()
	var answers []error
	for range 100 {
		answers = append(answers, fault.New(fault.Conflict, "invite", "exists"))
	}
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.stands("app", flowd.Uncertain, flowd.ReasonBeingChecked)
		time.Sleep(3 * time.Hour)
		f.stands("app", flowd.NeedsPerson, flowd.ReasonUnknownAnswer)
	}, answers...)
}

// A server's wish is bounded wherever it is heard.
func TestFlow_ALookUpIsNotPutOffForYears(t *testing.T) {
	t.Parallel()
	far := &refusingLooks{}
	far.err.Store(&fault.Error{Kind: fault.RateLimited, Op: "look", RetryAfter: 10 * 365 * 24 * time.Hour})
	run(t, simulationRules, func(o *engine.Options) { far.Driver, o.Driver = o.Driver, far }, func(f *flow) {
		f.move("app", "Video")
		time.Sleep(time.Minute)
		far.err.Store(nil)
		time.Sleep(7 * time.Hour)
		f.stands("app", flowd.Done, "")
	}, fault.New(fault.Uncertain, "invite", "timed out"))
}

type refusingLooks struct {
	engine.Driver
	err atomic.Pointer[fault.Error]
}

func (r *refusingLooks) Find(ctx context.Context, a flowd.Action, to flowd.Application) (flowd.Interview, bool, error) {
	if err := r.err.Load(); err != nil {
		return flowd.Interview{}, false, err
	}
	return r.Driver.Find(ctx, a, to)
}

// A panic below the engine costs one attempt, not the daemon, and is looked up
// like any other attempt without an answer.
func TestFlow_APanicIsOneUncertainAttempt(t *testing.T) {
	t.Parallel()
	far := &panicking{times: 1}
	run(t, simulationRules, func(o *engine.Options) { far.Driver, o.Driver = o.Driver, far }, func(f *flow) {
		f.move("app", "Video")
		f.stands("app", flowd.Uncertain, flowd.ReasonBeingChecked)
		time.Sleep(time.Minute)
		f.stands("app", flowd.Done, "")
		if got := f.far.looked(); got != 1 {
			t.Errorf("%d look-ups, want one", got)
		}
	})
}

type panicking struct {
	engine.Driver
	times int
}

func (p *panicking) Perform(ctx context.Context, a flowd.Action, to flowd.Application) (flowd.Outcome, error) {
	if p.times > 0 {
		p.times--
		panic("a fault of ours")
	}
	return p.Driver.Perform(ctx, a, to)
}

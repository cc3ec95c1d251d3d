package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

// flow is an engine on the memory store with a far side that a test scripts.
type flow struct {
	t      *testing.T
	engine *engine.Engine
	store  *mem.Store
	far    *scripted
	moves  int
	opts   engine.Options
	stop   func() // ends the engine that runs
}

// scripted answers calls from a list; beyond it, it creates.
type scripted struct {
	mu      sync.Mutex
	answers []error
	there   map[string]flowd.Interview // what a look-up finds, by address
	calls   []flowd.Action
	looks   int
}

func (s *scripted) Perform(_ context.Context, a flowd.Action, to flowd.Application) (flowd.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, a)
	if len(s.answers) > 0 {
		err := s.answers[0]
		s.answers = s.answers[1:]
		if err != nil {
			return flowd.Outcome{}, err
		}
	}
	made := flowd.Interview{ID: "i", ExternalID: a.Key.ExternalID()}
	s.there[to.Candidate.Email] = made
	return flowd.Outcome{State: flowd.Done, Interview: made}, nil
}

func (s *scripted) Find(_ context.Context, _ flowd.Action, to flowd.Application) (flowd.Interview, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	found, ok := s.there[to.Candidate.Email]
	return found, ok, nil
}

// next makes the far side answer its next calls so.
func (s *scripted) next(answers ...error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

// put lets look-ups by the address find an interview.
func (s *scripted) put(email string, i flowd.Interview) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.there[email] = i
}

func (s *scripted) looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looks
}

func (s *scripted) last() flowd.Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[len(s.calls)-1]
}

// run starts a flow in a bubble of fake time and ends it with the test.
func run(t *testing.T, text string, change func(*engine.Options), script func(f *flow), answers ...error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &flow{t: t, store: mem.New(), far: &scripted{answers: answers, there: map[string]flowd.Interview{}}}
		o := engine.Options{Store: f.store, Driver: f.far, Log: zerolog.Nop(), Tuning: engine.Tuning{Concurrency: 2}, Timeout: 5 * time.Second, Settle: 30 * time.Second, QuotaProbe: 15 * time.Minute}
		if change != nil {
			change(&o)
		}
		f.opts = o
		f.begin(text)
		script(f)
		f.stop()
	})
}

func (f *flow) begin(text string) {
	f.t.Helper()
	var err error
	if f.engine, err = engine.New(f.opts, compile(f.t, text)); err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = f.engine.Run(ctx) })
	f.stop = func() { cancel(); running.Wait() }
}

// restart ends the engine and begins another one on the same store.
func (f *flow) restart(text string) {
	f.t.Helper()
	f.stop()
	f.begin(text)
}

// move brings an application to a stage, a second after the last move.
func (f *flow) move(app, stage string, change ...func(*flowd.Event)) {
	f.t.Helper()
	f.moves++
	time.Sleep(time.Second)
	ev := flowd.Event{
		Key: fmt.Sprintf("ats/%d", f.moves), Type: flowd.StageEntered, At: time.Now(), Stage: flowd.Stage{ID: "s-" + stage, Name: stage},
		Application: flowd.Application{
			ID: app, Status: flowd.StatusActive, Source: "LinkedIn", Job: flowd.Job{ID: "j", Name: "AE"},
			Candidate: flowd.Candidate{ID: "c-" + app, Email: app + "@example.com", FirstName: "P"},
		},
	}
	for _, c := range change {
		c(&ev)
	}
	if _, err := f.engine.Admit(f.t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{ev}}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // fake: long enough for whatever it causes at once
}

// rows are what an application was promised, oldest first.
func (f *flow) rows(app string) []state.Row {
	f.t.Helper()
	return f.story(app).Rows
}

func (f *flow) story(app string) state.Story {
	f.t.Helper()
	stories, err := f.store.Story(f.t.Context(), state.Ref{Application: app})
	if err != nil {
		f.t.Fatal(err)
	}
	if len(stories) == 0 {
		return state.Story{}
	}
	return stories[0]
}

// stands checks the last row that was not decided again.
func (f *flow) stands(app string, want flowd.ActionState, reason flowd.Reason) {
	f.t.Helper()
	var last *state.Row
	for _, r := range f.rows(app) {
		if r.State != flowd.Replaced {
			last = &r
		}
	}
	switch {
	case last == nil:
		f.t.Errorf("%s has no row, want %s (%s)", app, want, reason)
	case last.State != want || last.Reason != reason:
		f.t.Errorf("%s is %s (%s: %s), want %s (%s)", app, last.State, last.Reason, last.Detail, want, reason)
	}
}

func (f *flow) calls(want int) {
	f.t.Helper()
	f.far.mu.Lock()
	defer f.far.mu.Unlock()
	if len(f.far.calls) != want {
		f.t.Errorf("%d calls, want %d", len(f.far.calls), want)
	}
}

func TestFlow_AdoptsWhatStandsThere(t *testing.T) {
	t.Parallel()
	conflict := fault.New(fault.Conflict, "invite", "exists")
	other := flowd.InviteKey("ats", "twin", "pos-ae", 1).ExternalID()
	for name, c := range map[string]struct {
		there  flowd.Interview
		state  flowd.ActionState
		reason flowd.Reason
	}{
		"ours":                      {flowd.Interview{ExternalID: flowd.InviteKey("ats", "app", "pos-ae", 1).ExternalID()}, flowd.Done, flowd.ReasonAdopted},
		"ours, and answered":        {flowd.Interview{ExternalID: flowd.InviteKey("ats", "app", "pos-ae", 1).ExternalID(), Answered: true}, flowd.Done, flowd.ReasonAdopted},
		"of another application":    {flowd.Interview{ExternalID: other}, flowd.Shared, flowd.ReasonSharedWith},
		"of another, and answered":  {flowd.Interview{ExternalID: other, Answered: true}, flowd.NeedsPerson, flowd.ReasonAnswered},
		"somebody else's":           {flowd.Interview{}, flowd.NeedsPerson, flowd.ReasonSomeoneElse},
		"somebody else's, answered": {flowd.Interview{Answered: true}, flowd.NeedsPerson, flowd.ReasonAnswered},
		"only looks like ours":      {flowd.Interview{ExternalID: "flowd1-00000000000000000000000000000000"}, flowd.NeedsPerson, flowd.ReasonSomeoneElse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, simulationRules, nil, func(f *flow) {
				f.move("twin", "Video") // makes its key one of the ledger's
				f.far.next(conflict)
				f.far.put("app@example.com", c.there)
				f.move("app", "Video")
				f.stands("app", c.state, c.reason)
				f.calls(2)
			})
		})
	}
}

// One application may have the same id in two systems: the other is named with
// its own.
func TestFlow_SharedWithAnotherSystem(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		var there flowd.Event
		f.move("twin", "Applied", func(ev *flowd.Event) { there = *ev })
		there.Key, there.Application.ID, there.Stage = "elsewhere/1", "app", flowd.Stage{ID: "s-Video", Name: "Video"}
		if _, err := f.engine.Admit(t.Context(), flowd.Batch{Source: "elsewhere", ATS: "elsewhere", Events: []flowd.Event{there}}, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		f.far.next(fault.New(fault.Conflict, "invite", "exists"))
		f.far.put("app@example.com", flowd.Interview{ExternalID: flowd.InviteKey("elsewhere", "app", "pos-ae", 1).ExternalID()})
		f.move("app", "Video")
		stories, err := f.store.Story(t.Context(), state.Ref{Action: flowd.InviteKey("ats", "app", "pos-ae", 1)})
		if err != nil || len(stories) != 1 || len(stories[0].Rows) != 1 || stories[0].Rows[0].Detail != "the other is app of elsewhere" {
			t.Errorf("%v, %+v", err, stories)
		}
	})
}

func TestFlow_UncertainIsLookedUpAfterTheQuietTime(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.stands("app", flowd.Uncertain, flowd.ReasonBeingChecked)
		time.Sleep(29 * time.Second)
		if f.far.looked() != 0 {
			t.Error("looked before the quiet time was over: the call may still be under way")
		}
		time.Sleep(5 * time.Second)
		f.stands("app", flowd.Done, "")
		f.calls(2)
		if got := f.far.looked(); got != 1 {
			t.Errorf("%d look-ups, want one before the second call", got)
		}
	}, fault.New(fault.Uncertain, "invite", "timed out"))
}

func TestFlow_MovedOnBeforeItWentOut(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video") // no connection: due again
		f.move("app", "Offer")
		f.stands("app", flowd.Cancelled, flowd.ReasonLeftStage)
		time.Sleep(time.Hour)
		f.calls(1)
		// And back: nobody was written to, so this is a move like any other.
		f.move("app", "Video")
		f.stands("app", flowd.Done, "")
	}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: time.Minute})
}

// Whoever could not be written to when it was due, and can be at a later move,
// was never invited: that move counts.
func TestFlow_ReachableAgain(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video") // no connection: due again
		f.move("app", "Video", func(ev *flowd.Event) { ev.Application.Candidate.CanEmail = no() })
		time.Sleep(2 * time.Minute)
		f.stands("app", flowd.Cancelled, flowd.ReasonCannotEmail)
		f.move("app", "Offer")
		f.move("app", "Video", func(ev *flowd.Event) { ev.Application.Candidate.CanEmail = yes() })
		f.stands("app", flowd.Done, "")
	}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: time.Minute})
}

func TestFlow_EndedBeforeItWentOut(t *testing.T) {
	t.Parallel()
	for _, end := range []flowd.EventType{flowd.ApplicationRejected, flowd.ApplicationHired, flowd.ApplicationWithdrawn, flowd.ApplicationMerged, flowd.ApplicationDeleted, flowd.JobClosed} {
		t.Run(string(end), func(t *testing.T) {
			t.Parallel()
			run(t, simulationRules, nil, func(f *flow) {
				f.move("app", "Video")
				f.move("app", "Video", func(ev *flowd.Event) { ev.Type = end })
				why := flowd.ReasonEnded
				if end.Erases() { // for good: an old redelivery must not invite
					why = flowd.ReasonForgotten
				}
				f.stands("app", flowd.Cancelled, why)
				time.Sleep(time.Hour)
				f.calls(1)
			}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: time.Minute})
		})
	}
}

func TestFlow_ErrorIsHeldUntilTheFieldArrives(t *testing.T) {
	t.Parallel()
	run(t, decideRules, nil, func(f *flow) {
		f.move("app", "Numbers")
		f.stands("app", flowd.Held, flowd.ReasonError)
		f.move("app", "Numbers", func(ev *flowd.Event) {
			ev.Application.Fields = []flowd.Field{{Key: "notice_period", Name: "Notice period", Value: 3.0}}
		})
		f.stands("app", flowd.Done, "")
	})
}

func TestFlow_ConflictIsSettledByReleasingOne(t *testing.T) {
	t.Parallel()
	run(t, decideRules, nil, func(f *flow) {
		f.move("app", "Video", func(ev *flowd.Event) { ev.Application.Job.Name = "Clash" })
		f.stands("app", flowd.Held, flowd.ReasonConflict)
		f.calls(0)
		for _, rule := range []string{"clash", "other"} { // the second comes too late
			_, err := f.store.Amend(t.Context(), state.Amendment{Verb: state.Release, Select: state.Selection{Rule: rule, Reason: flowd.ReasonConflict}, By: "tester"}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			f.engine.Wake()
			time.Sleep(2 * time.Second)
		}
		f.calls(1)
		if got := f.far.last().Position.ID; got != "pos-sales" {
			t.Errorf("invited to %s, want the position of the rule that was released", got)
		}
	})
}

func TestFlow_RuleChangedWhileItWaited(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video") // the quota is used up
		f.stands("app", flowd.Due, flowd.ReasonQuota)
		changed := compile(t, changedRules)
		if err := f.engine.Serve(t.Context(), changed, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(16 * time.Minute)
		f.stands("app", flowd.Done, "")
		if got := f.far.last().Position.ID; got != "pos-sales" {
			t.Errorf("invited to %s, want the position that the rule names now", got)
		}
	}, fault.New(fault.Quota, "invite", "used up"))
}

const changedRules = `version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs: [{job: AE, position: pos-sales}]
`

func TestFlow_SafetyStandsAboveRules(t *testing.T) {
	t.Parallel()
	zero, two, one := 0, 2, 1
	for name, c := range map[string]struct {
		safety engine.Safety
		people int
		calls  int
		last   flowd.ActionState
		why    flowd.Reason
	}{
		"outside the pilot":          {engine.Safety{OnlyTo: []string{"*@other.example"}}, 1, 0, flowd.Cancelled, flowd.ReasonPilot},
		"a cap of nobody":            {engine.Safety{Caps: state.Caps{PerDay: &zero}}, 1, 0, flowd.Held, flowd.ReasonCap},
		"the third beyond a cap":     {engine.Safety{Caps: state.Caps{PerHour: &two}}, 3, 2, flowd.Held, flowd.ReasonCap},
		"nobody may be written to":   {engine.Safety{Caps: state.Caps{PerPerson: &zero, PersonSpan: time.Hour}}, 1, 0, flowd.Waiting, flowd.ReasonLimit},
		"one a person is no limit":   {engine.Safety{Caps: state.Caps{PerPerson: &one, PersonSpan: time.Hour}}, 3, 3, flowd.Done, ""},
		"not limited at all":         {engine.Safety{}, 3, 3, flowd.Done, ""},
		"on the do-not-contact list": {engine.Safety{Suppress: []engine.Suppressed{{Address: "*@example.com"}}}, 2, 0, flowd.Cancelled, flowd.ReasonDoNotContact},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, simulationRules, func(o *engine.Options) { o.Safety = c.safety }, func(f *flow) {
				for n := range c.people {
					f.move(fmt.Sprintf("app-%d", n), "Video")
				}
				time.Sleep(10 * time.Second)
				f.calls(c.calls)
				f.stands(fmt.Sprintf("app-%d", c.people-1), c.last, c.why)
			})
		})
	}
}

func TestFlow_ShadowIsRecordedOnly(t *testing.T) {
	t.Parallel()
	run(t, decideRules, nil, func(f *flow) {
		f.move("app", "Shadowed")
		f.stands("app", flowd.Would, flowd.ReasonShadow)
		f.calls(0)
		// What was only recorded does not stand in the way of the real one.
		f.move("app", "Video")
		f.stands("app", flowd.Done, "")
	})
}

func TestFlow_ErasedPeopleStayUninvited(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.calls(1)
		f.move("app", "", func(ev *flowd.Event) {
			ev.Type, ev.Stage, ev.Application = flowd.ApplicationAnonymized, flowd.Stage{}, flowd.Application{ID: "app"}
		})
		if found, err := f.store.Story(t.Context(), state.Ref{Email: "app@example.com"}); err != nil || len(found) > 0 {
			t.Errorf("the address still leads to %d stories (%v)", len(found), err)
		}
		f.move("app", "Video", func(ev *flowd.Event) { ev.Key = "ats/1" }) // the first one, delivered again
		time.Sleep(time.Minute)
		f.calls(1)
	})
}

// Whatever put an invite off, the ATS is asked right before it goes out; what goes
// out at once is not asked about.
func TestFlow_ReCheckAsksTheSourceAfterADelay(t *testing.T) {
	t.Parallel()
	shortWait := strings.Replace(plainRules, "stage: Video", "stage: Video\n    wait: 20s", 1)
	for name, tc := range map[string]struct {
		rules, mended string
		change        func(*flowd.Event)
		refusal       error
		calls         int
	}{
		"a fault":            {rules: simulationRules, refusal: &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: 5 * time.Minute}, calls: 1},
		"a short wait":       {rules: shortWait},
		"an error, mended":   {rules: fieldRules, mended: plainRules, change: notice("soon")},
		"nothing put it off": {rules: plainRules, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := &fetcher{app: flowd.Application{Stage: flowd.Stage{ID: "s-Offer", Name: "Offer"}}}
			change := func(*flowd.Event) {}
			if tc.change != nil {
				change = tc.change
			}
			run(t, tc.rules, func(o *engine.Options) { o.Fetchers = map[string]engine.Fetcher{"ats": asked} }, func(f *flow) {
				f.move("app", "Video", change)
				if asked.n.Load() != 0 {
					t.Error("asked the source although nothing was put off")
				}
				time.Sleep(10 * time.Minute)
				if tc.mended != "" {
					f.serve(tc.mended)
					time.Sleep(time.Minute)
				}
				f.calls(tc.calls)
				if name == "nothing put it off" {
					f.stands("app", flowd.Done, "")
					return
				}
				f.stands("app", flowd.Cancelled, flowd.ReasonLeftStage)
				if asked.n.Load() != 1 {
					t.Errorf("the source was asked %d times", asked.n.Load())
				}
			}, tc.refusal)
		})
	}
}

type fetcher struct {
	app flowd.Application
	n   atomic.Int64
}

func (f *fetcher) Fetch(context.Context, string) (flowd.Application, error) {
	f.n.Add(1)
	return f.app, nil
}

var _ rules.Decide = engine.Decide

// Events that wait for a name that only Hireflix can resolve do not keep those
// waiting that need none, however many they are.
func TestFlow_IdsDoNotQueueBehindNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(namedAndNot)}}, rules.Options{})
		if set == nil {
			t.Fatal(problems)
		}
		set, _, _ = set.Bind(nil, nil) // no catalogue
		f := &flow{t: t, store: mem.New(), far: &scripted{there: map[string]flowd.Interview{}}}
		var err error
		f.engine, err = engine.New(engine.Options{Store: f.store, Driver: f.far, Log: zerolog.Nop(), Tuning: engine.Tuning{Concurrency: 2}, Timeout: 5 * time.Second, Settle: 30 * time.Second, QuotaProbe: time.Minute}, set)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = f.engine.Run(ctx) })
		for n := range 300 {
			f.move(fmt.Sprint("named-", n), "Named")
		}
		f.move("by-id", "Ids")
		time.Sleep(5 * time.Second)
		counts, err := f.store.Counts(t.Context(), time.Now())
		if err != nil || counts.Undecided != 300 {
			t.Errorf("%d events wait for a name (%v), want 300", counts.Undecided, err)
		}
		if len(f.rows("by-id")) != 1 {
			t.Error("what names its position by id was not decided")
		}
		stop()
		running.Wait()
	})
}

const namedAndNot = `version: 1
owner: ops
rules:
  - id: named
    stage: Named
    pairs: [{job: AE, position: "A name of Hireflix"}]
  - id: ids
    stage: Ids
    unmapped: hold
    pairs: [{job: Another job, position: "65afda7ad66b25c281f30a01"}]
`

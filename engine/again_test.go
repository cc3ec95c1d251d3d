package engine_test

import (
	"context"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/state"
)

const fieldRules = `version: 1
owner: ops
rules:
  - id: notice
    stage: Video
    if: number("Notice period", 1) < 6
    pairs: [{job: AE, position: pos-ae}]
`

func notice(value any) func(*flowd.Event) {
	return func(ev *flowd.Event) {
		ev.Application.Fields = []flowd.Field{{Key: "notice_period", Name: "Notice period", Value: value}}
	}
}

// What made an evaluation fail is mended in the ATS: the decision is made anew
// with what is known now, not with the words of that day.
func TestFlow_ErrorIsHeldUntilTheFieldIsMended(t *testing.T) {
	t.Parallel()
	run(t, fieldRules, nil, func(f *flow) {
		f.move("app", "Video", notice("soon"))
		f.stands("app", flowd.Held, flowd.ReasonError)
		f.move("app", "Video", notice(3.0))
		time.Sleep(5 * time.Second)
		f.stands("app", flowd.Done, "")
	})
}

// The field breaks between the decision and the call: held like any failed
// evaluation, and mended like one.
func TestFlow_ErrorRightBeforeTheCall(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(f *flow){
		"by the field": func(f *flow) { f.move("app", "Video", notice(3.0)) },
		"by the rule": func(f *flow) {
			if err := f.engine.Serve(f.t.Context(), compile(f.t, plainRules), time.Now()); err != nil {
				f.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, fieldRules, nil, func(f *flow) {
				f.move("app", "Video", notice(3.0)) // put off
				f.move("app", "Video", notice("soon"))
				time.Sleep(10 * time.Minute)
				f.stands("app", flowd.Held, flowd.ReasonError)
				f.calls(1)
				mend(f)
				time.Sleep(10 * time.Minute)
				f.stands("app", flowd.Done, "")
				f.calls(2)
			}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: time.Minute})
		})
	}
}

const plainRules = `version: 1
owner: ops
rules:
  - id: notice
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
`

const countryRules = `version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs:
      - {job: AE, department: Sales, position: pos-sales}
      - {job: AE, position: pos-ae}
`

// What picks the position changes while the invite waits: it goes to the one
// that fits now, and the decision does not go round in circles.
func TestFlow_ThePositionFollowsWhatIsKnown(t *testing.T) {
	t.Parallel()
	run(t, countryRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.move("app", "Video", func(ev *flowd.Event) { ev.Application.Job.Department = "Sales" })
		time.Sleep(10 * time.Minute)
		f.stands("app", flowd.Done, "")
		f.calls(2)
		if got := f.far.last().Position.ID; got != "pos-sales" {
			t.Errorf("invited to %s, want the position that fits now", got)
		}
		for _, r := range f.rows("app") {
			if len(r.Steps) > 8 {
				t.Errorf("the row went round in circles: %d steps", len(r.Steps))
			}
		}
	}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: time.Minute})
}

// Hireflix no longer has the position: its queue goes on when the rule names
// another one, whether by a reload or a restart.
func TestFlow_ParkedForAPositionThatIsGone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(f *flow){
		"a reload": func(f *flow) {
			if err := f.engine.Serve(f.t.Context(), compile(f.t, changedRules), time.Now()); err != nil {
				f.t.Fatal(err)
			}
		},
		"a restart": func(f *flow) { f.restart(changedRules) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, simulationRules, nil, func(f *flow) {
				f.move("one", "Video")
				f.move("two", "Video")
				f.stands("one", flowd.Held, flowd.ReasonPosition)
				f.stands("two", flowd.Held, flowd.ReasonPosition)
				change(f)
				time.Sleep(5 * time.Second)
				f.stands("one", flowd.Done, "")
				f.stands("two", flowd.Done, "")
				f.calls(3)
				if got := f.far.last().Position.ID; got != "pos-sales" {
					t.Errorf("invited to %s, want the position that the rule names now", got)
				}
			}, fault.New(fault.NotFound, "invite", "no position has this id"))
		})
	}
}

// A daemon that was stopped to mend a rule finds on its start what failed under
// the old one.
func TestFlow_ErrorIsDecidedAgainAfterARestart(t *testing.T) {
	t.Parallel()
	run(t, fieldRules, nil, func(f *flow) {
		f.move("app", "Video", notice("soon"))
		f.stands("app", flowd.Held, flowd.ReasonError)
		f.restart(plainRules)
		time.Sleep(5 * time.Second)
		f.stands("app", flowd.Done, "")
	})
}

// The rules change while a decision under the old ones is being committed: what
// failed under them is decided again although the change came too early for it.
func TestFlow_RulesChangeUnderACommit(t *testing.T) {
	t.Parallel()
	slow := &slowCommit{}
	run(t, fieldRules, func(o *engine.Options) {
		slow.Store, slow.release, o.Store = o.Store, make(chan struct{}), slow
	}, func(f *flow) {
		f.move("app", "Video", notice("soon"))
		if err := f.engine.Serve(t.Context(), compile(t, plainRules), time.Now()); err != nil {
			t.Fatal(err)
		}
		close(slow.release)
		time.Sleep(5 * time.Second)
		f.stands("app", flowd.Done, "")
	})
}

// slowCommit is a store whose commits wait until they are let go.
type slowCommit struct {
	engine.Store
	release chan struct{}
}

func (s *slowCommit) Commit(ctx context.Context, c state.Commitment, now time.Time) (state.Committed, error) {
	<-s.release
	return s.Store.Commit(ctx, c, now)
}

// Nobody is held for an error who would not be invited anyway.
func TestDecide_AnErrorDoesNotHoldWhoIsLeftOutAnyway(t *testing.T) {
	t.Parallel()
	set := compile(t, fieldRules)
	ev := flowd.Event{Key: "k", Source: "ats", ATS: "ats", Type: flowd.StageEntered, Stage: flowd.Stage{Name: "Video"}}
	app := flowd.Application{
		ID: "app", Job: flowd.Job{Name: "AE"}, Candidate: flowd.Candidate{Email: "ida.pine@example.com"},
		Fields: []flowd.Field{{Name: "Notice period", Value: "soon"}},
	}
	for _, novelty := range []flowd.Novelty{flowd.SameStage, flowd.Superseded, flowd.Baseline} {
		got := engine.Decide(set, ev, flowd.Facts{Application: app, Novelty: novelty}, time.Now())
		if len(got) != 1 || got[0].Verdict != flowd.Skipped || len(got[0].Actions) != 0 {
			t.Errorf("%s: %+v", novelty, got)
		}
	}
}

// Everything that was known before a job was closed is decided before that.
func TestFlow_ClosedJobEndsWhatWasDecidedBeside(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, func(o *engine.Options) { o.Paused = func() bool { return true } }, func(f *flow) {
		var events []flowd.Event
		for _, app := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			events = append(events, flowd.Event{
				Key: "evt-" + app, Type: flowd.StageEntered, Stage: flowd.Stage{ID: "s", Name: "Video"},
				Application: flowd.Application{ID: app, Job: flowd.Job{ID: "j", Name: "AE"}, Candidate: flowd.Candidate{ID: "c-" + app, Email: app + "@example.com", FirstName: "P"}},
			})
		}
		events = append(events, flowd.Event{Key: "evt-closed", Type: flowd.JobClosed, Application: flowd.Application{Job: flowd.Job{ID: "j"}}})
		if _, err := f.engine.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: events}, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		for _, app := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			f.stands(app, flowd.Cancelled, flowd.ReasonEnded)
		}
	})
}

// An id that is an address is replaced wherever an event carries one.
func TestAdmit_AddressesAsIDs(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Video", func(ev *flowd.Event) {
			ev.Type, ev.MergedInto = flowd.ApplicationMerged, "twin@example.com"
		})
		stories := f.story("app")
		want, _ := flowd.SafeID("twin@example.com")
		if got := stories.Events[len(stories.Events)-1].Event.MergedInto; got != want {
			t.Errorf("merged into %q, want its digest", got)
		}
	})
}

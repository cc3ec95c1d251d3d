package engine_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/state"
)

const laterRules = inviteRule + `  - id: remind
    description: Lets the ATS remind.
    trigger: {after: 1h, since: invited, still: unanswered, of: [invite]}
    actions:
      - ats.tag: {add: "remind"}
      - ats.note: {text: "reminded"}
  - id: tidy
    description: Takes back what nobody answered.
    trigger: {after: 2d, since: invited, still: unanswered, of: [invite]}
    actions:
      - hireflix.withdraw: {}
      - ats.tag: {add: "no answer"}
`

func later(t *testing.T, change func(*engine.Options), script func(f *flow, ats *pen)) {
	t.Helper()
	ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
	run(t, laterRules, func(o *engine.Options) {
		o.Writer, o.Notifier = ats, ats
		if change != nil {
			change(o)
		}
	}, func(f *flow) { script(f, ats) })
}

// invitedOpen brings an application to an interview that nobody has answered.
func (f *flow) invitedOpen(app string) {
	f.t.Helper()
	f.move(app, "Video")
	f.seen(app, func(i *flowd.Interview) { open(i); i.CreatedAt = time.Now() })
}

// A reminder that was stopped on its way is none any more when the candidate has
// answered, or has left, by the time that it is let go.
func TestTimer_IsAskedAgainBeforeItsFirstStep(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(f *flow){
		"answered": func(f *flow) { f.seen("app", nil) },
		"rejected": func(f *flow) {
			f.move("app", "Video", func(ev *flowd.Event) {
				ev.Type, ev.Application.Status = flowd.ApplicationRejected, flowd.StatusRejected
			})
		},
		"interviewed in another way": func(f *flow) { f.order("app", flowd.AlternativeOrdered, "order/1", flowd.Order{}) },
		"nothing":                    func(*flow) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			later(t, nil, func(f *flow, ats *pen) {
				f.invitedOpen("app")
				time.Sleep(50 * time.Minute)
				f.pause(state.ScopeAll)
				time.Sleep(time.Hour)
				meanwhile(f)
				f.lift(state.ScopeAll)
				f.engine.Wake()
				time.Sleep(time.Minute)
				if reminded := ats.texts() != ""; reminded != (name == "nothing") {
					t.Errorf("written: %q", ats.texts())
				}
			})
			// The time has come, its first step is on its way, and then it is stopped.
			later(t, nil, func(f *flow, ats *pen) {
				f.invitedOpen("app")
				ats.next(fault500(), fault500(), fault500())
				time.Sleep(59*time.Minute + 59*time.Second)
				for range 100 {
					if time.Sleep(100 * time.Millisecond); ats.texts() != "" {
						break
					}
				}
				f.pause(state.ScopeAll)
				before := strings.Count(ats.texts(), "ats.tag")
				if before == 0 {
					t.Fatal("its time has not come")
				}
				meanwhile(f)
				time.Sleep(time.Hour)
				f.lift(state.ScopeAll)
				f.engine.Wake()
				time.Sleep(2 * time.Hour)
				again := strings.Count(ats.texts(), "ats.tag") > before || strings.Contains(ats.texts(), "reminded")
				if again != (name == "nothing") {
					t.Errorf("written:\n%s", ats.texts())
				}
			})
		})
	}
}

// What a timer's own first step has changed does not stop those behind it.
func TestTimer_LaterStepsFollowTheFirst(t *testing.T) {
	t.Parallel()
	later(t, nil, func(f *flow, ats *pen) {
		f.invitedOpen("app")
		time.Sleep(49 * time.Hour)
		f.calls(2)
		if !strings.Contains(ats.texts(), "no answer") {
			t.Errorf("written:\n%s", ats.texts())
		}
	})
}

// A rule that is removed or switched off deletes nothing any more.
func TestWithdraw_OfARuleThatIsGone(t *testing.T) {
	t.Parallel()
	later(t, nil, func(f *flow, _ *pen) {
		f.invitedOpen("app")
		time.Sleep(47 * time.Hour)
		f.pause(state.ScopeAccount)
		time.Sleep(2 * time.Hour)
		if r := f.row("app", flowd.ActionWithdraw); r.State != flowd.Due {
			t.Fatalf("it is %s (%s)", r.State, r.Reason)
		}
		f.restart(laterRules[:strings.Index(laterRules, "  - id: tidy")])
		f.lift(state.ScopeAccount)
		f.engine.Wake()
		time.Sleep(time.Minute)
		f.calls(1)
		if r := f.row("app", flowd.ActionWithdraw); r.State != flowd.Cancelled || r.Reason != flowd.ReasonRuleGone {
			t.Errorf("it is %s (%s)", r.State, r.Reason)
		}
	})
}

// An application that goes on without an event that says so keeps its interview.
func TestEndings_OpenAgainWithoutSayingSo(t *testing.T) {
	t.Parallel()
	later(t, func(o *engine.Options) { o.Endings = engine.Endings{Withdraw: true, After: time.Hour} }, func(f *flow, _ *pen) {
		f.invitedOpen("app")
		f.move("app", "Video", func(ev *flowd.Event) {
			ev.Type, ev.Application.Status = flowd.ApplicationRejected, flowd.StatusRejected
		})
		f.move("app", "Offer") // and the ATS tells that it is active
		time.Sleep(2 * time.Hour)
		f.calls(1)
		if r := f.row("app", flowd.ActionWithdraw); r.State != flowd.Cancelled || r.Reason != flowd.ReasonEnded {
			t.Errorf("it is %s (%s)", r.State, r.Reason)
		}
	})
}

// An application that comes back right after its job was closed keeps its
// interview, though the job's end reaches it later.
func TestEndings_OpenAgainBehindTheJobsEnd(t *testing.T) {
	t.Parallel()
	for again, calls := range map[bool]int{true: 1, false: 2} {
		later(t, func(o *engine.Options) { o.Endings = engine.Endings{Withdraw: true, After: time.Hour} }, func(f *flow, _ *pen) {
			f.invitedOpen("app")
			now := time.Now()
			events := []flowd.Event{{Key: "closed", Type: flowd.JobClosed, At: now, Application: flowd.Application{Job: flowd.Job{ID: "j"}}}}
			if again {
				events = append(events, flowd.Event{Key: "back", Type: flowd.ApplicationReopened, At: now.Add(time.Millisecond),
					Application: flowd.Application{ID: "app", Status: flowd.StatusActive}})
			}
			if _, err := f.engine.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: events}, now.Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Hour)
			f.calls(calls)
		})
	}
}

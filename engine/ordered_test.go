package engine_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/state"
)

// order admits a person's order about one application.
func (f *flow) order(app string, kind flowd.EventType, key string, o flowd.Order, change ...func(*flowd.Event)) {
	f.t.Helper()
	time.Sleep(time.Second)
	o.By = "ana"
	ev := flowd.Event{Key: key, Type: kind, Application: flowd.Application{ID: app}, Order: o}
	for _, c := range change {
		c(&ev)
	}
	if _, err := f.engine.Admit(f.t.Context(), flowd.Batch{Source: "by-hand", ATS: "ats", Events: []flowd.Event{ev}}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(time.Second)
}

var ae = flowd.Position{ID: "pos-ae", Name: "AE"}

func open(i *flowd.Interview) {
	i.Answered, i.CompletedAt, i.Score, i.Status = false, time.Time{}, 0, flowd.InterviewPending
}

func TestOrders_InviteByHand(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Nowhere")
		f.calls(0)
		f.order("app", flowd.InviteOrdered, "order/1", flowd.Order{Position: ae})
		f.stands("app", flowd.Done, "")
		f.calls(1)
		f.order("app", flowd.InviteOrdered, "order/2", flowd.Order{Position: ae}) // twice by mistake
		f.calls(1)
	})
}

func TestOrders_StandBelowSafety(t *testing.T) {
	t.Parallel()
	run(t, simulationRules, func(o *engine.Options) { o.Safety.OnlyTo = []string{"*@other.example"} }, func(f *flow) {
		f.move("app", "Nowhere")
		f.order("app", flowd.InviteOrdered, "order/1", flowd.Order{Position: ae})
		f.stands("app", flowd.Cancelled, flowd.ReasonPilot)
		f.calls(0)
	})
}

// To invite again takes the unanswered interview back first, and never one with
// answers.
func TestOrders_InviteAgain(t *testing.T) {
	t.Parallel()
	run(t, backRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", open)
		f.order("app", flowd.InviteOrdered, "order/1", flowd.Order{Position: ae, Again: true},
			func(ev *flowd.Event) { ev.Application.Candidate.Email = "new@example.com" })
		f.calls(3) // the invite, the deletion, the invite
		r := f.row("app", flowd.ActionInvite)
		if r.State != flowd.Done || r.Action.Generation != 2 {
			t.Errorf("the second invite is %s, generation %d", r.State, r.Action.Generation)
		}
	})
	run(t, backRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", nil)
		f.order("app", flowd.InviteOrdered, "order/1", flowd.Order{Position: ae, Again: true})
		f.calls(1)
	})
}

// Hireflix may go on listing an interview that was taken back a moment ago, and
// refuse its address: that is not the invite that was ordered.
func TestOrders_InviteAgainWhileTheOldOneIsListed(t *testing.T) {
	t.Parallel()
	var far *listing
	run(t, backRules, func(o *engine.Options) { far = &listing{Driver: o.Driver}; o.Driver = far }, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", open)
		far.old.Store(&flowd.Interview{ID: "i", ExternalID: flowd.InviteKey("ats", "app", "pos-ae", 1).ExternalID()})
		there := fault.New(fault.Conflict, "invite", "already there")
		f.far.next(nil, there, there)
		f.order("app", flowd.InviteOrdered, "order/1", flowd.Order{Position: ae, Again: true})
		time.Sleep(time.Minute)
		if r := f.row("app", flowd.ActionInvite); r.State == flowd.Done {
			t.Fatalf("it was taken for done: %s", r.Reason)
		}
		time.Sleep(time.Hour)
		f.calls(5) // the invite, the deletion, twice refused, the invite
		if r := f.row("app", flowd.ActionInvite); r.State != flowd.Done {
			t.Errorf("it is %s (%s)", r.State, r.Reason)
		}
	})
}

// While nobody knows whether an invite is out, or it goes out still, another one
// to a new address would be the second.
func TestOrders_InviteAgainWhileTheFirstIsOnItsWay(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{"may be out": fault.New(fault.Uncertain, "invite", "no answer"), "goes out still": fault500()} {
		run(t, backRules, nil, func(f *flow) {
			f.far.next(answer, answer, answer, answer, answer, answer)
			f.move("app", "Video")
			f.order("app", flowd.InviteOrdered, "order/1", flowd.Order{Position: ae, Again: true},
				func(ev *flowd.Event) { ev.Application.Candidate.Email = "new@example.com" })
			time.Sleep(time.Hour)
			if r := f.row("app", flowd.ActionInvite); r.Action.Generation != 1 {
				t.Errorf("%s: a second invite was made, and is %s", name, r.State)
			}
		})
	}
}

// listing is a Hireflix whose look-ups find an old interview.
type listing struct {
	engine.Driver
	old atomic.Pointer[flowd.Interview]
}

func (l *listing) Find(ctx context.Context, a flowd.Action, to flowd.Application) (flowd.Interview, bool, error) {
	if old := l.old.Load(); old != nil {
		return *old, true, nil
	}
	return l.Driver.Find(ctx, a, to)
}

func TestOrders_Withdraw(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seen  func(*flowd.Interview)
		state flowd.ActionState
		calls int
	}{
		"unanswered": {open, flowd.Done, 2},
		"answered":   {nil, flowd.NeedsPerson, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, backRules, nil, func(f *flow) {
				f.move("app", "Video")
				f.seen("app", c.seen)
				f.order("app", flowd.WithdrawOrdered, "order/1", flowd.Order{Invite: flowd.InviteKey("ats", "app", "pos-ae", 1)})
				if r := f.row("app", flowd.ActionWithdraw); r.State != c.state {
					t.Errorf("it is %s (%s: %s), want %s", r.State, r.Reason, r.Detail, c.state)
				}
				f.calls(c.calls)
				f.move("app", "Offer")
				f.move("app", "Video") // re-delivered, or back
				f.calls(c.calls)
			})
		})
	}
}

// An interview that another open application has, too, is deleted for nobody.
func TestOrders_WithdrawWhatAnotherHas(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]flowd.ActionState{"open": flowd.NeedsPerson, "rejected": flowd.Done} {
		run(t, backRules, nil, func(f *flow) {
			f.move("app", "Video")
			f.seen("app", open)
			f.move("other", "Applied")
			if err := f.store.Tie(t.Context(), state.Tie{Interview: "i", ATS: "ats", Application: "other", By: "ana"}, time.Now()); err != nil {
				t.Fatal(err)
			}
			if name == "rejected" {
				f.move("other", "Applied", func(ev *flowd.Event) {
					ev.Type, ev.Application.Status = flowd.ApplicationRejected, flowd.StatusRejected
				})
			}
			f.order("app", flowd.WithdrawOrdered, "order/1", flowd.Order{Invite: flowd.InviteKey("ats", "app", "pos-ae", 1)})
			if r := f.row("app", flowd.ActionWithdraw); r.State != want {
				t.Errorf("%s: it is %s (%s: %s), want %s", name, r.State, r.Reason, r.Detail, want)
			}
		})
	}
}

// When the application ends, what is open is listed, or taken back in a while;
// its return undoes that, and whoever was not invited yet is held.
func TestEndings(t *testing.T) {
	t.Parallel()
	end := func(f *flow, kind flowd.EventType) {
		f.move("app", "Video", func(ev *flowd.Event) {
			ev.Type, ev.Application.Status = kind, map[flowd.EventType]flowd.Status{flowd.ApplicationReopened: flowd.StatusActive, flowd.ApplicationRejected: flowd.StatusRejected}[kind]
		})
	}
	withdraw := func(o *engine.Options) { o.Endings = engine.Endings{Withdraw: true, After: time.Hour} }
	run(t, backRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", open)
		end(f, flowd.ApplicationRejected)
		if r := f.row("app", flowd.ActionWithdraw); r.State != flowd.Held || r.Reason != flowd.ReasonEnded {
			t.Errorf("it is %s (%s)", r.State, r.Reason)
		}
	})
	run(t, backRules, withdraw, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", open)
		end(f, flowd.ApplicationRejected)
		f.calls(1)
		time.Sleep(61 * time.Minute)
		f.calls(2)
	})
	run(t, backRules, withdraw, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", open)
		end(f, flowd.ApplicationRejected)
		time.Sleep(time.Minute)
		end(f, flowd.ApplicationReopened)
		time.Sleep(2 * time.Hour)
		f.calls(1)
	})
	run(t, backRules, nil, func(f *flow) {
		f.far.next(fault500(), fault500(), fault500(), fault500(), fault500())
		f.move("app", "Video")
		end(f, flowd.ApplicationRejected)
		f.stands("app", flowd.Cancelled, flowd.ReasonEnded)
		end(f, flowd.ApplicationReopened)
		f.stands("app", flowd.Held, flowd.ReasonEnded)
	})
}

func TestAlternative(t *testing.T) {
	t.Parallel()
	marked := func(o *engine.Options) { o.Alternative = engine.Alternative{Tag: "phone", Field: "Interview type"} }
	run(t, simulationRules, marked, func(f *flow) {
		f.move("app", "Video", func(ev *flowd.Event) { ev.Application.Tags = []string{"Phone"} })
		f.move("other", "Video", func(ev *flowd.Event) {
			ev.Application.Fields = []flowd.Field{{Name: "interview type", Value: "live"}}
		})
		f.move("usual", "Video", func(ev *flowd.Event) {
			ev.Application.Fields = []flowd.Field{{Name: "interview type", Value: "No"}}
		})
		f.calls(1)
	})
	run(t, simulationRules, nil, func(f *flow) {
		f.move("app", "Nowhere")
		f.order("app", flowd.AlternativeOrdered, "order/1", flowd.Order{Why: "by phone"})
		f.move("app", "Video")
		f.calls(0)
	})
}

// An interview that somebody made by hand is tied where exactly one application
// fits, and listed else.
func TestTie(t *testing.T) {
	t.Parallel()
	strange := func(i *flowd.Interview) { i.ID, i.ExternalID = "theirs", "" }
	back(t, recorded, func(f *flow, ats *pen) {
		f.move("app", "Applied")
		f.seen("app", strange)
		f.seen("app", strange)
		if got := len(f.story("app").Events); got < 2 {
			t.Errorf("the application has %d events", got)
		}
	})
	back(t, recorded, func(f *flow, ats *pen) {
		f.seen("nobody", strange)
		stories := f.story("theirs")
		if len(stories.Rows) != 1 || stories.Rows[0].Action.Kind != flowd.ActionTie || stories.Rows[0].State != flowd.Held {
			t.Fatalf("%+v", stories.Rows)
		}
		if !strings.Contains(stories.Rows[0].Detail, "0 open applications") || ats.texts() != "" {
			t.Errorf("%s\n%s", stories.Rows[0].Detail, ats.texts())
		}
	})
}

func fault500() error { return fault.New(fault.Unavailable, "invite", "down") }

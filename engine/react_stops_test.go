package engine_test

import (
	"testing"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// A quota that is used up stops invites: what follows the interviews that there
// are is still written.
func TestReactions_TheQuotaStopsNoNotes(t *testing.T) {
	t.Parallel()
	back(t, recorded, func(f *flow, ats *pen) {
		f.move("app", "Video")
		time.Sleep(3 * time.Second)
		pause := state.PauseChange{Scope: state.ScopeAccount, Pause: state.Pause{Reason: flowd.ReasonQuota, ProbeAt: time.Now().Add(24 * time.Hour)}}
		if _, err := f.store.Pause(t.Context(), pause, time.Now()); err != nil {
			t.Fatal(err)
		}
		f.seen("app", nil)
		time.Sleep(time.Minute)
		for _, kind := range []flowd.ActionKind{flowd.ActionNote, flowd.ActionTag, flowd.ActionMove} {
			if r := f.row("app", kind); r.State != flowd.Done {
				t.Errorf("%s is %s (%s)", kind, r.State, r.Reason)
			}
		}
	})
}

// An ATS that refuses its key is no reason to invite nobody.
func TestReactions_ARefusedWriterStopsNoInvites(t *testing.T) {
	t.Parallel()
	back(t, recorded, func(f *flow, ats *pen) {
		refused := fault.New(fault.Unauthorized, "write", "no")
		ats.next(refused, refused, refused, refused, refused, refused)
		f.move("app", "Video")
		f.seen("app", nil)
		f.move("other", "Video")
		if r := f.row("other", flowd.ActionInvite); r.State != flowd.Done {
			t.Errorf("the invite is %s (%s)", r.State, r.Reason)
		}
		f.calls(2)
		if p := f.pauses(); len(p) > 0 {
			t.Errorf("stopped: %+v", p)
		}
	})
}

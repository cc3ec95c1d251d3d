package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/state"
)

// yes releases what is held for it, as a person does.
func (f *flow) yes(of state.Selection) []state.Row {
	f.t.Helper()
	of.Reason = flowd.ReasonApproval
	rows, err := f.store.Amend(f.t.Context(), state.Amendment{Verb: state.Release, Select: of, By: "kim", Why: "looked at them"}, time.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	f.engine.Wake()
	time.Sleep(100 * time.Millisecond)
	return rows
}

const guardedRules = `version: 1
owner: ops
calendars:
  office: {days: mon-fri, hours: "09:00-17:30", tz: Europe/Berlin, holidays: DE}
rules:
  - id: video
    stage: Video
    wait: 30m
    window: office
    limit: {per_hour: 4}
    approve: {above: 3, within: 10m}
    pairs: [{job: AE, position: pos-ae}]
`

// A yes opens the way that the rule describes, and no shorter one: what is let go
// still waits, keeps to the window and to the limit, and is checked again.
func TestApprove_ThenWaitWindowAndLimit(t *testing.T) {
	t.Parallel()
	wide := func(o *engine.Options) { o.Concurrency = 8 }
	run(t, guardedRules, from(t, "2000-01-10 10:00", wide), func(f *flow) { // a Monday
		for i := range 6 {
			f.move(fmt.Sprint("a", i), "Video")
		}
		f.stands("a0", flowd.Held, flowd.ReasonApproval)
		until(t, "2000-01-10 10:20")
		if n := len(f.yes(state.Selection{Batch: f.newest("a0").Action.Batch})); n != 6 {
			t.Errorf("the yes lets %d go", n)
		}
		f.stands("a0", flowd.Waiting, flowd.ReasonWait)
		f.move("a5", "Rejected") // leaving the stage is still the undo
		f.stands("a5", flowd.Cancelled, flowd.ReasonLeftStage)
		until(t, "2000-01-10 10:29")
		f.calls(0)
		until(t, "2000-01-10 10:35")
		f.calls(4)
		f.stands("a4", flowd.Waiting, flowd.ReasonLimit)
		until(t, "2000-01-10 11:35")
		f.calls(5)

		until(t, "2000-01-10 17:00")
		for i := range 4 {
			f.move(fmt.Sprint("b", i), "Video")
		}
		f.stands("b0", flowd.Held, flowd.ReasonApproval)
		until(t, "2000-01-10 20:00")
		f.yes(state.Selection{Rule: "video"})
		time.Sleep(time.Hour)
		f.calls(5)
		f.stands("b0", flowd.Waiting, flowd.ReasonWindow) // closed since
		until(t, "2000-01-11 09:05")
		f.calls(9)
	})
}

const askedRules = inviteRule + `  - id: ended
    description: Whoever is given no score is discarded, when somebody says yes.
    trigger: {event: interview.scored, of: [invite]}
    if: interview.score < 2
    approve: {above: 0, within: 10m}
    actions:
      - hireflix.discard
      - ats.note: {text: "Discarded."}
`

// What ends somebody's application without a person's decision is held as a whole,
// is done once after a yes, and never after a no.
func TestApprove_AnAdverseReaction(t *testing.T) {
	t.Parallel()
	for verb, discarded := range map[state.Verb]int{state.Release: 1, state.Cancel: 0} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
			run(t, askedRules, func(o *engine.Options) { o.Writer = ats }, func(f *flow) {
				scored := func() { f.seen("app", func(i *flowd.Interview) { i.Score = 1 }) }
				f.move("app", "Video")
				scored()
				f.stands("app", flowd.Blocked, flowd.ReasonNone)
				discard := f.row("app", flowd.ActionDiscard)
				if discard.State != flowd.Held || discard.Reason != flowd.ReasonApproval || discard.Action.Batch == "" {
					t.Errorf("%+v", discard)
				}
				f.restart(askedRules)
				time.Sleep(24 * time.Hour)
				f.calls(1) // the invite
				rows, err := f.store.Amend(t.Context(), state.Amendment{Verb: verb, Select: state.Selection{Batch: discard.Action.Batch}, By: "kim"}, time.Now())
				if err != nil || len(rows) != 1 {
					t.Errorf("%d rows, %v", len(rows), err)
				}
				f.engine.Wake()
				time.Sleep(time.Hour)
				f.calls(1 + discarded)
				scored() // the sweep sees it again
				time.Sleep(time.Hour)
				f.calls(1 + discarded)
				if a := f.far.last(); discarded > 0 && (a.Kind != flowd.ActionDiscard || a.Interview != "i") {
					t.Errorf("last done: %+v", a)
				}
				if len(ats.calls) != discarded {
					t.Errorf("%d notes are written", len(ats.calls))
				}
			})
		})
	}
}

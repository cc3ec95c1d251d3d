package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/state"
)

// holding is the simulation's rule with some more keys.
func holding(keys string) string {
	return strings.Replace(simulationRules, "    unless:\n", "    "+keys+"\n    unless:\n", 1)
}

// A mass move makes a guarded rule pause itself: what came before is out, the
// rest waits for one word.
func TestHold_Flood(t *testing.T) {
	t.Parallel()
	run(t, holding("flood: {per_hour: 3}"), nil, func(f *flow) {
		for i := range 8 {
			f.move(fmt.Sprint("a", i), "Video")
		}
		time.Sleep(time.Minute)
		f.calls(3)
		for i := 3; i < 8; i++ {
			f.stands(fmt.Sprint("a", i), flowd.Held, flowd.ReasonFlood)
		}
		f.restart(holding("flood: {per_hour: 3}"))
		time.Sleep(2 * time.Hour)
		f.calls(3) // nobody has said that it is meant
		pauses, err := f.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeRule("video"), Lift: true}, time.Now())
		if err != nil || len(pauses) != 0 {
			t.Errorf("pauses %v, %v", pauses, err)
		}
		f.engine.Wake()
		time.Sleep(time.Minute)
		f.calls(8)
	})
}

func TestHold_Limit(t *testing.T) {
	t.Parallel()
	run(t, holding("limit: {per_hour: 2, per_day: 5}"), nil, func(f *flow) {
		for i := range 7 {
			f.move(fmt.Sprint("a", i), "Video")
		}
		time.Sleep(time.Minute)
		f.calls(2)
		f.stands("a2", flowd.Waiting, flowd.ReasonLimit)
		f.move("a3", "Offer") // who leaves the stage meanwhile is not invited
		f.stands("a3", flowd.Cancelled, flowd.ReasonLeftStage)
		time.Sleep(time.Hour)
		f.calls(4)
		time.Sleep(2 * time.Hour)
		f.calls(5) // the day's
		time.Sleep(24 * time.Hour)
		f.calls(6)
		f.stands("a6", flowd.Done, flowd.ReasonNone)
	})
}

// After a stop, rules of a higher priority go first.
func TestHold_Priority(t *testing.T) {
	t.Parallel()
	other := holding("priority: 10") + `
  - id: urgent
    description: Whoever reaches the urgent stage is invited first.
    stage: Urgent
    priority: 100
    pairs: [{position: pos-ae}]
    tests: [{name: one, expect: [{hireflix.invite: {position: pos-ae}}]}]
`
	run(t, other, nil, func(f *flow) {
		change := func(lift bool) {
			if _, err := f.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeAll, Lift: lift}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		change(false)
		for i := range 4 {
			f.move(fmt.Sprint("a", i), "Video")
		}
		f.move("u", "Urgent")
		change(true)
		f.engine.Wake()
		time.Sleep(time.Minute)
		f.calls(5)
		first := []string{f.far.calls[0].Application, f.far.calls[1].Application} // two go side by side
		if first[0] != "u" && first[1] != "u" {
			t.Errorf("first went %v", first)
		}
	})
}

// Eighty moves in a minute of a rule that asks above twenty: none goes out before
// the yes, through a restart, and each goes out once after it.
func TestHold_Approval(t *testing.T) {
	t.Parallel()
	text := holding("approve: {above: 20, within: 10m}\n    wait: 15m")
	run(t, text, func(o *engine.Options) { o.Concurrency = 8 }, func(f *flow) {
		f.move("before", "Video")
		time.Sleep(20 * time.Minute)
		f.calls(1) // one alone goes out after its wait
		for i := range 80 {
			f.move(fmt.Sprint("a", i), "Video", func(ev *flowd.Event) { ev.At = ev.At.Add(-time.Duration(i) * 250 * time.Millisecond) })
			if i == 20 {
				f.stands("a0", flowd.Held, flowd.ReasonApproval)
			}
		}
		f.move("a7", "Offer") // who is moved on is not asked about any longer
		f.restart(text)
		time.Sleep(3 * 24 * time.Hour)
		f.calls(1)
		f.stands("a0", flowd.Held, flowd.ReasonApproval)
		f.stands("a7", flowd.Cancelled, flowd.ReasonLeftStage)
		f.stands("a79", flowd.Held, flowd.ReasonApproval)

		rows, err := f.store.Amend(t.Context(), state.Amendment{Verb: state.Release, By: "kim", Why: "the spring campaign",
			Select: state.Selection{Batch: f.newest("a0").Action.Batch, State: flowd.Held}}, time.Now())
		if err != nil || len(rows) != 79 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		f.engine.Wake()
		time.Sleep(time.Minute)
		f.calls(80)
		last := f.rows("a79")[0].Steps
		if at := len(last) - 2; last[at].By != "kim" || last[at].Detail != "the spring campaign" {
			t.Errorf("who said yes: %+v", last)
		}
	})
}

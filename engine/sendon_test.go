package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
)

// sendOn orders that somebody who stands in a stage is decided.
func (f *flow) sendOn(app, stage, key string) {
	f.t.Helper()
	time.Sleep(time.Second)
	ev := flowd.Event{Key: key, Source: "ats", ATS: "ats", Type: flowd.StageOrdered, At: time.Now(), Stage: flowd.Stage{ID: "s-" + stage, Name: stage},
		Application: flowd.Application{ID: app}, Order: flowd.Order{By: "ana", Why: "a new map", Batch: "b-1"}}
	if _, err := f.store.Admit(f.t.Context(), flowd.Batch{Source: "by-hand", ATS: "ats", Events: []flowd.Event{ev}}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
	f.engine.Wake()
	time.Sleep(100 * time.Millisecond)
}

const nobodyRules = `version: 1
owner: ops
rules:
  - id: video
    stage: Elsewhere
    pairs: [{job: AE, position: pos-ae}]
`

// Who stood in the stage before the rules served goes their way: by wait, window
// and approval, once, and is checked again before anything goes out.
func TestSendOn_GoesTheWayOfTheRule(t *testing.T) {
	t.Parallel()
	run(t, nobodyRules, from(t, "2000-01-07 18:20"), func(f *flow) { // a Friday evening
		f.move("app", "Video")
		f.serve(officeRules)
		f.calls(0)
		f.sendOn("app", "Video", "order/1")
		f.sendOn("app", "Video", "order/2") // twice by mistake
		f.stands("app", flowd.Waiting, flowd.ReasonWindow)
		if rows := f.rows("app"); len(rows) != 1 || rows[0].Action.Rule != "video" || rows[0].Action.Batch != "b-1" {
			t.Fatalf("rows %+v", rows)
		}
		f.restart(officeRules)
		until(t, "2000-01-10 08:59")
		f.calls(0)
		until(t, "2000-01-10 09:01")
		f.stands("app", flowd.Done, "")
		f.calls(1)
	})
}

func TestSendOn_WantsAYesForMany(t *testing.T) {
	t.Parallel()
	run(t, nobodyRules, from(t, "2000-01-10 10:00"), func(f *flow) {
		for i := range 6 {
			f.move(fmt.Sprint("a", i), "Video")
		}
		f.serve(guardedRules)
		for i := range 6 {
			f.sendOn(fmt.Sprint("a", i), "Video", fmt.Sprint("order/", i))
		}
		until(t, "2000-01-10 11:00")
		f.calls(0)
		for i := range 6 {
			f.stands(fmt.Sprint("a", i), flowd.Held, flowd.ReasonApproval)
		}
	})
}

// Nobody is sent on who left the stage, whose application ended, whom the rule
// leaves out, or whom nobody may write to; a shadow rule only records; and what
// follows a move does not follow an order.
func TestSendOn_Nobody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rules  string
		before func(f *flow)
		tune   func(o *engine.Options)
		state  flowd.ActionState // of the row; "" for none
		reason flowd.Reason      // of the row, or of the decision
	}{
		"left the stage":   {before: func(f *flow) { f.move("app", "Offer") }, reason: flowd.ReasonSuperseded},
		"the end":          {before: func(f *flow) { f.end("app", flowd.ApplicationRejected) }, reason: flowd.ReasonEnded},
		"a condition":      {rules: strings.Replace(simulationRules, `"referral"`, `"LinkedIn"`, 1), reason: flowd.ReasonUnless},
		"outside of a row": {rules: strings.NewReplacer("job: AE\n", "job: SDR\n", "given: {job: {name: AE}}", "given: {job: {name: SDR}}").Replace(simulationRules), reason: flowd.ReasonUnmapped},
		"the pilot": {tune: func(o *engine.Options) { o.Safety.OnlyTo = []string{"*@other.example"} }, state: flowd.Cancelled,
			reason: flowd.ReasonPilot},
		"a shadow rule": {rules: strings.Replace(simulationRules, "    stage: Video", "    mode: shadow\n    reason: tried out\n    stage: Video", 1), state: flowd.Would, reason: flowd.ReasonShadow},
		"a reaction": {rules: "version: 1\nowner: ops\nrules:\n  - {id: note, trigger: {event: stage.entered, stage: Video}, actions: [ats.note: hello]}\n",
			reason: flowd.ReasonNoRule},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, nobodyRules, tc.tune, func(f *flow) {
				f.move("app", "Video")
				if tc.before != nil {
					tc.before(f)
				}
				if tc.rules == "" {
					tc.rules = simulationRules
				}
				f.serve(tc.rules)
				f.sendOn("app", "Video", "order/1")
				time.Sleep(time.Minute)
				f.calls(0)
				if tc.state != "" {
					f.stands("app", tc.state, tc.reason)
					return
				}
				s := f.story("app")
				last := s.Events[len(s.Events)-1]
				if len(s.Rows) > 0 || last.Event.Type != flowd.StageOrdered || len(last.Decisions) != 1 || last.Decisions[0].Reason != tc.reason {
					t.Errorf("rows %+v, decided %+v", s.Rows, last.Decisions)
				}
			})
		})
	}
}

// Who stands there may have come long ago: the ATS is asked first, whatever the
// rule waits for.
func TestSendOn_AsksTheATS(t *testing.T) {
	t.Parallel()
	gone := &asked{err: fault.New(fault.NotFound, "fetch", "gone")}
	run(t, nobodyRules, func(o *engine.Options) { o.Fetchers = map[string]engine.Fetcher{"ats": gone} }, func(f *flow) {
		f.move("app", "Video")
		f.serve(simulationRules)
		f.sendOn("app", "Video", "order/1")
		f.stands("app", flowd.Cancelled, flowd.ReasonEnded)
		f.calls(0)
		if gone.n.Load() != 1 {
			t.Errorf("the ATS was asked %d times", gone.n.Load())
		}
	})
}

type asked struct {
	n   atomic.Int64
	err error
}

func (a *asked) Fetch(context.Context, string) (flowd.Application, error) {
	a.n.Add(1)
	return flowd.Application{}, a.err
}

// end ends an application in its ATS.
func (f *flow) end(app string, how flowd.EventType) {
	f.t.Helper()
	time.Sleep(time.Second)
	ev := flowd.Event{Key: "end/" + app, Type: how, At: time.Now(), Application: flowd.Application{ID: app}}
	if _, err := f.engine.Admit(f.t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{ev}}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
}

package engine_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/state"
)

const toClose = `version: 1
owner: ops
rules:
  - id: video
    stage: Video
    wait: 1h
    pairs: [{job: AE, position: pos-ae}]
`

// closes writes the first rule of a file as closing.
func closes(text string) string { return inMode(text, "closing") }

func inMode(text, mode string) string {
	return strings.Replace(text, "\n    stage:", "\n    mode: "+mode+"\n    reason: the role is filled\n    stage:", 1)
}

// Who waits for a rule that is closed goes out at their time, whatever happens
// between; nobody new does.
func TestClosing_WhoWaitsGoesOut(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(f *flow){
		"running":         func(*flow) {},
		"through a crash": func(f *flow) { f.restart(closes(toClose)) },
		"opened between":  func(f *flow) { f.serve(toClose); f.serve(closes(toClose)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, toClose, nil, func(f *flow) {
				f.move("waits", "Video")
				f.move("leaves", "Video")
				time.Sleep(20 * time.Minute)
				f.serve(closes(toClose))
				restart(f)
				f.move("new", "Video")
				f.move("leaves", "Offer")
				f.stands("waits", flowd.Waiting, flowd.ReasonWait)
				if r := f.newest("waits"); len(r.Steps) != 1 {
					t.Errorf("it was planned anew: %+v", r.Steps)
				}
				if s := f.story("new"); len(s.Rows) > 0 || s.Events[0].Decisions[0].Reason != flowd.ReasonClosing {
					t.Errorf("new is told %+v, rows %+v", s.Events[0].Decisions, s.Rows)
				}
				time.Sleep(39 * time.Minute)
				f.calls(0)
				time.Sleep(2 * time.Minute)
				f.stands("waits", flowd.Done, "")
				f.stands("leaves", flowd.Cancelled, flowd.ReasonLeftStage)
				f.calls(1)
				f.serve(toClose)
				time.Sleep(time.Hour)
				f.calls(1) // opening it again takes nobody who came meanwhile
				f.move("later", "Video")
				f.stands("later", flowd.Waiting, flowd.ReasonWait)
			})
		})
	}
}

// What an edit beside changes is planned anew for those who wait, as under a live
// rule, and takes nobody new either; taking the rule away ends it.
func TestClosing_Edits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit   func(text string) string
		state  flowd.ActionState
		reason flowd.Reason
		wait   time.Duration
	}{
		"longer": {func(text string) string { return strings.Replace(text, "wait: 1h", "wait: 3h", 1) }, flowd.Waiting, flowd.ReasonWait, 3 * time.Hour},
		"fits still": {func(text string) string {
			return strings.Replace(text, "    pairs", "    if: candidate.source == \"LinkedIn\"\n    pairs", 1)
		},
			flowd.Waiting, flowd.ReasonWait, time.Hour},
		"no longer fits": {func(text string) string {
			return strings.Replace(text, "    pairs", "    if: candidate.source == \"referral\"\n    pairs", 1)
		}, flowd.Replaced, flowd.ReasonReplaced, 0},
		"gone": {func(text string) string { return strings.Replace(text, "id: video", "id: other", 1) }, flowd.Cancelled, flowd.ReasonRuleGone, 0},
		"switched off": {func(text string) string { return strings.Replace(text, "mode: closing", "mode: disabled", 1) },
			flowd.Cancelled, flowd.ReasonRuleGone, 0},
	} {
		for at, closed := range map[string]bool{"at once": false, "afterwards": true} {
			t.Run(name+" "+at, func(t *testing.T) {
				t.Parallel()
				run(t, toClose, nil, func(f *flow) {
					f.move("app", "Video")
					came := time.Now()
					time.Sleep(time.Minute)
					if closed {
						f.serve(closes(toClose))
					}
					f.serve(tc.edit(closes(toClose)))
					f.move("new", "Video")
					time.Sleep(5 * time.Second)
					r := f.newest("app")
					if r.State != tc.state || r.Reason != tc.reason {
						t.Errorf("stands %s (%s: %s)", r.State, r.Reason, r.Detail)
					}
					if tc.wait > 0 && r.Due.Sub(came.Add(tc.wait)).Abs() > time.Second {
						t.Errorf("due %s, want %s", r.Due, came.Add(tc.wait))
					}
					time.Sleep(4 * time.Hour)
					if tc.wait > 0 {
						f.stands("app", flowd.Done, "")
						f.calls(1)
					} else {
						f.calls(0)
					}
					if rows := f.rows("new"); len(rows) > 0 {
						t.Errorf("somebody new was taken: %+v", rows)
					}
				})
			})
		}
	}
}

// What is held for a closing rule was promised by it: a yes, a release or a mended
// condition lets it out.
func TestClosing_WhatIsHeld(t *testing.T) {
	t.Parallel()
	const header = "version: 1\nowner: ops\nrules:\n"
	video := func(more string) string {
		return header + "  - id: video\n    stage: Video\n" + more + "    pairs: [{job: AE, position: pos-ae}]\n"
	}
	release := func(f *flow) {
		if _, err := f.store.Amend(f.t.Context(), state.Amendment{Verb: state.Release, Select: state.Selection{Rule: "video", Application: "app"}, By: "kim"}, time.Now()); err != nil {
			f.t.Fatal(err)
		}
		f.engine.Wake()
	}
	failing := video("    if: field(\"Level\") == \"senior\"\n")
	for name, tc := range map[string]struct {
		rules  string
		reason flowd.Reason
		then   func(f *flow)
	}{
		"for a yes":             {video("    wait: 1h\n    approve: {above: 0, within: 10m}\n"), flowd.ReasonApproval, func(f *flow) { f.yes(state.Selection{Rule: "video"}) }},
		"for a conflict":        {video("") + "  - {id: other, stage: Video, pairs: [{position: pos-sales}]}\n", flowd.ReasonConflict, release},
		"for an error, mended":  {failing, flowd.ReasonError, func(f *flow) { f.serve(closes(strings.Replace(failing, `"Level"`, `"Level", "senior"`, 1))) }},
		"for an error, told":    {failing, flowd.ReasonError, func(f *flow) { f.move("app", "Video", notice(3), level) }},
		"for a row, and mapped": {strings.Replace(video("    unmapped: hold\n"), "job: AE", "job: SDR", 1), flowd.ReasonUnmapped, func(f *flow) { f.serve(closes(video("    unmapped: hold\n"))); release(f) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, tc.rules, nil, func(f *flow) {
				f.move("app", "Video")
				f.stands("app", flowd.Held, tc.reason)
				f.serve(closes(tc.rules))
				f.restart(closes(tc.rules))
				time.Sleep(5 * time.Second)
				f.stands("app", flowd.Held, tc.reason)
				tc.then(f)
				time.Sleep(2 * time.Hour)
				if r := f.row("app", flowd.ActionInvite); r.State != flowd.Done || r.Action.Rule != "video" || r.Action.Mode != flowd.Live {
					t.Errorf("the invite is %s (%s) for %s", r.State, r.Reason, r.Action.Rule)
				}
				f.calls(1)
			})
		})
	}
}

func level(ev *flowd.Event) {
	ev.Application.Fields = []flowd.Field{{Key: "level", Name: "Level", Value: "senior"}}
}

// A shadow rule promised nobody anything: closing it sends nothing of what waits, or
// is decided again, and what a live one is closed over is done.
func TestClosing_AShadow(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"waits":                    toClose,
		"is held, and then mended": strings.Replace(toClose, "    pairs", "    if: field(\"Level\") == \"senior\"\n    pairs", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, inMode(text, "shadow"), nil, func(f *flow) {
				f.move("app", "Video")
				f.serve(closes(text))
				f.serve(closes(strings.Replace(strings.Replace(text, "1h", "2h", 1), `"Level"`, `"Level", "senior"`, 1)))
				time.Sleep(3 * time.Hour)
				f.calls(0)
				for _, r := range f.rows("app") {
					if r.Action.Mode != flowd.Shadow || r.State != flowd.Replaced {
						t.Errorf("%s row is %s (%s)", r.Action.Mode, r.State, r.Reason)
					}
				}
			})
		})
	}
}

// Nobody is sent on by a closing rule.
func TestClosing_SendsNobodyOn(t *testing.T) {
	t.Parallel()
	run(t, nobodyRules, nil, func(f *flow) {
		f.move("app", "Video")
		f.serve(closes(toClose))
		f.sendOn("app", "Video", "order/1")
		if rows := f.rows("app"); len(rows) > 0 {
			t.Errorf("rows %+v", rows)
		}
	})
}

// A reaction that is closing does what it began, its timers included, and begins
// nothing.
func TestClosing_AReaction(t *testing.T) {
	t.Parallel()
	closed := strings.ReplaceAll(laterRules, "    trigger: {after", "    mode: closing\n    reason: we call them\n    trigger: {after")
	later(t, nil, func(f *flow, ats *pen) {
		f.invitedOpen("app")
		f.serve(closed)
		f.restart(closed)
		time.Sleep(2 * time.Hour)
		if got := strings.Count(ats.texts(), "remind"); got != 2 {
			t.Errorf("reminded by %d steps:\n%s", got, ats.texts())
		}
	})
	later(t, nil, func(f *flow, ats *pen) {
		f.serve(closed)
		f.invitedOpen("app")
		time.Sleep(2 * time.Hour)
		if got := ats.texts(); got != "" {
			t.Errorf("reminded:\n%s", got)
		}
	})
	ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
	run(t, slowReaction, func(o *engine.Options) { o.Writer, o.Notifier = ats, ats }, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", nil)
		f.serve(strings.Replace(slowReaction, "    trigger:", "    mode: closing\n    reason: over\n    trigger:", 1))
		time.Sleep(time.Hour)
		if got := ats.texts(); !strings.Contains(got, "first") || !strings.Contains(got, "second") {
			t.Errorf("written: %q", got)
		}
	})
}

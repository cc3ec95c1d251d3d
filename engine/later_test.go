package engine_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/calendar"
	"flowd/internal/fault"
	"flowd/state"
)

const officeRules = `version: 1
owner: ops
calendars:
  office: {days: mon-fri, hours: "09:00-17:30", tz: Europe/Berlin, holidays: DE}
defaults: {wait: 15m, window: office}
rules:
  - id: video
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
`

func berlin(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := calendar.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// until lets the bubble's time come to one in Berlin: bubbles begin on Saturday,
// 2000-01-01.
func until(t *testing.T, text string) {
	t.Helper()
	time.Sleep(time.Until(berlin(t, text)))
}

// from begins a flow at a time in Berlin.
func from(t *testing.T, text string, more ...func(*engine.Options)) func(*engine.Options) {
	return func(o *engine.Options) {
		until(t, text)
		for _, m := range more {
			m(o)
		}
	}
}

func (f *flow) newest(app string) state.Row {
	f.t.Helper()
	rows := f.rows(app)
	return rows[len(rows)-1]
}

func (f *flow) serve(text string) {
	f.t.Helper()
	if err := f.engine.Serve(f.t.Context(), compile(f.t, text), time.Now()); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
}

// Who comes on Friday evening is invited on Monday morning, also behind a restart,
// and not a minute before.
func TestWindow_FridayEveningToMondayMorning(t *testing.T) {
	t.Parallel()
	run(t, officeRules, from(t, "2000-01-07 18:20"), func(f *flow) {
		f.move("app", "Video")
		f.stands("app", flowd.Waiting, flowd.ReasonWindow)
		if r := f.newest("app"); !r.Due.Equal(berlin(t, "2000-01-10 09:00")) || !strings.Contains(r.Detail, "waits 15m, then until the window office") {
			t.Errorf("due %s: %s", r.Due, r.Detail)
		}
		f.stop()
		until(t, "2000-01-10 08:30")
		f.begin(officeRules)
		until(t, "2000-01-10 08:59")
		f.calls(0)
		until(t, "2000-01-10 09:01")
		f.stands("app", flowd.Done, "")
		f.calls(1)
	})
}

// Leaving the stage within the wait is the undo.
func TestWait_LeavingTheStageCancels(t *testing.T) {
	t.Parallel()
	run(t, officeRules, from(t, "2000-01-10 10:00"), func(f *flow) {
		f.move("left", "Video")
		f.move("stays", "Video")
		f.stands("left", flowd.Waiting, flowd.ReasonWait)
		time.Sleep(10 * time.Minute)
		f.move("left", "Rejected")
		f.stands("left", flowd.Cancelled, flowd.ReasonLeftStage)
		time.Sleep(time.Hour)
		f.stands("stays", flowd.Done, "")
		f.calls(1)
	})
}

// An edit of the wait re-plans what waits, and the story says so; an edit of
// anything that the rule does not do, or of another rule, leaves it alone; a rule
// that is gone, or no longer fits, takes what waits for it along.
func TestServe_RePlansWhatWaits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		old, new string
		state    flowd.ActionState
		reason   flowd.Reason
		due      string
		steps    int
	}{
		"longer":           {"wait: 15m", "wait: 2h", flowd.Waiting, flowd.ReasonWait, "2000-01-10 12:00", 3},
		"shorter":          {"wait: 15m", "wait: 5m", flowd.Waiting, flowd.ReasonWait, "2000-01-10 10:05", 3},
		"past it":          {"wait: 15m", "wait: 10s", flowd.Done, "", "", 0},
		"another window":   {`"09:00-17:30"`, `"11:00-17:30"`, flowd.Waiting, flowd.ReasonWindow, "2000-01-10 11:00", 3},
		"a note":           {"- id: video", "- id: video\n    x-note: new", flowd.Waiting, flowd.ReasonWait, "2000-01-10 10:15", 1},
		"no longer fits":   {"job: AE,", "job: SDR,", flowd.Replaced, flowd.ReasonReplaced, "", 0},
		"gone":             {"- id: video", "- id: video-two", flowd.Cancelled, flowd.ReasonRuleGone, "", 0},
		"switched off":     {"- id: video", "- id: video\n    mode: disabled\n    reason: over", flowd.Cancelled, flowd.ReasonRuleGone, "", 0},
		"another position": {"position: pos-ae", "position: pos-sales", flowd.Waiting, flowd.ReasonWait, "2000-01-10 10:15", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, officeRules, from(t, "2000-01-10 10:00"), func(f *flow) {
				f.move("app", "Video")
				time.Sleep(time.Minute)
				f.serve(strings.Replace(officeRules, tc.old, tc.new, 1))
				time.Sleep(5 * time.Second)
				r := f.newest("app")
				if r.State != tc.state || r.Reason != tc.reason {
					t.Errorf("stands %s (%s: %s)", r.State, r.Reason, r.Detail)
				}
				if tc.due != "" && r.Due.Sub(berlin(t, tc.due)).Truncate(2*time.Second) != 0 {
					t.Errorf("due %s, want %s", r.Due, tc.due)
				}
				if tc.steps > 0 && len(r.Steps) != tc.steps {
					t.Errorf("%d steps, want %d: %+v", len(r.Steps), tc.steps, r.Steps)
				}
				if tc.steps == 3 && !strings.Contains(r.Steps[1].Detail+r.Steps[1].By, "again") {
					t.Errorf("the story does not say that it was decided again: %+v", r.Steps)
				}
			})
		})
	}
}

// What a fault put off goes out when the window is open again; what a person lets
// go before its time goes at once.
func TestWindow_HoldsBehindAFault(t *testing.T) {
	t.Parallel()
	run(t, officeRules, from(t, "2000-01-10 17:10"), func(f *flow) {
		f.move("app", "Video")
		time.Sleep(17 * time.Minute) // the call fails at 17:25
		f.calls(1)
		time.Sleep(time.Hour)
		f.stands("app", flowd.Waiting, flowd.ReasonWindow)
		f.move("urgent", "Video")
		_, err := f.store.Amend(t.Context(), state.Amendment{Verb: state.Release, Select: state.Selection{Application: "urgent"}, By: "ana", Why: "flies tonight"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		f.engine.Wake()
		time.Sleep(time.Minute)
		f.stands("urgent", flowd.Done, "")
		until(t, "2000-01-11 09:01")
		f.stands("app", flowd.Done, "")
	}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: 20 * time.Minute})
}

// Quiet hours are the candidate's, and stand above rules and orders by hand.
func TestQuiet(t *testing.T) {
	t.Parallel()
	quiet := func(o *engine.Options) {
		open, err := calendar.New([]time.Weekday{0, 1, 2, 3, 4, 5, 6}, calendar.Hours{From: 8 * 60, To: 20 * 60}, berlin(t, "2000-01-01 00:00").Location(), nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Safety.Quiet = &engine.Quiet{Open: open, Theirs: true}
	}
	run(t, plainRules, from(t, "2000-01-10 21:00", quiet), func(f *flow) {
		f.move("here", "Video")
		f.move("unknown", "Video", func(ev *flowd.Event) { ev.Application.Candidate.Country = "US" })
		f.move("japan", "Video", func(ev *flowd.Event) { ev.Application.Candidate.Country = "JP" })
		f.move("brazil", "Video", func(ev *flowd.Event) { ev.Application.Job.Country = "UY" })
		f.order("ordered", flowd.InviteOrdered, "order/1", flowd.Order{Position: flowd.Position{ID: "pos-x"}, By: "ana"})
		for app, want := range map[string]string{"here": "2000-01-11 08:00", "unknown": "2000-01-11 08:00", "japan": "2000-01-11 00:00"} {
			f.stands(app, flowd.Waiting, flowd.ReasonQuiet)
			if r := f.newest(app); !r.Due.Equal(berlin(t, want)) {
				t.Errorf("%s: due %s, want %s", app, r.Due, want)
			}
		}
		f.stands("brazil", flowd.Done, "") // it is five in the afternoon there
		f.calls(1)
		until(t, "2000-01-11 08:01")
		for _, app := range []string{"here", "unknown", "japan"} {
			f.stands(app, flowd.Done, "")
		}
	})
}

const slowReaction = `version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
  - id: note
    trigger: {event: interview.finished, of: [video]}
    wait: 30m
    actions:
      - ats.note: {text: "first"}
      - ats.tag: {add: "second"}
`

// A reaction waits before its first step, and does not stop because the
// application has moved on.
func TestWait_OfAReaction(t *testing.T) {
	t.Parallel()
	ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
	run(t, slowReaction, func(o *engine.Options) { o.Writer, o.Notifier = ats, ats }, func(f *flow) {
		f.move("app", "Video")
		f.seen("app", nil)
		f.move("app", "Offer")
		time.Sleep(20 * time.Minute)
		if got := ats.texts(); got != "" {
			t.Fatalf("written within the wait: %s", got)
		}
		time.Sleep(15 * time.Minute)
		if got := ats.texts(); !strings.Contains(got, "first") || !strings.Contains(got, "second") {
			t.Errorf("written: %q", got)
		}
	})
}

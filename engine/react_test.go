package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/rules"
	"flowd/state"
)

// inviteRule begins the rules of tests: the one that invites.
const inviteRule = `
version: 1
owner: ops
rules:
  - id: invite
    description: Invites.
    stage: Video
    pairs: [{position: AE}]
    tests: [{name: invited, given: {stage: Video}, expect: [{hireflix.invite: {position: AE}}]}]
`

const backRules = inviteRule + `  - id: back
    description: Tells the ATS.
    trigger: {event: interview.finished, of: [invite]}
    actions:
      - ats.note: {text: "Finished with ${interview.score}: ${recording_link}"}
      - ats.tag: {add: "video done"}
      - ats.move: {to: "Video review", if: application.stage == "Video"}
  - id: told
    description: Tells the owner.
    trigger: {event: interview.invited, of: [invite]}
    actions:
      - notify: {channel: ops, text: "somebody is invited for ${job.name}"}
`

// pen is an ATS, or a channel, that a test scripts.
type pen struct {
	scripted
	blind bool // nobody can look
	notes bool // everything is written as a note
}

func (p *pen) Find(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Interview, bool, error) {
	p.mu.Lock()
	blind, notes := p.blind, p.notes
	p.mu.Unlock()
	switch {
	case blind && notes:
		return flowd.Interview{}, false, engine.ErrTwice
	case blind:
		return flowd.Interview{}, false, engine.ErrCannotLook
	}
	return p.scripted.Find(ctx, a, of)
}

func (p *pen) texts() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, a := range p.calls {
		out = append(out, string(a.Kind)+" "+a.Target+" "+a.Text)
	}
	return strings.Join(out, "\n")
}

// back runs a flow whose rules react, with a scored interview.
func back(t *testing.T, change func(*engine.Options), script func(f *flow, ats *pen)) {
	t.Helper()
	ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
	run(t, backRules, func(o *engine.Options) {
		o.Writer, o.Notifier = ats, ats
		o.Links = nil
		if change != nil {
			change(o)
		}
	}, func(f *flow) { script(f, ats) })
}

// recordedAt is soon after a bubble's time begins.
var recordedAt = time.Date(2000, 1, 1, 0, 0, 3, 0, time.UTC)

// seen lets Hireflix show the interview of an application.
func (f *flow) seen(app string, change func(*flowd.Interview)) {
	f.t.Helper()
	time.Sleep(time.Second)
	i := flowd.Interview{ID: "i", ExternalID: flowd.InviteKey("ats", app, "pos-ae", 1).ExternalID(), Position: flowd.Position{ID: "pos-ae", Name: "AE"},
		Status: flowd.InterviewToEvaluate, Answered: true, CompletedAt: recordedAt, Score: 4, CreatedAt: recordedAt.Add(-time.Hour)}
	if change != nil {
		change(&i)
	}
	b := flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Sightings: []flowd.Sighting{{Interview: i, At: time.Now(),
		Candidate: flowd.Candidate{Email: app + "@example.com", FirstName: "P"}}}}
	if _, err := f.engine.Admit(f.t.Context(), b, time.Now()); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(time.Second)
}

func recorded(o *engine.Options) { o.Links = linked("https://example.com/v/1") }

func TestReactions_StepByStep(t *testing.T) {
	t.Parallel()
	back(t, recorded, func(f *flow, ats *pen) {
		f.move("app", "Video")
		f.stands("app", flowd.Done, "")
		f.seen("app", nil)
		f.seen("app", nil) // the sweep finds what the webhook told
		want := "notify ops somebody is invited for AE\nats.note  Finished with 4: https://example.com/v/1\n[flowd " + f.row("app", flowd.ActionNote).Action.Key.Short() + "]\nats.tag video done \nats.move Video review "
		if got := ats.texts(); got != want {
			t.Errorf("written:\n%s\nwant:\n%s", got, want)
		}
		f.seen("app", func(i *flowd.Interview) { i.CompletedAt = i.CompletedAt.Add(time.Hour) })
		if got := strings.Count(ats.texts(), "Recorded again"); got != 1 {
			t.Errorf("answers recorded anew are told %d times:\n%s", got, ats.texts())
		}
	})
}

// row is the last row of a kind.
func (f *flow) row(app string, kind flowd.ActionKind) state.Row {
	f.t.Helper()
	var last state.Row
	for _, r := range f.rows(app) {
		if r.Action.Kind == kind {
			last = r
		}
	}
	if last.Action.Key == "" {
		f.t.Fatalf("%s has no row of kind %s", app, kind)
	}
	return last
}

// A step that fails is repeated alone, with the text that was stored; those
// behind it wait, and nothing that was written is written again.
func TestReactions_OneStepFails(t *testing.T) {
	t.Parallel()
	back(t, recorded, func(f *flow, ats *pen) {
		f.move("app", "Video")
		time.Sleep(3 * time.Second)
		ats.next(nil, fault.New(fault.Unavailable, "write", "down"), fault.New(fault.RateLimited, "write", "slower"))
		f.seen("app", nil)
		if r := f.row("app", flowd.ActionTag); r.State != flowd.Waiting && r.State != flowd.Due {
			t.Errorf("the tag is %s (%s)", r.State, r.Reason)
		}
		if r := f.row("app", flowd.ActionMove); r.State != flowd.Blocked {
			t.Errorf("the move is %s (%s)", r.State, r.Reason)
		}
		time.Sleep(time.Hour)
		if got, want := strings.Count(ats.texts(), "ats.note"), 1; got != want {
			t.Errorf("%d notes, want %d", got, want)
		}
		if r := f.row("app", flowd.ActionMove); r.State != flowd.Done {
			t.Errorf("the move is %s (%s: %s)", r.State, r.Reason, r.Detail)
		}
	})
}

// What may have been written is looked up; where nobody can look, a note goes to
// a person, and what does no harm twice is repeated.
func TestReactions_Doubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		blind bool
		there bool
		note  flowd.ActionState
		calls int
	}{
		"it is there":       {false, true, flowd.Done, 1},
		"it is not there":   {false, false, flowd.Done, 2},
		"nobody can say so": {true, false, flowd.NeedsPerson, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			back(t, recorded, func(f *flow, ats *pen) {
				f.move("app", "Video")
				time.Sleep(3 * time.Second)
				ats.mu.Lock()
				ats.blind = c.blind
				if c.there {
					ats.there["app@example.com"] = flowd.Interview{ID: "i"}
				} else {
					delete(ats.there, "app@example.com")
				}
				ats.mu.Unlock()
				ats.next(fault.New(fault.Uncertain, "write", "no answer"))
				f.seen("app", nil)
				time.Sleep(5 * time.Minute)
				if r := f.row("app", flowd.ActionNote); r.State != c.note {
					t.Errorf("the note is %s (%s: %s), want %s", r.State, r.Reason, r.Detail, c.note)
				}
				if got := strings.Count(ats.texts(), "ats.note"); got != c.calls {
					t.Errorf("written %d times, want %d", got, c.calls)
				}
			})
		})
	}
}

// A tag that is written as a note is repeated no more than a note is.
func TestReactions_DoubtOfATagAsANote(t *testing.T) {
	t.Parallel()
	for notes, want := range map[bool]flowd.ActionState{true: flowd.NeedsPerson, false: flowd.Done} {
		back(t, recorded, func(f *flow, ats *pen) {
			f.move("app", "Video")
			time.Sleep(3 * time.Second)
			ats.blind, ats.notes = true, notes
			ats.next(nil, fault.New(fault.Uncertain, "write", "no answer"))
			f.seen("app", nil)
			time.Sleep(5 * time.Minute)
			if r := f.row("app", flowd.ActionTag); r.State != want {
				t.Errorf("the tag is %s (%s: %s), want %s", r.State, r.Reason, r.Detail, want)
			}
			if got := strings.Count(ats.texts(), "ats.tag"); got != map[bool]int{true: 1, false: 2}[notes] {
				t.Errorf("notes %t: written %d times", notes, got)
			}
		})
	}
}

func TestReactions_MissingValue(t *testing.T) {
	t.Parallel()
	back(t, func(o *engine.Options) {
		o.Links = refusing(errors.New("recording_link is not known"))
	}, func(f *flow, _ *pen) {
		f.move("app", "Video")
		f.seen("app", nil)
		r := f.row("app", flowd.ActionNote)
		if r.State != flowd.GivenUp || r.Reason != flowd.ReasonTemplate || !strings.Contains(r.Detail, "recording_link") {
			t.Errorf("the note is %s (%s: %s)", r.State, r.Reason, r.Detail)
		}
		if r := f.row("app", flowd.ActionTag); r.State != flowd.Cancelled || r.Reason != flowd.ReasonStep {
			t.Errorf("the tag is %s (%s)", r.State, r.Reason)
		}
	})
}

// A move names the stage it expects to leave.
func TestReactions_MovedMeanwhile(t *testing.T) {
	t.Parallel()
	back(t, recorded, func(f *flow, ats *pen) {
		f.move("app", "Video")
		time.Sleep(3 * time.Second)
		ats.next(&fault.Error{Kind: fault.RateLimited, Op: "write", RetryAfter: 10 * time.Minute})
		f.seen("app", nil)
		f.move("app", "Offer")
		time.Sleep(time.Hour)
		if r := f.row("app", flowd.ActionMove); r.State != flowd.Done && r.State != flowd.Cancelled || strings.Contains(ats.texts(), "ats.move") {
			t.Errorf("the move is %s (%s: %s)\n%s", r.State, r.Reason, r.Detail, ats.texts())
		}
	})
}

func linked(address string) func(context.Context, state.Lease) rules.Links {
	value := func() (string, error) { return address, nil }
	return func(context.Context, state.Lease) rules.Links {
		return rules.Links{Recording: value, Admin: value, Candidate: value, Transcript: value}
	}
}

func refusing(err error) func(context.Context, state.Lease) rules.Links {
	value := func() (string, error) { return "", err }
	return func(context.Context, state.Lease) rules.Links {
		return rules.Links{Recording: value, Admin: value, Candidate: value, Transcript: value}
	}
}

const timerRules = `
version: 1
owner: ops
rules:
  - id: invite
    description: Invites.
    stage: Video
    pairs: [{position: AE}]
  - id: remind
    description: Reminds.
    trigger: {after: 3h, since: invited, still: unanswered, of: [invite]}
    actions:
      - ats.note: {text: "No answer for three hours."}
`

// A timer acts at its time, once, and only on those of whom it is still true.
func TestTimers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(f *flow)
		notes     int
	}{
		"still unanswered":     {func(*flow) {}, 1},
		"answered meanwhile":   {func(f *flow) { f.seen("app", nil) }, 0},
		"interviewed by phone": {func(f *flow) { f.order("app", flowd.AlternativeOrdered, "order/1", flowd.Order{Why: "by phone"}) }, 0},
		"rejected": {func(f *flow) {
			f.move("app", "Video", func(ev *flowd.Event) {
				ev.Type, ev.Application.Status = flowd.ApplicationRejected, flowd.StatusRejected
			})
		}, 0},
		"the rule was removed":       {func(f *flow) { f.restart(simulationRules) }, 0},
		"taken back":                 {func(f *flow) { f.seen("app", func(i *flowd.Interview) { open(i); i.Deleted = true }) }, 0},
		"flowd was down at the time": {func(f *flow) { f.stop(); time.Sleep(4 * time.Hour); f.begin(timerRules); time.Sleep(time.Minute) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
			run(t, timerRules, func(o *engine.Options) { o.Writer = ats }, func(f *flow) {
				f.move("app", "Video")
				time.Sleep(time.Hour)
				c.meanwhile(f)
				if got := ats.texts(); name != "flowd was down at the time" && got != "" {
					t.Errorf("too early: %s", got)
				}
				time.Sleep(5 * time.Hour)
				if got := strings.Count(ats.texts(), "No answer"); got != c.notes {
					t.Errorf("%d notes, want %d: %+v", got, c.notes, f.rows("app"))
				}
			})
		})
	}
}

// A transcript comes later than the finish: the text waits for it, for a while.
func TestReactions_WaitForTheTranscript(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ready time.Duration
		state flowd.ActionState
	}{
		"it comes":      {2 * time.Hour, flowd.Done},
		"it never does": {1000 * time.Hour, flowd.GivenUp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
			text := strings.Replace(backRules, "${recording_link}", "${transcript}", 1)
			run(t, text, func(o *engine.Options) {
				o.Writer, o.Notifier = ats, ats
				begun := time.Now()
				o.Links = func(context.Context, state.Lease) rules.Links {
					return rules.Links{Transcript: func() (string, error) {
						if time.Since(begun) < c.ready {
							return "", fault.New(fault.NotReady, "read the transcript", "not yet")
						}
						return "I like reading code.", nil
					}}
				}
			}, func(f *flow) {
				f.move("app", "Video")
				f.seen("app", nil)
				time.Sleep(26 * time.Hour)
				r := f.row("app", flowd.ActionNote)
				if r.State != c.state || (c.state == flowd.Done) != strings.Contains(ats.texts(), "I like reading code.") {
					t.Errorf("the note is %s (%s: %s)\n%s", r.State, r.Reason, r.Detail, ats.texts())
				}
			})
		})
	}
}

// The ATS tells of a move before flowd has looked whether it arrived: it did.
func TestReactions_MoveIsToldOfFirst(t *testing.T) {
	t.Parallel()
	back(t, recorded, func(f *flow, ats *pen) {
		f.move("app", "Video")
		time.Sleep(3 * time.Second)
		ats.next(nil, nil, fault.New(fault.Uncertain, "write", "no answer"))
		f.seen("app", nil)
		f.move("app", "Video review")
		time.Sleep(5 * time.Minute)
		if r := f.row("app", flowd.ActionMove); r.State != flowd.Done || r.Reason != flowd.ReasonAdopted {
			t.Errorf("the move is %s (%s: %s)", r.State, r.Reason, r.Detail)
		}
		if n := strings.Count(ats.texts(), "ats.move"); n != 1 {
			t.Errorf("moved %d times", n)
		}
	})
}

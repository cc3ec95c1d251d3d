package engine_test

import (
	"testing"
	"time"

	"flowd"
	"flowd/engine"
)

const addressedRules = inviteRule + `  - id: told
    description: Tells the recruiter.
    trigger: {event: interview.finished, of: [invite]}
    actions:
      - notify: {to: "${field(\"Owner\")}", text: "finished"}
`

// A computed address is a colleague's: a name is no channel, and the candidate
// who typed their own address into a field is written to by nobody.
func TestReactions_AMessageGoesToAColleague(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]flowd.ActionState{
		"Ana@Example.com": flowd.Done, "ops": flowd.GivenUp, "default": flowd.GivenUp, "APP@example.com": flowd.GivenUp,
	} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			sent := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
			run(t, addressedRules, func(o *engine.Options) { o.Notifier = sent }, func(f *flow) {
				f.move("app", "Video", func(ev *flowd.Event) {
					ev.Application.Fields = []flowd.Field{{Name: "Owner", Value: to}}
				})
				f.seen("app", nil)
				time.Sleep(time.Minute)
				if r := f.row("app", flowd.ActionNotify); r.State != want {
					t.Errorf("it is %s (%s: %s), want %s", r.State, r.Reason, r.Detail, want)
				}
				if got := sent.texts() != ""; got != (want == flowd.Done) {
					t.Errorf("sent: %s", sent.texts())
				}
			})
		})
	}
}

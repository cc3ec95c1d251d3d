package engine_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/state"
)

const anyRules = inviteRule + `  - id: every
    description: Tells of every finished interview.
    trigger: {event: interview.finished, of: any}
    actions:
      - notify: {channel: ops, text: "finished"}
      - ats.note: {text: "Finished"}
      - notify: {channel: ops, text: "and noted"}
`

// What was done for an interview while it was nobody's is not done again when it
// is tied; what was left out is.
func TestTie_DoesOnceWhatItDidBefore(t *testing.T) {
	t.Parallel()
	ats := &pen{scripted: scripted{there: map[string]flowd.Interview{}}}
	run(t, anyRules, func(o *engine.Options) { o.Writer, o.Notifier = ats, ats }, func(f *flow) {
		f.seen("nobody", func(i *flowd.Interview) { i.ID, i.ExternalID = "theirs", "" })
		f.move("app", "Applied")
		if got := ats.texts(); strings.Count(got, "notify") != 2 || strings.Contains(got, "ats.note") {
			t.Fatalf("before it is tied:\n%s", got)
		}
		if err := f.store.Tie(t.Context(), state.Tie{Interview: "theirs", ATS: "ats", Application: "app", By: "ana"}, time.Now()); err != nil {
			t.Fatal(err)
		}
		f.engine.Wake()
		time.Sleep(time.Minute)
		if got := ats.texts(); strings.Count(got, "notify") != 2 || strings.Count(got, "ats.note") != 1 {
			t.Errorf("after it is tied:\n%s", got)
		}
	})
}

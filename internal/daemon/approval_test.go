package daemon_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"flowd/internal/notify"
)

// Who may say yes is asked, once for all; where none of them has a channel, the
// rule's owner is.
func TestApproval_IsAsked(t *testing.T) {
	t.Parallel()
	for by, owner := range map[string]string{"[lead]": "lead", "[nobody]": "ops"} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{extra: "notify: {ops: {slack: {url: {file: room}}}, lead: {slack: {url: {file: room}}}}\n",
				rules: strings.Replace(testRules, "    unless:\n", "    wait: 1h\n    approve: {above: 2, within: 10m, by: "+by+"}\n    unless:\n", 1)})
			newRoom(t, w, "room")
			d := w.start(w.options())
			for n := range 4 {
				deliver(t.Context(), d.HookURL(), (person{n: n}).email(), person{n: n}.body())
			}
			var all []notify.Notice
			eventually(t, "one question for all", func() bool {
				var err error
				all, err = d.Causes(context.Background(), time.Now())
				return err == nil && len(all) == 1 && all[0].Count == 4
			})
			if n := all[0]; n.Kind != notify.KindApproval || n.Owner != owner || n.Subject != "video" || n.Command != "flowd release --rule video --reason approval" {
				t.Errorf("%+v", n)
			}
			mustNotHold(t, "the question", all[0].Text, "candidate-000", "Person")
		})
	}
}

// The day to look at a rule again is told to its owner.
func TestReview_IsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{extra: "notify: {ops: {slack: {url: {file: room}}}}\n",
		rules: strings.Replace(testRules, "    unless:\n", "    review_on: 2031-05-04\n    unless:\n", 1)})
	newRoom(t, w, "room")
	d := w.start(w.options())
	for at, want := range map[time.Time]int{time.Date(2031, 5, 3, 23, 59, 0, 0, time.UTC): 0, time.Date(2031, 5, 4, 0, 0, 0, 0, time.UTC): 1} {
		all, err := d.Causes(t.Context(), at)
		n := 0
		for _, notice := range all {
			if notice.Kind == notify.KindReview && notice.Owner == "ops" && notice.Subject == "video" && notice.Once {
				n++
			}
		}
		if err != nil || n != want {
			t.Errorf("at %v: %+v, %v", at, all, err)
		}
	}
}

package daemon_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flowd/internal/daemon"
)

// Whom nobody can reach is named before it matters: an owner, an approver, a
// channel, and what no source can write.
func TestCheck_Reach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{
		extra: "notify: {ops: {slack: {url: {file: room}}}}\n",
		rules: `version: 1
owner: ops
rules:
  - id: video
    description: Invites.
    stage: "Video interview"
    wait: 15m
    approve: {above: 20, within: 10m, by: [ops, the-boss]}
    pairs: [{job: "Account Executive", position: "AE screening"}]
    tests: [{name: invited, expect: [{hireflix.invite: {position: "AE screening"}}]}]
  - id: back
    description: Writes back.
    trigger: {event: interview.finished, of: [video]}
    actions:
      - ats.note: "Video interview finished."
      - notify: {channel: nobody, text: "somebody has finished"}
    tests: [{name: told, expect: [{ats.note: "Video interview finished."}, {notify: {channel: nobody, text: "somebody has finished"}}]}]
`})
	w.write("room", "http://127.0.0.1:9/room")
	config, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	more := "sources:\n"
	for _, name := range []string{"files-d", "files-a", "files-c", "files-b"} {
		more += "  - {name: " + name + ", kind: dropfolder, dir: in}\n"
	}
	w.write("flowd.yaml", strings.Replace(string(config), "sources:\n", more, 1))
	report := daemon.Check(t.Context(), w.options(), daemon.CheckOptions{})
	var text strings.Builder
	for _, p := range report.Problems {
		text.WriteString(p.Text())
	}
	if report.Failed(false) {
		t.Fatalf("the rules are refused:\n%s", &text)
	}
	if found := regexp.MustCompile(`(\S+) has no way`).FindAllString(text.String(), -1); len(found) != 5 || !slices.IsSorted(found) {
		t.Errorf("the systems come as %q", found)
	}
	for _, want := range []string{"the approver the-boss has no channel", "there is no page to say it on", "there is no channel nobody", "greenhouse has no way for ats.note"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("nothing says %q:\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "the owner ops has no channel") {
		t.Errorf("ops has a channel:\n%s", &text)
	}
}

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

// Rules that would invite any number at once are named in one warning, unless
// something of their own or of the configuration stops them.
func TestCheck_Guard(t *testing.T) {
	t.Parallel()
	rule := func(id, keys string) string {
		return "  - {id: " + id + ", description: D., stage: " + id + ", " + keys + "pairs: [{position: AE screening}], tests: [{name: x, expect: [{hireflix.invite: {position: AE screening}}]}]}\n"
	}
	const pilot, caps = "safety: {only_to: ['*@example.com']}\n", "safety: {max_invites: {per_hour: 20, per_day: 60}}\n"
	for _, tt := range []struct {
		rules, extra, want string // want is empty where nothing is said
	}{
		{rule("a", ""), "", "the rule a invites any number of people at once"},
		{rule("a", "flood: {per_hour: 9}, ") + rule("b", "") + rule("c", "") + rule("d", "mode: shadow, reason: new, "), "", "the rule b and 1 other invite any number"},
		{rule("a", "flood: {per_hour: 9}, ") + rule("b", "approve: {above: 0, within: 10m}, "), "", ""},
		{rule("a", ""), pilot, ""},
		{rule("a", ""), caps, ""},
		{rule("a", ""), "safety: {per_person: {invites: 1, per: 30d}}\n", "the rule a invites any number"},
	} {
		w := newWorld(t, settings{extra: tt.extra, rules: "version: 1\nowner: ops\nrules:\n" + tt.rules})
		var found []string
		for _, p := range daemon.Check(t.Context(), w.options(), daemon.CheckOptions{}).Problems {
			switch p.Code {
			case "no-guard":
				found = append(found, p.Message)
			case "no-channel", "no-page":
			default:
				t.Errorf("%s%s", tt.extra, p.Text())
			}
		}
		if got := strings.Join(found, "\n"); (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s%s got %q, want %q", tt.extra, tt.rules, got, tt.want)
		}
	}
}

// A channel whose secret is not there tells nobody, and that is said before it has
// to; what is there is not.
func TestCheck_ChannelsWithoutTheirSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{extra: `notify:
  ops: {slack: {url: {file: slack}}}
  sales: {webhook: {url: {file: hook-url}, secret: {file: nowhere}}}
  mail: {email: {to: [sales@example.com]}}
smtp: {host: mail.example.com, from: flowd@example.com, username: flowd, password: {file: nowhere}}
heartbeat: {url: {file: nowhere}}
`})
	w.write("slack", "https://hooks.example.com/a")
	w.write("hook-url", "https://hooks.example.com/b")
	var found []string
	report := daemon.Check(t.Context(), w.options(), daemon.CheckOptions{})
	for _, p := range report.Problems {
		if key, rest, _ := strings.Cut(p.Message, ": "); p.Code == "no-channel" && strings.HasSuffix(rest, "so that nobody is told by it") {
			found = append(found, key)
		}
	}
	if want := []string{"notify.sales", "smtp.password", "heartbeat.url"}; !slices.Equal(found, want) || report.Failed(false) {
		t.Errorf("found %q, want %q as warnings", found, want)
	}
}

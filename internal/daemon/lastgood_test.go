package daemon_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd/internal/daemon"
	"flowd/internal/notify"
)

// secondRules is a file beside testRules, with a table and a recorded event of its
// own.
const secondRules = `version: 1
owner: ops
rules:
  - id: support
    description: Whoever reaches the call with support is invited.
    stage: "Support call"
    pairs: {file: support.csv}
    tests:
      - name: an applicant is invited
        given: {job: {name: "Support Agent"}}
        expect: [{hireflix.invite: {position: "Sales screening"}}]
      - name: a recorded one, too
        event: fixtures/support.json
        expect: [{hireflix.invite: {position: "Sales screening"}}]
`

const (
	secondTable   = "job,position\nSupport Agent,Sales screening\n"
	secondFixture = `{"type": "stage.entered", "stage": "Support call", "job": "Support Agent", "candidate": {"email": "robin.sample@example.com"}}`
)

func twoFiles(t *testing.T) *world {
	w := newWorld(t, settings{})
	w.write("rules/support.yaml", secondRules)
	w.write("rules/support.csv", secondTable)
	w.write("rules/fixtures/support.json", secondFixture)
	return w
}

func metricsOf(t *testing.T, d *daemon.Daemon) string {
	t.Helper()
	body, err := io.ReadAll(get(t, d.AdminURL()+"/metrics").Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// serves are the ids of the rules that the daemon answers with.
func serves(d *daemon.Daemon) string {
	var ids []string
	for _, r := range d.Rules().Rules() {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, " ")
}

// One broken file, or table, is served as it last was good and does not hold up
// the others; nor does it keep flowd from starting.
func TestLastGood_OneFileDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks func(w *world)
		file   string
	}{
		"a slip":        {func(w *world) { w.replace("rules/support.yaml", "stage:", "stagee:") }, "support.yaml"},
		"a bad row":     {func(w *world) { w.write("rules/support.csv", "job,position\n4E+09,Sales screening\n") }, "support.csv"},
		"a lost table":  {func(w *world) { _ = os.Remove(filepath.Join(w.dir, "rules", "support.csv")) }, "support.csv"},
		"a failed test": {func(w *world) { w.write("rules/support.csv", "job,position\nSupport Agent,AE screening\n") }, "support.csv"},
		"another event": {func(w *world) { w.write("rules/fixtures/support.json", `{"type": "job.closed"}`) }, "fixtures/support.json"},
		"no event":      {func(w *world) { w.write("rules/fixtures/support.json", `{"type": }`) }, "fixtures/support.json"},
		"a lost event":  {func(w *world) { _ = os.Remove(filepath.Join(w.dir, "rules/fixtures/support.json")) }, "fixtures/support.json"},
		"no position":   {func(w *world) { w.write("rules/support.csv", secondTable+"Porter,Nowhere\n") }, "support.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twoFiles(t)
			d, err := daemon.New(t.Context(), w.options())
			if err != nil {
				t.Fatal(err)
			}
			d.Start()
			c.breaks(w)
			w.replace("rules/video.yaml", "id: video", "id: video-two")
			err = d.Reload(t.Context(), daemon.OnlyRules)
			if err == nil {
				t.Error("the reload says nothing of the broken file")
			}
			check := func(d *daemon.Daemon) {
				t.Helper()
				if got := serves(d); got != "support video-two" {
					t.Errorf("serving %s, want the old support and the new video-two", got)
				}
				s := w.status()
				named := false
				for _, f := range s.Rules.Files {
					named = named || f.Name == c.file && f.Why != "" && !f.Since.IsZero()
				}
				if !named || s.Rules.Stale == "" || !s.NeedsPerson() {
					t.Errorf("the status does not name %s: %+v", c.file, s.Rules)
				}
				if text := metricsOf(t, d); !strings.Contains(text, `flowd_rules_file_stale_seconds{file="`+c.file+`"} `) ||
					strings.Contains(text, `flowd_rules_file_stale_seconds{file="`+c.file+"\"} 0\n") ||
					!strings.Contains(text, "flowd_rules_file_stale_seconds{file=\"video.yaml\"} 0\n") ||
					!strings.Contains(text, "flowd_config_last_reload_successful 0") {
					t.Error("the metrics do not tell the stale file from the served one")
				}
			}
			check(d)
			since := w.status().Rules.Files[0].Since
			if err := d.Stop(); err != nil {
				t.Fatal(err)
			}
			d = w.start(w.options())
			check(d)
			if got := w.status().Rules.Files[0].Since; !got.Equal(since) {
				t.Errorf("stale since %s, want %s as before the restart", got, since)
			}
			if !strings.Contains(w.log.String(), "its last good version serves on") {
				t.Error("the log does not say so")
			}
			w.write("rules/support.yaml", secondRules)
			w.write("rules/support.csv", secondTable)
			w.write("rules/fixtures/support.json", secondFixture)
			if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
				t.Errorf("mended: %v", err)
			}
			if s := w.status(); s.Rules.Stale != "" || len(s.Rules.Files) > 0 {
				t.Errorf("mended, and still stale: %+v", s.Rules)
			}
		})
	}
}

// Two files that contradict each other are both taken back: a rule would be there
// twice, or not at all, and nobody can tell which of the two is right.
func TestLastGood_ConflictsTakeBothBack(t *testing.T) {
	t.Parallel()
	for name, video := range map[string]string{
		"a rule that moves out of a broken file": strings.Replace(testRules, "stage:", "stagee:", 1),
		"a rule in both":                         strings.Replace(testRules, "id: video", "id: moved", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twoFiles(t)
			d := w.start(w.options())
			before := w.status().Rules.Digest
			id := "id: video"
			if strings.Contains(video, "id: moved") {
				id = "id: moved"
			}
			w.write("rules/support.yaml", strings.Replace(secondRules, "id: support", id, 1))
			w.write("rules/video.yaml", video)
			if err := d.Reload(t.Context(), daemon.OnlyRules); err == nil {
				t.Error("the reload says nothing")
			}
			s := w.status()
			if s.Rules.Digest != before || len(s.Rules.Files) != 2 {
				t.Errorf("serving %s with %d stale files, want %s as before with both", s.Rules.Digest, len(s.Rules.Files), before)
			}
		})
	}
}

// A file that never served has nothing to fall back to: it refuses the reload,
// and a start goes on with what served.
func TestLastGood_AFileThatNeverServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{extra: "notify: {default: {webhook: {url: {file: hook}, secret: {file: hook}}}}\n"})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	w.write("rules/new.yaml", "version: 1\nowner: ops\nrules: oops\n")
	if err := d.Reload(t.Context(), daemon.OnlyRules); err == nil || !strings.Contains(err.Error(), "new.yaml") {
		t.Errorf("a new file that is broken: %v; want it named", err)
	}
	notices, err := d.Causes(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, n := range notices {
		told = told || n.Cause.Kind == notify.KindRules && n.Cause.Subject == "new.yaml"
	}
	if !told {
		t.Errorf("nobody is told of new.yaml: %+v", notices)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	d = w.start(w.options())
	if s := w.status(); serves(d) != "video" || !strings.Contains(s.Rules.Stale, "new.yaml") {
		t.Errorf("after a restart %s serves, and the status says %q", serves(d), s.Rules.Stale)
	}
}

// Half of the rules gone at once is a folder half copied until somebody says
// otherwise, also across a restart.
func TestReload_FewerThanHalfServeOn(t *testing.T) {
	t.Parallel()
	var three strings.Builder
	three.WriteString("version: 1\nowner: ops\nrules:\n")
	one := testRules[strings.Index(testRules, "  - id: video"):]
	for _, id := range []string{"a", "b", "c"} {
		three.WriteString(strings.Replace(one, "id: video", "id: "+id, 1))
	}
	w := newWorld(t, settings{rules: three.String()})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	w.write("rules/video.yaml", testRules)
	if err := d.Reload(t.Context(), daemon.OnlyRules); err == nil || !strings.Contains(err.Error(), "flowd apply --confirm") {
		t.Errorf("one of three rules left: %v; want what to do", err)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	d = w.start(w.options())
	if s := w.status(); serves(d) != "a b c" || !strings.Contains(s.Rules.Stale, "flowd apply --confirm") {
		t.Errorf("after a restart %s serves, and the status says %q", serves(d), s.Rules.Stale)
	}
	w.write("rules/video.yaml", three.String()[:strings.Index(three.String(), "  - id: c")])
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil || serves(d) != "a b" {
		t.Errorf("two of three: %v, serving %s", err, serves(d))
	}
}

// A recorded event that changes is noticed as a rule file is.
func TestWatch_Fixtures(t *testing.T) {
	t.Parallel()
	w := twoFiles(t)
	d := w.start(w.options())
	if got := d.Folders(); !slices.Contains(got, filepath.Join(w.dir, "rules", "fixtures")) {
		t.Errorf("watched are %v", got)
	}
	stale := func() string { return w.status().Rules.Stale }
	if got := stale(); got != "" {
		t.Fatalf("stale from the beginning: %s", got)
	}
	w.write("rules/fixtures/support.json", `{"type": "job.closed"}`)
	eventually(t, "the changed event is noticed", func() bool { return strings.Contains(stale(), "a recorded one, too") })
	w.write("rules/fixtures/support.json", secondFixture)
	eventually(t, "the mended event is noticed", func() bool { return stale() == "" })
}

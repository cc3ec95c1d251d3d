package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowd/internal/daemon"
)

// What events have told is held against the rules, and offered to editors: of the
// flowd that runs.
func TestCheck_SeenNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "the person is invited", func() bool { return w.interviews() == 1 })

	slip := w.write("more/slip.yaml", strings.ReplaceAll(testRules, "Video interview", "Vidoe interview"))
	r := daemon.Check(t.Context(), w.options(), daemon.CheckOptions{Paths: []string{slip}, Online: true})
	found := ""
	for _, p := range r.Problems {
		if p.Code == "unseen-stage" {
			found = p.Text()
		}
	}
	if !strings.Contains(found, `"Vidoe interview"`) || !strings.Contains(found, `did you mean "Video interview"?`) || r.Failed(false) {
		t.Errorf("the slip is answered with %q; all: %+v", found, r.Problems)
	}
	value := w.write("value/slip.yaml", strings.ReplaceAll(testRules, `"referral"`, `"Linkdin"`))
	found = ""
	for _, p := range daemon.Check(t.Context(), w.options(), daemon.CheckOptions{Paths: []string{value}, State: true}).Problems {
		if p.Code == "unseen-value" {
			found = p.Text()
		}
	}
	if !strings.Contains(found, `you wrote "Linkdin"`) || !strings.Contains(found, `seen: "LinkedIn"`) {
		t.Errorf("a value that nobody had is answered with %q", found)
	}
	if r = daemon.Check(t.Context(), w.options(), daemon.CheckOptions{Online: true}); len(r.Problems) > 0 && r.Problems[0].Code == "unseen-stage" {
		t.Errorf("what was seen is called unseen: %+v", r.Problems)
	}

	daemon.Check(t.Context(), w.options(), daemon.CheckOptions{Fix: true})
	schema, err := os.ReadFile(filepath.Join(w.dir, ".flowd", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Video interview", "AE screening", "Account Executive"} {
		if !strings.Contains(string(schema), `"`+name+`"`) {
			t.Errorf("the schema does not offer %s", name)
		}
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "rules", "video.yaml"))
	if err != nil || !strings.HasPrefix(string(text), "# yaml-language-server: $schema=../.flowd/schema.json\n") || !strings.HasSuffix(string(text), strings.TrimLeft(testRules, "\n")) {
		t.Errorf("the rule file is %s (%v)", text, err)
	}
}

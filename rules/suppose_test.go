package rules_test

import (
	"strings"
	"testing"

	"flowd"
	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// An event that somebody wrote down is one in the words of a recorded event, and
// what it leaves open is a move that just happened.
func TestSuppose(t *testing.T) {
	t.Parallel()
	set := compile(t, file("  - {id: video, stage: Video interview, pairs: [{job: AE, position: P}], if: 'field(\"Level\") == \"senior\" and candidate.first_name == \"Rosa\"'}\n"), rules.Options{})
	ev, facts, problems := set.Suppose("event.json", []byte(`{"stage": "Video interview", "job": "AE",
 "candidate": {"email": "rosa.field@example.com", "first_name": "Rosa"}, "fields": {"Level": "Senior"}}`), "lever", monday)
	if len(problems) > 0 {
		t.Fatal(strictyaml.Render(problems))
	}
	if ev.Type != flowd.StageEntered || ev.Source != "lever" || ev.ATS != "lever" || ev.Via != flowd.ViaMove || !ev.Received.Equal(monday) || ev.Stage.Name != "Video interview" {
		t.Errorf("read as %+v", ev)
	}
	if d := engine.Decide(set, ev, facts, monday); len(d) != 1 || d[0].Verdict != flowd.Matched {
		t.Errorf("decided as %+v", d)
	}
	for text, want := range map[string]string{
		`{"stage": "Video", "aplication": {}}`: "unknown key aplication",
		`{}`:                                   "stage is missing: which one was entered?",
		`{"type": "stage.entred", "stage": "Video"}`:    `there is no event stage.entred`,
		`{"stage": "Video", "candidate": {"emial": 1}}`: "unknown key emial",
		`[]`: "the file wants a set of keys",
		`"x`: "event.json:1:",
	} {
		_, _, problems := set.Suppose("event.json", []byte(text), "", monday)
		if said := strictyaml.Render(problems); !strictyaml.HasErrors(problems) || !strings.Contains(said, want) {
			t.Errorf("%s is answered with:\n%s", text, said)
		}
	}
}

package rules_test

import (
	"testing"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// A yes or no that the event's source never tells is not known: its default
// would be a guess about somebody who must perhaps not be written to.
func TestEvaluate_FlagsAreNotGuessed(t *testing.T) {
	t.Parallel()
	for _, member := range []string{"candidate.can_email", "candidate.is_internal"} {
		file := rules.File{Name: "r.yaml", Data: []byte("version: 1\nowner: ops\nrules:\n  - id: video\n    stage: Video\n    if: " + member +
			" or job.name == \"AE\"\n    pairs: [{job: AE, position: pos}]\n")}
		set, problems := rules.Compile([]rules.File{file}, rules.Options{Sources: []rules.Source{
			{Name: "tells", ATS: "one", Members: []string{member, "job.name"}},
			{Name: "silent", ATS: "two", Members: []string{"job.name"}},
		}})
		if strictyaml.HasErrors(problems) {
			t.Fatal(strictyaml.Render(problems))
		}
		for source, want := range map[string]flowd.Verdict{"tells": flowd.Matched, "silent": flowd.Failed} {
			app := flowd.Application{ID: "a", Job: flowd.Job{Name: "AE"}, Candidate: flowd.Candidate{ID: "c", Email: "rosa.field@example.com"}}
			ev := flowd.Event{Key: "k", Source: source, Type: flowd.StageEntered, Stage: flowd.Stage{Name: "Video"}, Application: app}
			answers := set.Evaluate(ev, flowd.Facts{Application: app}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
			if len(answers) != 1 || answers[0].Verdict != want {
				t.Errorf("%s from %s: %+v, want %s", member, source, answers, want)
			}
		}
	}
}

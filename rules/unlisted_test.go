package rules_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// What an ATS lists is there though no event has told of it, and what it does not
// list is not.
func TestSet_Unseen_BySystems(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(`version: 1
owner: ops
rules:
  - id: video
    stage: [Video, Vidoe]
    pairs:
      - {job: New job, position: AE}
      - {job: Bakre, position: AE}
      - {job: Closed, position: AE}
      - {job: Elsewhere, source: west, position: AE}
    if:
      - field("Shift", "") != "nihgt"
      - field("Shfit", "") != ""
      - candidate.source in ["Fair", "Walk-in", "Fiar"]
  - id: onward
    trigger: {event: interview.finished, of: [video]}
    actions:
      - ats.move: {to: Offerr}
      - ats.field: {name: Score, value: "${interview.score}"}
      - ats.note: "Scored ${interview.score}."
`)}}, rules.Options{Sources: []rules.Source{
		{Name: "east", ATS: "east", Members: []string{"field", "candidate.source"}}, {Name: "west", ATS: "west", Members: []string{"field", "candidate.source"}},
	}})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	fields := []rules.SystemField{{Member: "candidate.source", Values: []string{"Fair"}}, {Field: flowd.Field{Key: "shift", Name: "Shift"}, Values: []string{"day", "night"}}}
	seen := rules.Seen{Jobs: []string{"Baker"}, Stages: []string{"Video"}, Fields: []flowd.FieldSeen{{ATS: "east", Name: "Old", Day: "2026-03-30"}},
		Values: []rules.ValuesSeen{{Member: "candidate.source", Values: []rules.ValueSeen{{Value: "walk-in", Times: 3}}}},
		Systems: []rules.System{
			{ATS: "east", Jobs: []flowd.Job{{ID: "1", Name: "Baker"}, {ID: "2", Name: "New job"}}, FormerJobs: []flowd.Job{{ID: "3", Name: "Closed"}},
				Stages: []flowd.Stage{{ID: "1", Name: "Video"}, {ID: "2", Name: "Offer"}}, Fields: fields},
			{ATS: "west", Jobs: []flowd.Job{}, Stages: []flowd.Stage{}, Fields: fields[:2]},
		}}
	told := func(seen rules.Seen) (got []string) {
		for _, p := range set.Unseen(seen, time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)) {
			got = append(got, p.String()+" ("+p.Hint+")")
		}
		return got
	}
	want := []string{
		`r.yaml:5:12: stage "Vidoe": east and west have no such stage (did you mean "Video"?)`,
		`r.yaml:8:9: job "Bakre": east and west have no such job (did you mean "Baker"?)`,
		`r.yaml:9:9: warning: job "Closed": east and west no longer have this job: it was closed, deleted or renamed ()`,
		`r.yaml:10:9: job "Elsewhere": west has no such job ()`,
		`r.yaml:12:9: warning: value "nihgt": east and west have no such value (did you mean "night"?)`,
		`r.yaml:13:9: warning: field "Shfit": east and west have no such field (did you mean "Shift"?)`,
		`r.yaml:14:9: warning: value "Fiar": east and west have no such value (did you mean "Fair"?)`,
		`r.yaml:18:9: stage "Offerr": east and west have no such stage (did you mean "Offer"?)`,
		`r.yaml:19:9: warning: field "Score": east and west have no such field ()`,
	}
	if diff := cmp.Diff(want, told(seen)); diff != "" {
		t.Errorf("with both (-want +got):\n%s", diff)
	}
	seen.Systems = seen.Systems[:1] // west cannot be asked: what events told counts
	want = []string{
		`r.yaml:5:12: warning: no event has told of a stage "Vidoe" (did you mean "Video"?)`,
		`r.yaml:7:9: warning: no event has told of a job "New job" (it may be new, or named otherwise in the ATS)`,
		`r.yaml:8:9: warning: no event has told of a job "Bakre" (did you mean "Baker"?)`,
		`r.yaml:9:9: warning: no event has told of a job "Closed" (it may be new, or named otherwise in the ATS)`,
		`r.yaml:10:9: warning: no event has told of a job "Elsewhere" (it may be new, or named otherwise in the ATS)`,
		`r.yaml:12:9: warning: no event has had a custom field "Shift" (flowd names fields lists those that were seen)`,
		`r.yaml:13:9: warning: no event has had a custom field "Shfit" (flowd names fields lists those that were seen)`,
	}
	if diff := cmp.Diff(want, told(seen)); diff != "" {
		t.Errorf("with one (-want +got):\n%s", diff)
	}
}

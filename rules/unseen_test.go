package rules_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

func TestSet_Unseen(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(`version: 1
owner: ops
rules:
  - id: video
    stage: [Vidoe interview, "4711", video REVIEW]
    pairs:
      - {job: Account Executive, position: AE}
      - {job: Acount Executive, position: AE}
    if:
      - field("Notice period", "") != "none"
      - field("Cost center", "") != ""
      - has("Works council")
  - id: off
    mode: disabled
    reason: not yet
    stage: Nowhere
    pairs: [{position: AE}]
`)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	seen := rules.Seen{Jobs: []string{"Account Executive"}, Stages: []string{"Video interview", "Video review"}, Fields: []flowd.FieldSeen{
		{ATS: "a", Name: "Cost centre", Day: "2026-03-30"}, {ATS: "a", Name: "notice PERIOD", Day: "2026-03-01"}, {ATS: "a", Name: "Works council", Day: "2026-02-27"},
	}}
	var got []string
	for _, p := range set.Unseen(seen, now) {
		got = append(got, p.String()+" ("+p.Hint+")")
	}
	want := []string{
		`r.yaml:5:12: warning: no event has told of a stage "Vidoe interview" (did you mean "Video interview"?)`,
		`r.yaml:8:9: warning: no event has told of a job "Acount Executive" (did you mean "Account Executive"?)`,
		`r.yaml:11:9: warning: no event has had a custom field "Cost center" (did you mean "Cost centre"?)`,
		`r.yaml:12:9: warning: the custom field "Works council" was last seen on 2026-02-27 (look whether it is named otherwise in the ATS now)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unseen (-want +got):\n%s", diff)
	}
	if p := set.Unseen(rules.Seen{}, now); len(p) > 0 {
		t.Errorf("where nothing was seen yet: %v", p)
	}
}

package rules_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

func TestNearMiss(t *testing.T) {
	t.Parallel()
	set, _ := rules.Compile([]rules.File{{Name: "video.yaml", Data: []byte(`version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs:
      - {job: Baker, location: Hamburg, position: 65afda7ad66b25c281f30a01}
      - {job: Baker, location: Berlin, position: 65afda7ad66b25c281f30a02}
      - {job: Miller, position: 65afda7ad66b25c281f30a02}
`)}}, rules.Options{})
	for name, tt := range map[string]struct {
		job  flowd.Job
		want string
	}{
		"spelt alike":      {flowd.Job{Name: "Baker", Location: "Berlin, DE"}, `no row fits; one change would make video.yaml:8 fit: location is "Berlin, DE", the row wants "Berlin"`},
		"fits in the rest": {flowd.Job{Name: "Baker", Location: "Rome"}, `no row fits; one change would make video.yaml:7 fit: location is "Rome", the row wants "Hamburg"`},
		"the job alone":    {flowd.Job{Name: "Miller (m/f/d)"}, `no row fits; one change would make video.yaml:9 fit: job is "Miller (m/f/d)", the row wants "Miller"`},
		"nothing near":     {flowd.Job{Name: "Smith", Location: "Rome"}, "no row fits"},
		"two changes":      {flowd.Job{Name: "Bakery", Location: "Berlin, DE"}, "no row fits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := flowd.Application{Job: tt.job, Stage: flowd.Stage{Name: "Video"}}
			ev := flowd.Event{Type: flowd.StageEntered, Stage: app.Stage, Application: app}
			e, ok := set.Explain("video", ev, flowd.Facts{Application: app}, time.Time{})
			if !ok || e.Won != tt.want {
				t.Errorf("said %q", strings.Join(e.Lines(), "\n"))
			}
		})
	}
}

// Of a condition that stands alone against a rule, what would have turned it is
// named; with anything else against it, nothing is.
func TestNearMiss_Conditions(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "video.yaml", Data: []byte(`version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs: [{job: Baker, position: 65afda7ad66b25c281f30a01}]
    if:
      - candidate.country == "DE" and (candidate.language == "de" or candidate.source == "LinkedIn")
      - field("Level", "junior") == "senior"
    unless:
      - {when: candidate.is_internal and candidate.source != "Agency", because: internal}
  - id: finished
    trigger: {event: stage.left, from: Video}
    if: stage == "Offer"
    actions: [ats.tag: x]
`)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	internal, no := true, false
	good := flowd.Application{Job: flowd.Job{Name: "Baker"}, Source: "LinkedIn", Candidate: flowd.Candidate{Country: "DE", Language: "de", IsInternal: &no},
		Fields: []flowd.Field{{Name: "Level", Value: "senior"}}}
	for name, tt := range map[string]struct {
		change func(a *flowd.Application)
		want   string
	}{
		"it fits":            {func(*flowd.Application) {}, ""},
		"one part of a line": {func(a *flowd.Application) { a.Candidate.Country = "FR" }, `candidate.country == "DE"`},
		"either of two":      {func(a *flowd.Application) { a.Candidate.Language, a.Source = "fr", "Web" }, `candidate.language == "de", or candidate.source == "LinkedIn"`},
		"two parts of a line": {func(a *flowd.Application) {
			a.Candidate = flowd.Candidate{Country: "FR", IsInternal: &no}
			a.Source = "Web"
		}, ""},
		"another line":               {func(a *flowd.Application) { a.Fields = nil }, `field("Level", "junior") == "senior"`},
		"two lines":                  {func(a *flowd.Application) { a.Fields, a.Candidate.Country = nil, "FR" }, ""},
		"what leaves out":            {func(a *flowd.Application) { a.Candidate.IsInternal = &internal }, `not (candidate.is_internal), or not (candidate.source != "Agency")`},
		"what leaves out, and an if": {func(a *flowd.Application) { a.Candidate.IsInternal, a.Fields = &internal, nil }, ""},
		"no row fits either":         {func(a *flowd.Application) { a.Fields, a.Job.Name = nil, "Cook" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := good
			app.Stage = flowd.Stage{Name: "Video"}
			tt.change(&app)
			ev := flowd.Event{Type: flowd.StageEntered, Stage: app.Stage, Application: app}
			e, _ := set.Explain("video", ev, flowd.Facts{Application: app}, monday)
			said := strings.Contains(strings.Join(e.Lines(), "\n"), "one change would make it fit: "+tt.want)
			if e.Near != tt.want || said != (tt.want != "") {
				t.Errorf("said %q:\n%s", e.Near, strings.Join(e.Lines(), "\n"))
			}
		})
	}
	app := flowd.Application{ID: "a", Stage: flowd.Stage{Name: "Onsite"}}
	ev := flowd.Event{Type: flowd.StageEntered, From: flowd.Stage{Name: "Video"}, Stage: app.Stage, Application: app}
	if e, _ := set.Explain("finished", ev, flowd.Facts{Application: app, Previous: ev.From}, monday); e.Near != `stage == "Offer"` {
		t.Errorf("of a reaction: %+v", e)
	}
}

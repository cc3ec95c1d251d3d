package rules_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
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

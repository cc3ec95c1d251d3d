package daemon_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/engine"
	"flowd/internal/daemon"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

const quietRules = `version: 1
owner: ops
defaults: {alert_if_quiet: {at_least: 2, per: 7d}}
rules:
  - {id: busy, stage: Busy, pairs: [{position: p}]}
  - {id: renamed, stage: Renamed, pairs: [{job: Keeper, position: p}]}
  - {id: empty, stage: Empty, pairs: [{job: Keeper, position: p}]}
  - {id: short, stage: Short, alert_if_quiet: {at_least: 1, per: 1d}, pairs: [{job: Keeper, position: p}]}
  - {id: off, stage: Off, mode: disabled, reason: later, pairs: [{job: Keeper, position: p}]}
`

// A rule is too quiet when people come and it invites fewer than it should; when
// nobody comes it is not.
func TestQuiet(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(quietRules)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	store := mem.New()
	come := func(app, stage string, at time.Time) {
		t.Helper()
		ev := flowd.Event{Key: app, Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: at, Stage: flowd.Stage{Name: stage}, Application: flowd.Application{
			ID: app, Status: flowd.StatusActive, Job: flowd.Job{Name: "Lighthouse keeper"}, Candidate: flowd.Candidate{ID: app, Email: app + "@example.com"}}}
		if _, err := store.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{ev}}, at); err != nil {
			t.Fatal(err)
		}
		pending, err := store.Undecided(t.Context(), 10)
		if err != nil || len(pending) != 1 {
			t.Fatalf("pending %v, %v", pending, err)
		}
		c := state.Commitment{Event: app, Decisions: engine.Decide(set, pending[0].Event, pending[0].Facts, at)}
		if _, err := store.Commit(t.Context(), c, at); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		day := now.Add(time.Duration(i-3) * 24 * time.Hour)
		come(fmt.Sprint("b", i), "Busy", day)
		come(fmt.Sprint("r", i), "Renamed", day)
		come(fmt.Sprint("s", i), "Short", day.Add(-time.Hour))
		come(fmt.Sprint("o", i), "Off", day)
	}
	for _, c := range []struct {
		at   time.Time
		want map[string]int
	}{
		{now, map[string]int{"renamed": 3}},
		{now.Add(-2 * time.Hour), map[string]int{"renamed": 3, "short": 1}},
		{now.Add(5*24*time.Hour + time.Minute), map[string]int{"busy": 1, "renamed": 1}},
		{now.Add(30 * 24 * time.Hour), map[string]int{}},
	} {
		got, err := daemon.Silent(t.Context(), store, set, c.at)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("at %v: %v\n%s", c.at, err, diff)
		}
	}
}

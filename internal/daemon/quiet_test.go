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
	come := func(app, stage string, at time.Time) { came(t, store, set, app, stage, "Lighthouse keeper", at) }
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

// came has somebody come to a stage, whom the rules decide.
func came(t *testing.T, store state.Store, set *rules.Set, app, stage, job string, at time.Time) {
	t.Helper()
	ev := flowd.Event{Key: app, Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: at, Stage: flowd.Stage{Name: stage}, Application: flowd.Application{
		ID: app, Status: flowd.StatusActive, Job: flowd.Job{Name: job}, Candidate: flowd.Candidate{ID: app, Email: app + "@example.com"}}}
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

// A rule that does not say what it expects is held against its own four weeks: it
// is too quiet where that nobody of so many is invited would be a rare chance.
func TestQuiet_Learned(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name            string
		keys            string
		before, matched int // in the four weeks before, and to be invited of them
		late, invited   int // in the last seven days
		quiet           bool
	}{
		{name: "all were invited, and nobody is", before: 20, matched: 20, late: 2, quiet: true},
		{name: "one who is left out says nothing", before: 20, matched: 20, late: 1},
		{name: "half were invited", before: 20, matched: 10, late: 7, quiet: true},
		{name: "half were invited, and few came", before: 20, matched: 10, late: 6},
		{name: "one of ten was invited", before: 20, matched: 2, late: 10},
		{name: "little is known", before: 2, matched: 2, late: 3},
		{name: "nobody ever was", before: 20, late: 20},
		{name: "a new rule", late: 20},
		{name: "somebody is", before: 20, matched: 20, late: 5, invited: 1},
		{name: "nobody comes", before: 20, matched: 20},
		{name: "it says that this may be", keys: "alert_if_quiet: {at_least: 0, per: 7d}, ", before: 20, matched: 20, late: 9},
		{name: "it is in shadow", keys: "mode: shadow, reason: new, ", before: 20, matched: 20, late: 9},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			text := "version: 1\nowner: ops\nrules:\n  - {id: usual, stage: Video, " + tc.keys + "pairs: [{job: Keeper, position: p}]}\n"
			set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(text)}}, rules.Options{})
			if strictyaml.HasErrors(problems) {
				t.Fatal(strictyaml.Render(problems))
			}
			store := mem.New()
			some := func(when string, n, invited int, from time.Time) {
				for i := range n {
					job := "Lighthouse keeper"
					if i < invited {
						job = "Keeper"
					}
					came(t, store, set, fmt.Sprint(when, i), "Video", job, from.Add(time.Duration(i)*time.Hour))
				}
			}
			some("early", 3, 3, now.AddDate(0, 0, -60)) // longer ago than is looked at
			some("before", tc.before, tc.matched, now.AddDate(0, 0, -20))
			some("late", tc.late, tc.invited, now.AddDate(0, 0, -2))
			got, err := daemon.Silent(t.Context(), store, set, now)
			if n, quiet := got["usual"]; err != nil || quiet != tc.quiet || quiet && n != tc.late {
				t.Errorf("too quiet: %v of %d, %v", quiet, n, err)
			}
		})
	}
}

package daemon_test

import (
	"context"
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
		found, err := daemon.Silent(t.Context(), store, set, c.at)
		if diff := cmp.Diff(c.want, daemon.Came(found)); diff != "" || err != nil {
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

// learns are the rules of one that says nothing of it but these keys.
func learns(t *testing.T, keys string) *rules.Set {
	t.Helper()
	text := "version: 1\nowner: ops\nrules:\n  - {id: usual, stage: Video, " + keys + "pairs: [{job: Keeper, position: p}]}\n"
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(text)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	return set
}

// spread has n people come between two times, invited of whom fit the rule, each of
// these as far from the next as they can be.
func spread(t *testing.T, store state.Store, set *rules.Set, n, invited int, from, to time.Time) {
	t.Helper()
	for i := range n {
		job := "Lighthouse keeper"
		if i*invited/n < (i+1)*invited/n {
			job = "Keeper"
		}
		at := from.Add(to.Sub(from) / time.Duration(n) * time.Duration(i))
		came(t, store, set, at.Format("0102T150405"), "Video", job, at)
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
		weeks           int // of the four before in which people came
		before, matched int // how many, and to be invited of them
		late, invited   int // in the last seven days
		quiet           bool
	}{
		{name: "all were invited, and nobody is", weeks: 4, before: 20, matched: 20, late: 3, quiet: true},
		{name: "two who are left out say nothing", weeks: 4, before: 20, matched: 20, late: 2},
		{name: "not even behind hundreds", weeks: 4, before: 200, matched: 200, late: 2},
		{name: "half were invited", weeks: 4, before: 20, matched: 10, late: 7, quiet: true},
		{name: "half were invited, and few came", weeks: 4, before: 20, matched: 10, late: 6},
		{name: "one of ten was invited", weeks: 4, before: 20, matched: 2, late: 10},
		{name: "little is known", weeks: 4, before: 4, matched: 3, late: 3},
		{name: "three weeks are a habit", weeks: 3, before: 21, matched: 21, late: 9, quiet: true},
		{name: "two are none", weeks: 2, before: 20, matched: 20, late: 9},
		{name: "one campaign is none", weeks: 1, before: 20, matched: 20, late: 9},
		{name: "nobody ever was", weeks: 4, before: 20, late: 20},
		{name: "a new rule", late: 20},
		{name: "somebody is", weeks: 4, before: 20, matched: 20, late: 5, invited: 1},
		{name: "nobody comes", weeks: 4, before: 20, matched: 20},
		{name: "it says that this may be", keys: "alert_if_quiet: {at_least: 0, per: 7d}, ", weeks: 4, before: 20, matched: 20, late: 9},
		{name: "it is in shadow", keys: "mode: shadow, reason: new, ", weeks: 4, before: 20, matched: 20, late: 9},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			set, store := learns(t, tc.keys), mem.New()
			spread(t, store, set, 5, 5, now.AddDate(0, 0, -95), now.AddDate(0, 0, -65)) // longer ago than is looked at
			spread(t, store, set, tc.before, tc.matched, now.AddDate(0, 0, -7-7*tc.weeks).Add(time.Minute), now.AddDate(0, 0, -7))
			spread(t, store, set, tc.late, tc.invited, now.AddDate(0, 0, -2), now)
			found, err := daemon.Silent(t.Context(), store, set, now)
			if n, quiet := daemon.Came(found)["usual"]; err != nil || quiet != tc.quiet || quiet && n != tc.late {
				t.Errorf("too quiet: %v of %d, %v", quiet, n, err)
			}
		})
	}
}

// It stays too quiet for weeks, though by then the silence is what its last weeks
// were like; and it says from what it was learned.
func TestQuiet_LearnedStays(t *testing.T) {
	t.Parallel()
	set, store := learns(t, ""), mem.New()
	broke := time.Date(2026, 8, 3, 9, 0, 0, 0, time.UTC)
	spread(t, store, set, 60, 45, broke.AddDate(0, 0, -28), broke)
	r, _ := set.Rule("usual")
	for day := range 42 {
		spread(t, store, set, 2, 0, broke.AddDate(0, 0, day).Add(time.Minute), broke.AddDate(0, 0, day+1))
		found, err := daemon.Silent(t.Context(), store, set, broke.AddDate(0, 0, day+1))
		if err != nil {
			t.Fatal(err)
		}
		if quiet := len(found) > 0; quiet != (day >= 6) {
			t.Errorf("%d days after it fell silent, too quiet: %v", day+1, quiet)
		}
		want := "In the last 7 days 14 candidates came to its stages, and nobody was to be invited; in the four weeks until it fell silent it was 45 of 60. " +
			"That is learned from those weeks: alert_if_quiet: {at_least: 1, per: 7d} in the rule says instead what is expected, and at_least: 0 that this is as it should be."
		if got := daemon.InWords(found, r); day == 30 && got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	mended := broke.AddDate(0, 0, 42)
	spread(t, store, set, 1, 1, mended, mended)
	if found, err := daemon.Silent(t.Context(), store, set, mended); err != nil || len(found) > 0 {
		t.Errorf("after it was mended: %v, %v", daemon.Came(found), err)
	}
}

// reads counts the pages that are read.
type reads struct {
	state.Ledger
	pages int
}

func (r *reads) Find(ctx context.Context, f state.Filter, p state.Page) (state.Found, error) {
	r.pages++
	return r.Ledger.Find(ctx, f, p)
}

// What is older than the span is read only for a rule that may be too quiet.
func TestQuiet_ReadsNoFurther(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct{ late, invited, pages int }{
		"nobody comes":      {0, 0, 1},
		"somebody is":       {9, 1, 1},
		"nobody is invited": {9, 0, 2}, // of three
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, store := learns(t, ""), mem.New()
			spread(t, store, set, 2100, 2100, now.AddDate(0, 0, -55), now.AddDate(0, 0, -7).Add(-time.Minute))
			spread(t, store, set, tc.late, tc.invited, now.AddDate(0, 0, -2), now)
			counted := &reads{Ledger: store}
			if _, err := daemon.Silent(t.Context(), counted, set, now); err != nil || counted.pages != tc.pages {
				t.Errorf("%d pages read, want %d; %v", counted.pages, tc.pages, err)
			}
		})
	}
}

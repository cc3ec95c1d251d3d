package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

// The map forgets jobs where people stand, and open ones where somebody could; its
// rows can lead to jobs that are closed and to positions that are not open.
func TestUnmapped(t *testing.T) {
	t.Parallel()
	set, _ := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(standingRules)}}, rules.Options{})
	set, _, _ = set.Bind(nil, nil)
	store, now := mem.New(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	take := func(n int, kind flowd.EventType, job, stage string) {
		t.Helper()
		now = now.Add(time.Minute)
		ev := flowd.Event{Key: fmt.Sprint("evt-", n, kind), Type: kind, At: now, Stage: flowd.Stage{Name: stage}, Application: flowd.Application{
			ID: fmt.Sprint("app-", n), Job: flowd.Job{ID: job, Name: job}, Candidate: flowd.Candidate{ID: fmt.Sprint("c-", n), Email: fmt.Sprintf("p%d@example.com", n)}}}
		if kind == flowd.JobClosed {
			ev.Application = flowd.Application{Job: ev.Application.Job}
		}
		if _, err := store.Admit(t.Context(), flowd.Batch{Source: "hook", ATS: "hook", Events: []flowd.Event{ev}}, now); err != nil {
			t.Fatal(err)
		}
		pending, err := store.Undecided(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pending {
			if _, err := store.Commit(t.Context(), state.Commitment{Event: p.Event.Key, Decisions: engine.Decide(set, p.Event, p.Facts, now)}, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	take(1, flowd.StageEntered, "Smith", "Video")
	take(2, flowd.StageEntered, "Smith", "Video")
	take(3, flowd.StageEntered, "Smith", "Second") // held
	take(4, flowd.StageEntered, "Baker", "Video")  // covered
	take(5, flowd.StageEntered, "Smith", "Applied")
	take(6, flowd.StageEntered, "Smith", "Video")
	take(6, flowd.ApplicationRejected, "Smith", "Video")
	take(7, flowd.JobClosed, "Miller", "")
	take(8, flowd.JobClosed, "Baker", "")
	take(9, flowd.StageEntered, "Baker", "Video") // open again

	q := web.Presence{Store: store, Rules: set, Decide: engine.Decide, Now: now}
	info := web.Info{Sources: []web.SourceInfo{{Name: "hook", ATS: "hook"}}}
	jobs := []web.Unmapped{
		{ATS: "hook", Job: "Smith", ID: "Smith", Stage: "Video", People: 2, Rules: []string{"video"}},
		{ATS: "hook", Job: "Smith", ID: "Smith", Stage: "Second", People: 1, Held: 1, Rules: []string{"second"}},
	}
	places := func(rows []rules.Dangling) (out []string) {
		for _, r := range rows {
			out = append(out, fmt.Sprintf("%d %s %s: %s", r.Line, r.Kind, r.Name, r.Why))
		}
		return out
	}
	compare := func(what string, wantJobs []web.Unmapped, wantRows []string) {
		t.Helper()
		found, err := q.Unmapped(t.Context(), info)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantJobs, found.Jobs); diff != "" {
			t.Errorf("%s: jobs\n%s", what, diff)
		}
		if diff := cmp.Diff(wantRows, places(found.Rows)); diff != "" {
			t.Errorf("%s: rows\n%s", what, diff)
		}
	}
	compare("by events alone", jobs, []string{"10 job Miller: hook no longer has this job: it was closed, deleted or renamed"})

	info.PositionsAt, info.Positions = now, []flowd.Position{{ID: "65afda7ad66b25c281f30a01"}, {ID: "65afda7ad66b25c281f30a02", Archived: true}}
	stages := []flowd.Stage{{ID: "1", Name: "Applied"}, {ID: "2", Name: "Video"}}
	info.Systems = []web.System{{ATS: "hook", ReadAt: now, Inventory: connectors.Inventory{Stages: append(stages, flowd.Stage{ID: "3", Name: "Second"}),
		Jobs: []flowd.Job{{ID: "Miller", Name: "Miller"}, {ID: "Smith", Name: "Smith"}, {ID: "d", Name: "Driver"}, {ID: "e", Name: "Elsewhere"}, {ID: "f", Name: "Not asked yet"}}},
		Pipelines: map[string][]string{"d": {"1", "2"}, "e": {"1"}, "Smith": {"2"}}}}
	compare("as the ATS lists them", append(jobs, web.Unmapped{ATS: "hook", Job: "Driver", ID: "d", Stage: "Video", Rules: []string{"video"}}), []string{
		"9 job Baker: hook has no such job",
		"10 position 65afda7ad66b25c281f30a02: this position is archived in Hireflix",
		"15 job Baker: hook has no such job",
		"15 position 65afda7ad66b25c281f30a02: this position is archived in Hireflix",
	})
}

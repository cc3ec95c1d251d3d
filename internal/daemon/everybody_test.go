package daemon_test

import (
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
)

// Whoever stood in a mapped stage when flowd first looked is found with the reason,
// invited by the command that is told, and counted as the ATS counts.
func TestReconcile_WhoStoodThere(t *testing.T) {
	t.Parallel()
	far := bakery()
	for _, id := range []string{"a-1", "a-2", "a-3"} {
		far.apps = append(far.apps, flowd.Snapshot{Application: flowd.Application{ID: id, Status: flowd.StatusActive, Job: far.jobs[0], Stage: far.stages["j1"][0],
			Candidate: flowd.Candidate{ID: "c-" + id, Email: id + "@example.com", FirstName: "Rosa"}}, Entered: time.Now().Add(-30 * 24 * time.Hour)})
	}
	far.apps[2].Stage = far.stages[""][0]
	w := farWorld(t, settings{rules: testRules})
	w.start(w.farOptions(far))
	compare := func() web.Reconciliation {
		t.Helper()
		found, err := w.api().Reconcile(t.Context(), web.ReconcileOrder{By: "kim"}, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	eventually(t, "the two are told", func() bool { return len(compare().NotInvited) == 2 })
	found := compare()
	if p := found.NotInvited[0]; p.Application != "a-1" || !p.Would || p.Position != "AE screening" || p.Reason != flowd.ReasonBaseline || p.Do != "flowd invite --candidate a-1" || p.Email != "a…@e…" {
		t.Errorf("told %+v", p)
	}
	if of := found.Present[0]; found.Shown != 3 || of.People != 2 || of.Shown == nil || *of.Shown != 2 || len(found.Differences) != 0 {
		t.Errorf("counted %+v, %+v", found.Present, found.Differences)
	}
	var done web.Invites
	order := web.InviteOrder{By: "kim", Rows: []web.InviteRow{{Who: "a-1"}}}
	if err := w.api().Post(t.Context(), "/api/v1/invite", order, &done); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one is invited", func() bool { return compare().Present[0].Words[flowd.WordInvited] == 1 })
	if found = compare(); len(found.NotInvited) != 1 || found.Present[0].People != 2 || w.interviews() != 1 {
		t.Errorf("afterwards %+v", found)
	}
}

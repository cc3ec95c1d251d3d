package bolt_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/state"
	"flowd/state/bolt"
	"flowd/state/statetest"
)

// unpack unpacks a file that an earlier version wrote.
func unpack(t *testing.T, file string) (dir string) {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The file of format 1 is of before the way back: an invite that went out, one
// that is shared with it, one that is due, a decision that waits and a move that
// waits for its decision.
func TestMigrate_FormatOne(t *testing.T) {
	t.Parallel()
	dir := unpack(t, "format1.db.gz")
	if _, err := bolt.OpenReadOnly(filepath.Join(dir, name), bolt.Options{}); err == nil || !strings.Contains(err.Error(), "flowd run") {
		t.Errorf("reading it before: %v", err)
	}
	s := openWith(t, dir, bolt.Options{}, statetest.Began) // and it is checked in the end
	c, err := s.Counts(t.Context(), statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	words := map[flowd.Word]int{flowd.WordInvited: 2, flowd.WordWaiting: 1}
	if diff := cmp.Diff(words, c.Words); diff != "" || c.Undecided != 1 || c.Applications["ats"] != 5 {
		t.Errorf("counts %+v\n%s", c, diff)
	}
	all, _, err := s.Interviews(t.Context(), state.InterviewFilter{Open: true, Position: "p1"}, state.Page{})
	if err != nil || len(all) != 1 || len(all[0].Ties) != 2 {
		t.Fatalf("interviews %+v, %v", all, err)
	}

	// What it had promised goes on, and what becomes of its interviews is told.
	leases, err := s.Lease(t.Context(), state.LeaseRequest{Now: statetest.Began, Max: 5, For: time.Minute})
	if err != nil || len(leases) != 1 || leases[0].Action.Application != "due" {
		t.Errorf("leased %+v, %v", leases, err)
	}
	i := all[0].Interview
	i.Answered, i.Status, i.CompletedAt = true, flowd.InterviewToEvaluate, statetest.Began.Add(time.Minute)
	seen := flowd.Batch{Source: "hireflix", Sightings: []flowd.Sighting{{Interview: i, At: statetest.Began.Add(time.Hour)}}}
	done, err := s.Admit(t.Context(), seen, statetest.Began.Add(time.Hour))
	plain := i.EventKey(flowd.InterviewFinished)
	if diff := cmp.Diff([]string{plain, plain + "/ats/shared"}, done.New); diff != "" || err != nil {
		t.Errorf("finished: %v\n%s", err, diff)
	}
	story, err := s.Story(t.Context(), state.Ref{Email: "done@example.com"})
	if err != nil || len(story) != 1 || !story[0].Rows[0].Interview.Answered || story[0].Application.URL != "https://ats.example.com/done" {
		t.Errorf("story %+v, %v", story, err)
	}
	if err := errors.Join(s.Compact(t.Context())); err != nil {
		t.Error(err)
	}
}

// The file of format 2 is of before priorities and limits: an invite that went
// out, two that are due and one that waits for an hour.
func TestMigrate_FormatTwo(t *testing.T) {
	t.Parallel()
	s := openWith(t, unpack(t, "format2.db.gz"), bolt.Options{}, statetest.Began) // and it is checked in the end
	now := statetest.Began.Add(time.Minute)
	lease := func(limits map[string]state.Rate) (apps []string) {
		leases, err := s.Lease(t.Context(), state.LeaseRequest{Now: now, Max: 5, For: time.Hour, Limits: limits})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range leases {
			apps = append(apps, l.Action.Application)
		}
		return apps
	}
	if diff := cmp.Diff([]string{"first"}, lease(map[string]state.Rate{"coast-video": {PerHour: 2}})); diff != "" {
		t.Errorf("what went out before counts for its rule\n%s", diff)
	}
	now = statetest.Began.Add(time.Hour)
	if diff := cmp.Diff([]string{"second", "later"}, lease(nil)); diff != "" {
		t.Errorf("an hour later\n%s", diff)
	}
}

// The file of format 3 is of before batches: two invites that were ordered
// together, and three that are held for a yes.
func TestMigrate_FormatThree(t *testing.T) {
	t.Parallel()
	s := openWith(t, unpack(t, "format3.db.gz"), bolt.Options{}, statetest.Began) // and it is checked in the end
	in := func(f state.Filter) (apps []string) {
		f.Subject = state.Actions
		found, err := s.Find(t.Context(), f, state.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found.Rows {
			apps = append(apps, r.Action.Application)
		}
		return apps
	}
	if diff := cmp.Diff([]string{"ordered-2", "ordered-1"}, in(state.Filter{Batch: "20260302-fair"})); diff != "" {
		t.Errorf("what was ordered together\n%s", diff)
	}
	if diff := cmp.Diff([]string{"held-3", "held-2", "held-1"}, in(state.Filter{States: []flowd.ActionState{flowd.Held}})); diff != "" {
		t.Errorf("what is held\n%s", diff)
	}
	yes := state.Amendment{Verb: state.Release, Select: state.Selection{Reason: flowd.ReasonApproval}, By: "kim"}
	if rows, err := s.Amend(t.Context(), yes, statetest.Began.Add(2*time.Hour)); err != nil || len(rows) != 3 {
		t.Errorf("released %+v, %v", rows, err)
	}
	story, err := s.Story(t.Context(), state.Ref{Email: "held-1@example.com"})
	if err != nil || len(story) != 1 || story[0].Application.Recruiter != "kai@example.com" || story[0].MovedBy("move:held-1") != "" {
		t.Errorf("story %+v, %v", story, err)
	}
}

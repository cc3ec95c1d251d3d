package daemon_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors/all"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/secret"
	"flowd/internal/setup"
	"flowd/state/bolt"
)

// A folder that holds a state already: its jobs are paired with the positions,
// and its stages are compared with the one that was said.
func TestInit_KnowsOfTheState(t *testing.T) {
	t.Parallel()
	account := sim.New(sim.Options{Seed: 1})
	t.Cleanup(account.Close)
	if _, err := account.AddPosition(sim.Position{Name: "Account Executive", ID: "65afda7ad66b25c281f30a01"}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(account)
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	store, err := bolt.Open(filepath.Join(dir, "flowd.db"), bolt.Options{}, now)
	if err != nil {
		t.Fatal(err)
	}
	event := func(key, job string) flowd.Event {
		stage := flowd.Stage{ID: "7", Name: "Phone screen"}
		return flowd.Event{Key: key, Source: "ats", Type: flowd.StageEntered, At: now, Stage: stage,
			Application: flowd.Application{ID: key, Job: flowd.Job{ID: job, Name: job}, Stage: stage, Candidate: flowd.Candidate{ID: key, Email: key + "@example.com"}}}
	}
	_, err = store.Admit(t.Context(), flowd.Batch{Source: "ats", Events: []flowd.Event{event("1", "account  executive"), event("2", "Cook"), event("3", "Cook")}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	done, err := daemon.Init(t.Context(), daemon.Options{Kinds: all.Kinds(), LockWait: time.Second}, daemon.InitOptions{
		Dir: dir, Key: secret.New(sim.DefaultKey),
		Answers: setup.Answers{Kind: "webhook", Name: "ats", Domain: "example.com", Stage: "Video interview", Owner: "sales-ops", URL: srv.URL + "/me"},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, setup.RuleFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n      - job: \"account  executive\"\n        position: \"Account Executive\"\n", "\n      # - job: \"Cook\"\n"} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("want %q once in\n%s", want, text)
		}
	}
	if notes := strings.Join(done.Notes, "\n"); !strings.Contains(notes, `nobody has entered the stage "Video interview" so far; known are: Phone screen`) {
		t.Errorf("notes: %s", notes)
	}
}

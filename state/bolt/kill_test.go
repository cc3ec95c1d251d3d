package bolt_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/state"
	"flowd/state/bolt"
	"flowd/state/statetest"
)

// childFile names the file that a child process works on until it is killed.
const childFile = "FLOWD_TEST_CHILD_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		work(path)
		return
	}
	os.Exit(m.Run())
}

// TestKill kills a process in the middle of its work, again and again on one
// file, and asserts that the file is sound and holds all that was acknowledged.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	path := filepath.Join(t.TempDir(), name)
	all := map[string]string{} // what was acknowledged, by key
	for range rounds {
		for key, what := range killed(t, path) {
			all[key] = what
		}
		s, err := bolt.Open(path, bolt.Options{Settle: time.Nanosecond}, statetest.Began)
		if err != nil {
			t.Fatal(err)
		}
		check(t, s)
		for key, what := range all {
			held(t, s, key, what)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 10*rounds {
		t.Fatalf("only %d units of work were acknowledged in %d rounds: the test tests nothing", len(all), rounds)
	}
}

// held asserts that an event is as far as its process was told.
func held(t *testing.T, s *bolt.Store, key, what string) {
	t.Helper()
	stories, err := s.Story(t.Context(), state.Ref{Event: key})
	if err != nil || len(stories) != 1 {
		t.Fatalf("%s was acknowledged (%s) and is lost: %v", key, what, err)
	}
	story := stories[0]
	if what == "admitted" {
		return
	}
	if len(story.Rows) != 1 {
		t.Fatalf("%s was promised and has %d rows", key, len(story.Rows))
	}
	if row := story.Rows[0]; what == "done" && row.State != flowd.Done {
		t.Fatalf("%s was settled and is %s", key, row.State)
	}
}

// killed runs a child on the file, kills it after a while and returns the last
// acknowledgement of each event.
func killed(t *testing.T, path string) map[string]string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	deadline := 50 + rand.IntN(300) // lines: the moment is as random as the load
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == deadline {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if what, key, whole := strings.Cut(lines.Text(), " "); whole && strings.HasSuffix(key, "!") {
			all[strings.TrimSuffix(key, "!")] = what
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return all
}

// work is the child: it takes in, decides, leases and settles as fast as it can,
// and tells what was acknowledged.
func work(path string) {
	s, err := bolt.Open(path, bolt.Options{Settle: time.Nanosecond}, statetest.Began)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	var mu sync.Mutex
	tell := func(what, key string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf("%s %s!\n", what, key)
	}
	start := rand.IntN(1 << 30)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := start + g; ; i += 16 {
				if err := one(ctx, s, i, tell); err != nil {
					panic(err)
				}
			}
		})
	}
	wg.Wait()
}

func one(ctx context.Context, s *bolt.Store, i int, tell func(what, key string)) error {
	now := statetest.Began
	b := delivery(i)
	b.Events[0].Key = fmt.Sprint("key-", i)
	b.Raw = []byte("a body")
	if _, err := s.Admit(ctx, b, now); err != nil {
		return err
	}
	ev := b.Events[0]
	tell("admitted", ev.Key)
	app := ev.Application
	a := flowd.Action{Key: flowd.InviteKey("ats", app.ID, "p1", 1), Kind: flowd.ActionInvite, Mode: flowd.Live, Rule: "r", Event: ev.Key,
		ATS: "ats", Application: app.ID, Candidate: app.Candidate.ID, Stage: ev.Stage, Position: flowd.Position{ID: "p1"}, Generation: 1,
		Claims: []flowd.Claim{flowd.StageClaim("ats", app.ID, ev.Stage.Key())}}
	_, err := s.Commit(ctx, state.Commitment{Event: ev.Key, Decisions: []flowd.Decision{{Rule: "r", Verdict: flowd.Matched, Actions: []flowd.Action{a}}}}, now)
	if err != nil {
		return err
	}
	tell("promised", ev.Key)
	leases, err := s.Lease(ctx, state.LeaseRequest{Now: now.Add(time.Second), Max: 1, For: time.Hour})
	if err != nil {
		return err
	}
	for _, l := range leases {
		if err := s.Settle(ctx, l, flowd.Outcome{State: flowd.Done, Interview: flowd.Interview{ID: fmt.Sprint("int-", i)}}, now); err != nil {
			return err
		}
		tell("done", l.Action.Event)
	}
	return nil
}

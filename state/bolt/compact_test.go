package bolt_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/state"
	"flowd/state/bolt"
	"flowd/state/statetest"
)

// erase admits an event by which the person of an application is erased, and
// forgets them.
func erase(t *testing.T, s state.Store, application string) {
	t.Helper()
	gone := flowd.Event{Key: "erase " + application, Source: "hook", ATS: "ats", Type: flowd.ApplicationAnonymized,
		At: statetest.Began, Application: flowd.Application{ID: application}}
	if _, err := s.Admit(t.Context(), flowd.Batch{Source: "hook", ATS: "ats", Events: []flowd.Event{gone}}, statetest.Began); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), state.Commitment{Event: gone.Key, Forget: true}, statetest.Began); err != nil {
		t.Fatal(err)
	}
}

// No byte of somebody who was erased is in the file once it was compacted, and
// everybody else is.
func TestCompact_Erased(t *testing.T) {
	t.Parallel()
	s := openWith(t, t.TempDir(), bolt.Options{}, statetest.Began)
	erased, kept := delivery(1), delivery(2)
	erased.Raw = []byte("raw of " + erased.Events[0].Application.Candidate.Email)
	for _, b := range []flowd.Batch{erased, kept} {
		if _, err := s.Admit(t.Context(), b, statetest.Began); err != nil {
			t.Fatal(err)
		}
	}
	erase(t, s, erased.Events[0].Application.ID)
	inFile := func(b flowd.Batch) bool {
		file, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(file, []byte(b.Events[0].Application.Candidate.Email))
	}
	owes := func() bool {
		is, err := s.Erased(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !inFile(erased) || !owes() {
		t.Error("nothing is in a free page even before: this test finds nothing")
	}
	before, err := s.Counts(t.Context(), statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if owes() {
		t.Error("it does not know that it was compacted")
	}
	if inFile(erased) || !inFile(kept) {
		t.Errorf("after compacting: the erased one is there: %t, the kept one: %t", inFile(erased), inFile(kept))
	}
	after, err := s.Counts(t.Context(), statetest.Began)
	if err != nil || after.Undecided != before.Undecided {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
	if done, err := s.Admit(t.Context(), erased, statetest.Began); err != nil || done.Duplicate != 1 {
		t.Errorf("an old redelivery: %+v, %v", done, err)
	}
	if _, err := os.Stat(s.path + ".compact"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the second file is still there: %v", err)
	}
	if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}

// The store goes on while it is compacted, and loses nothing.
func TestCompact_Busy(t *testing.T) {
	t.Parallel()
	s := openWith(t, t.TempDir(), bolt.Options{}, statetest.Began)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 10 {
				if _, err := s.Admit(t.Context(), delivery(10*g+i), statetest.Began); err != nil {
					t.Error(err)
				}
				if _, err := s.Undecided(t.Context(), 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		if err := s.Compact(t.Context()); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	c, err := s.Counts(t.Context(), statetest.Began)
	if err != nil || c.Undecided != 80 {
		t.Errorf("undecided %d, %v", c.Undecided, err)
	}
}

// Who waits for the file does not end up with the one that was replaced.
func TestCompact_Waiting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := dir + "/" + name
	s, err := bolt.Open(path, bolt.Options{}, statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	type opened struct {
		*bolt.Store
		err error
	}
	waiting := make(chan opened)
	go func() {
		r, err := bolt.OpenReadOnly(path, bolt.Options{Lock: time.Minute})
		waiting <- opened{r, err}
	}()
	for i := range 20 {
		if err := s.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Admit(t.Context(), delivery(i), statetest.Began); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bolt.OpenReadOnly(path, bolt.Options{Lock: time.Millisecond}); !errors.Is(err, state.ErrLocked) {
		t.Errorf("a compacted file that is in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := <-waiting
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { r.Close() })
	all, err := r.Undecided(t.Context(), 100)
	if err != nil || len(all) != 20 {
		t.Errorf("who waited sees %d events, %v", len(all), err)
	}
	if err := s.Compact(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("compacting a closed store: %v", err)
	}
	if err := r.Compact(t.Context()); err == nil || !strings.Contains(err.Error(), "reading only") {
		t.Errorf("compacting for a reader: %v", err)
	}
}

// What a stopped process left half way is removed, and nothing is lost.
func TestCompact_Stopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	half := dir + "/" + name + ".compact"
	if err := os.WriteFile(half, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	openWith(t, dir, bolt.Options{}, statetest.Began)
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// A compaction that was killed leaves no copy of everybody beside the state.
func TestCompact_CutShort(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path+".compact", []byte("rowan@example.com"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(path, bolt.Options{}, statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(path + ".compact"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

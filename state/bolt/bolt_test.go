package bolt_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"flowd/state"
	"flowd/state/bolt"
	"flowd/state/mem"
	"flowd/state/statetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, open)
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	statetest.RunConcurrent(t, open)
}

// What a method has returned from is on the disk, so a copy of the file is what
// a power failure would leave.
func TestCrash(t *testing.T) {
	t.Parallel()
	statetest.RunCrash(t, statetest.Crash{
		Open: func(t *testing.T, dir string, settle time.Duration, now time.Time) state.Store {
			return openWith(t, dir, bolt.Options{Settle: settle}, now)
		},
		Kill: func(t *testing.T, s state.Store) string {
			dir, on := t.TempDir(), s.(*onDisk)
			on.Freeze(func() { copyFile(t, on.path, filepath.Join(dir, name)) })
			return dir
		},
	})
}

func TestSameAsReference(t *testing.T) {
	t.Parallel()
	statetest.RunSame(t, open, func(*testing.T, string) state.Store { return mem.New() })
}

const name = "flowd.db"

// onDisk is a store and where its file lies.
type onDisk struct {
	*bolt.Store
	path string
}

func open(t *testing.T, dir string) state.Store {
	return openWith(t, dir, bolt.Options{}, statetest.Began)
}

// openWith opens a store that is checked and closed when the test ends.
func openWith(t testing.TB, dir string, o bolt.Options, now time.Time) *onDisk {
	t.Helper()
	path := filepath.Join(dir, name)
	s, err := bolt.Open(path, o, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		check(t, s)
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return &onDisk{s, path}
}

func check(t testing.TB, s state.Checker) {
	t.Helper()
	wrong, err := s.Check(context.Background()) // also in a cleanup, where the test's has ended
	if err != nil {
		t.Errorf("checking: %v", err)
	}
	for _, w := range wrong {
		t.Errorf("check: %s", w)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

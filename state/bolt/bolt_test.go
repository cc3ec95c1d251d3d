package bolt_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"flowd/state"
	"flowd/state/bolt"
	"flowd/state/statetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, open)
}

func open(t *testing.T, dir string) state.Store {
	return openWith(t, dir, bolt.Options{}, statetest.Began)
}

// openWith opens a store that is checked and closed when the test ends.
func openWith(t testing.TB, dir string, o bolt.Options, now time.Time) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(dir, "flowd.db"), o, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		check(t, s)
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

func check(t testing.TB, s state.Checker) {
	t.Helper()
	wrong, err := s.Check(context.Background())
	if err != nil {
		t.Errorf("checking: %v", err)
	}
	for _, w := range wrong {
		t.Errorf("check: %s", w)
	}
}

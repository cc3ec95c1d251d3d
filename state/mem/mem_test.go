package mem_test

import (
	"testing"

	"flowd/state"
	"flowd/state/mem"
	"flowd/state/statetest"
)

func open(*testing.T, string) state.Store { return mem.New() }

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, open)
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	statetest.RunConcurrent(t, open)
}

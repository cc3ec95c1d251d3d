package daemon

import (
	"testing"

	"flowd"
)

// An interview whose length Hireflix never tells is not asked for at every look.
func TestLengths_AreNotAskedForEver(t *testing.T) {
	t.Parallel()
	var n lengths
	shown := []flowd.Sighting{{Interview: flowd.Interview{ID: "i", Answered: true}}, {Interview: flowd.Interview{ID: "open"}}}
	asked := 0
	for range 3 * lengthsTries {
		n.note(shown)
		for _, id := range n.take() {
			if id != "i" {
				t.Errorf("%s has no answers to be measured", id)
			}
			asked++
			n.untold(id)
		}
	}
	if asked != lengthsTries {
		t.Errorf("asked %d times", asked)
	}
}

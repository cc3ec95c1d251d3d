package daemon

import (
	"fmt"
	"testing"
)

// The newest are remembered, each once, and never more than the bound.
func TestBodies(t *testing.T) {
	t.Parallel()
	var b bodies
	for n := range 2 * maxBodies {
		body := fmt.Appendf(nil, "body %d", n)
		if b.has(body) {
			t.Fatalf("body %d is known before it came", n)
		}
		b.add(body)
		b.add(body)
		if !b.has(body) {
			t.Fatalf("body %d is not known", n)
		}
	}
	if b.has([]byte("body 0")) || !b.has(fmt.Appendf(nil, "body %d", maxBodies)) || len(b.seen) != maxBodies || len(b.past) != maxBodies {
		t.Errorf("%d and %d are remembered", len(b.seen), len(b.past))
	}
}

package engine

import (
	"testing"
	"time"

	"flowd"
	"flowd/internal/fault"
)

// Every kind of fault has a consequence: a missing line would end an action in
// no state at all.
func TestPolicies_TotalOverKinds(t *testing.T) {
	t.Parallel()
	known := map[flowd.ActionState]bool{}
	for _, s := range flowd.ActionStates() {
		known[s] = true
	}
	for _, kind := range fault.Kinds() {
		p, ok := policies[kind]
		if !ok || !known[p.state] || p.reason == "" {
			t.Errorf("%s: policy %+v is incomplete", kind, p)
		}
	}
	if len(policies) != len(fault.Kinds()) {
		t.Errorf("%d policies for %d kinds", len(policies), len(fault.Kinds()))
	}
}

// What may have been sent is never simply due again, and never given up or
// failed without a look.
func TestPolicies_UncertainStaysUncertain(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{fault.Uncertain, fault.Conflict} {
		if got := policies[kind].state; got != flowd.Uncertain {
			t.Errorf("%s leads to %s: it could be sent twice", kind, got)
		}
	}
}

func TestPolicy_Delay(t *testing.T) {
	t.Parallel()
	p := policy{first: 2 * time.Second, ceiling: time.Minute}
	for attempt, top := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 4: 16 * time.Second, 50: time.Minute} {
		seen := map[time.Duration]bool{}
		for range 200 {
			d := p.delay(attempt, 0)
			if d < 0 || d >= top {
				t.Fatalf("attempt %d: %v is outside [0, %v)", attempt, d, top)
			}
			seen[d] = true
		}
		if len(seen) < 100 {
			t.Errorf("attempt %d: only %d different delays of 200: no jitter", attempt, len(seen))
		}
	}
	if d := p.delay(1, time.Hour); d != time.Hour {
		t.Errorf("a wish of an hour became %v", d)
	}
	if d := (policy{}).delay(3, 0); d != 0 {
		t.Errorf("a policy without delays waits %v", d)
	}
}

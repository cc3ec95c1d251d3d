package flowd_test

import (
	"regexp"
	"testing"

	"flowd"
)

// The external id is what Hireflix compares for ever: it must never change for
// a given key.
func TestIdempotencyKey_ExternalIDIsStable(t *testing.T) {
	t.Parallel()
	key := flowd.InviteKey("greenhouse", "265277", "65afda7ad66b25c281f30a01", 1)
	const want = "flowd1-pp5em1gu614bid7k9hlnu39qqmtkf1f8"
	if got := key.ExternalID(); got != want {
		t.Errorf("ExternalID() = %q, want %q: interviews of earlier releases would no longer be known as ours", got, want)
	}
}

func TestKeys_PartsCannotRunTogether(t *testing.T) {
	t.Parallel()
	keys := []flowd.IdempotencyKey{
		flowd.InviteKey("a", "bc", "d", 1),
		flowd.InviteKey("ab", "c", "d", 1),
		flowd.InviteKey("a", "b", "cd", 1),
		flowd.InviteKey("a", "bc", "d", 11),
		flowd.DecideKey("a", "bc"),
		flowd.ShadowKey(flowd.InviteKey("a", "bc", "d", 1), "r"),
	}
	seen := map[flowd.IdempotencyKey]bool{}
	for _, k := range keys {
		if seen[k] {
			t.Errorf("two actions share the key %q", k)
		}
		seen[k] = true
	}
}

func TestSafeID(t *testing.T) {
	t.Parallel()
	if id, replaced := flowd.SafeID("265277"); id != "265277" || replaced {
		t.Errorf("an ordinary id became %q (%v)", id, replaced)
	}
	id, replaced := flowd.SafeID("rosa.field@example.com")
	if !replaced || regexp.MustCompile(`@|rosa|example`).MatchString(id) {
		t.Errorf("an address as id became %q (%v)", id, replaced)
	}
	if again, _ := flowd.SafeID("rosa.field@example.com"); again != id {
		t.Error("the digest of an address is not stable")
	}
}

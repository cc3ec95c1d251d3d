package sim

import (
	"strings"
	"testing"
	"time"
)

func TestInvite(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{Name: "Barista"})
	made := c.invite(input(p, "ada@example.com", "x-1"))
	if made["__typename"] != "InterviewType" {
		t.Fatalf("got %v", made)
	}
	found := c.lookUp(p, "ada@example.com")
	if len(found) != 1 || found[0]["id"] != made["id"] || found[0]["externalId"] != "x-1" || found[0]["answered"] != false {
		t.Fatalf("looked up %v", found)
	}
}

var _ = strings.ToLower
var _ = time.Now

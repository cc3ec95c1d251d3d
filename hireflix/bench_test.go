package hireflix

import (
	"fmt"
	"testing"

	"flowd"
	"flowd/hireflix/sim"
)

// BenchmarkInvite is one invite over HTTP on loopback, the simulator's work
// included.
func BenchmarkInvite(b *testing.B) {
	for name, rich := range map[string]bool{"minimal": false, "rich": true} {
		b.Run(name, func(b *testing.B) {
			a := newAccount(b, sim.Schema, sim.Options{})
			c := a.client(b)
			c.rich.Store(rich)
			driver := NewDriver(c)
			action, someone := invitation(), ada
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				action.Key = flowd.InviteKey("ats", fmt.Sprint(n), "pos-1", 1)
				someone.Email = fmt.Sprintf("ada.%d@example.com", n)
				if _, err := driver.Perform(b.Context(), action, of(someone)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFind is the look-up of an invite that is there, in a position of
// 1,000.
func BenchmarkFind(b *testing.B) {
	a := newAccount(b, sim.Schema, sim.Options{})
	driver := NewDriver(a.client(b))
	for n := range 1000 {
		if _, err := a.InviteByHand("pos-1", sim.Candidate{Email: fmt.Sprintf("someone.%d@example.com", n), FirstName: "Someone"}); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := driver.Perform(b.Context(), invitation(), of(ada)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, found, err := driver.Find(b.Context(), invitation(), of(ada)); err != nil || !found {
			b.Fatal(found, err)
		}
	}
}

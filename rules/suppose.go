package rules

import (
	"cmp"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// Suppose reads an event that somebody wrote down, in the words of a recorded one:
// where it does not say otherwise it is a move, which happened now, and which the
// source brought. name is that of the file, for the problems; where one of them
// is an error there is no event.
func (s *Set) Suppose(name string, data []byte, source string, now time.Time) (ev flowd.Event, facts flowd.Facts, problems []strictyaml.Problem) {
	f, problems := readFixture(File{Name: name, Data: data}, string(flowd.StageEntered))
	if f == nil {
		return ev, facts, problems
	}
	t := test{at: now, fixture: f, said: f.toldKeys}
	t.said.Source = cmp.Or(f.Source, source)
	t.said.Via = cmp.Or(f.Via, string(flowd.ViaMove))
	if !f.At.IsZero() || !f.Received.IsZero() {
		t.at = f.time()
	}
	ev, facts = t.event(s)
	ev.Key = "question"
	if ev.ATS == "test" {
		ev.ATS = ev.Source
	}
	return ev, facts, problems
}

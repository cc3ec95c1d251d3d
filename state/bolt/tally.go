package bolt

import (
	"strings"

	"flowd"
	"flowd/state"
)

// tallies reads the numbers that are kept up: their names begin with what they
// count. See countRow.
func (t *tx) tallies(c *state.Counts) error {
	return t.scan(tallies, "", func(k, v []byte) (bool, error) {
		name, n := string(k), int(tallyOf(v))
		what, of, _ := strings.Cut(name[1:], "\x00")
		in := flowd.ActionState(what)
		switch {
		case name == "undecided":
			c.Undecided = n
		case name == "quarantined":
			c.Quarantined = n
		case name == "raw bytes", name == "quarantined bytes":
		case name == "a"+flowd.Untied: // they stand for interviews
		case name[0] == 'w':
			c.Words[flowd.Word(name[1:])] = n
		case name[0] == 'a':
			c.Applications[name[1:]] = n
		case name[0] == 's':
			c.States[in] = n
		case name[0] == 'r':
			set(c.Reasons, in, flowd.Reason(of), n)
		case name[0] == 'p':
			set(c.Pending, of, in, n)
		}
		return true, nil
	})
}

func set[K, L comparable](m map[K]map[L]int, k K, l L, n int) {
	if m[k] == nil {
		m[k] = map[L]int{}
	}
	m[k][l] = n
}

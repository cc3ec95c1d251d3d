package bolt

import (
	"maps"
	"slices"

	"flowd/state"
)

// follows checks that a blocked row waits for one that has yet to end.
func (c *checker) follows(e *row) {
	step, err := c.rowOf(keys, string(e.Action.After))
	switch {
	case err != nil || step == nil || !e.After(&step.Entry):
		c.wrong("row %d is blocked by a row that is missing: %v", e.number, err)
	case !step.Followed:
		c.wrong("row %d is blocked by row %d, which does not know", e.number, step.number)
	case (&state.Entry{Row: e.Row}).Follow(step.State, nil, e.Updated):
		c.wrong("row %d is blocked by row %d, which is %s", e.number, step.number, step.State)
	}
}

// interviews checks that what was tied is found by its application, and that
// what is kept of rows and interviews leads to some.
func (c *checker) interviews() error {
	tied := 0
	decode := func(_, v []byte) (*state.Sighted, error) { return decodeSighted(v) }
	err := each(c, sighted, decode, func(k []byte, s *state.Sighted) {
		if string(k) != idKey("", s.Interview.ID) {
			c.wrong("interview %s stands under another one's id", s.Interview.ID)
		}
		for _, t := range s.Ties {
			tied++
			if string(c.get(ties, idKey(t.ATS, t.Application, t.Interview))) != t.Interview {
				c.wrong("interview %s is tied to application %s, which does not know", t.Interview, t.Application)
			}
		}
	})
	if have := c.size(ties); err == nil && have < tied {
		c.wrong("%d ties are indexed of %d", have, tied)
	}
	if err != nil {
		return err
	}
	for in, at := range map[bucket]bucket{ties: sighted, texts: rows} {
		err := each(c, in, func(k, v []byte) (string, error) {
			if in == ties {
				return idKey("", string(v)), nil
			}
			return string(k), nil
		}, func(k []byte, to string) {
			if !c.has(at, to) {
				c.wrong("%s %x leads nowhere", bucketNames[in], k)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) deliveries() error {
	decode := func(_, v []byte) (state.Quarantined, error) { return decodeQuarantined(v) }
	err := each(c, quarantine, decode, func(_ []byte, q state.Quarantined) {
		c.count("quarantined", 1)
		c.count("quarantined bytes", int64(len(q.Body)))
	})
	if err != nil {
		return err
	}
	whole := func(_, v []byte) (int, error) { return len(v), nil }
	return each(c, raw, whole, func(_ []byte, size int) { c.count("raw bytes", int64(size)) })
}

// tallies compares the numbers kept up with those counted now.
func (c *checker) tallies() error {
	kept := map[string]int64{}
	if err := c.scan(tallies, "", func(k, v []byte) (bool, error) {
		kept[string(k)] = tallyOf(v)
		return true, nil
	}); err != nil {
		return err
	}
	maps.DeleteFunc(c.tally, func(_ string, n int64) bool { return n == 0 })
	names := maps.Clone(kept)
	maps.Copy(names, c.tally)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if kept[name] != c.tally[name] {
			c.wrong("%q is counted as %d and is %d", name, kept[name], c.tally[name])
		}
	}
	return nil
}

func (c *checker) size(in bucket) (n int) {
	_ = c.scan(in, "", func(_, _ []byte) (bool, error) { n++; return true, nil })
	return n
}

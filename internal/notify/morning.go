package notify

import (
	"slices"
	"time"
)

// Morning is when the digest goes out: a time of day on some days of the week.
type Morning struct {
	Hour, Minute int
	Days         []time.Weekday // none: never
	Zone         *time.Location
}

// Next is the first such time after t, or zero where there is none. A time that
// the clocks jump over counts as the hour after it, and one that they repeat
// counts once.
func (m Morning) Next(t time.Time) time.Time {
	local := t.In(m.Zone)
	for day := range 9 {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, m.Hour, m.Minute, 0, 0, m.Zone)
		if at.After(t) && slices.Contains(m.Days, at.Weekday()) {
			return at
		}
	}
	return time.Time{}
}

// Due tells whether a digest is owed: a time has come since the last one. After
// a stop of several days that is one digest. Last is what the caller remembers,
// and the moment of the first start when nothing was ever sent.
func (m Morning) Due(last, now time.Time) bool {
	next := m.Next(last)
	return !next.IsZero() && !next.After(now)
}

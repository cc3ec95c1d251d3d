// Package calendar reckons when a weekly calendar is open: days, hours by the
// clock on the wall of a zone, and holidays. It is pure: time is a parameter, and
// neither a clock nor a file is read.
package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are known where the system has none, such as in a bare container
)

// Hours are from when to when a day is open, by the clock on the wall: in minutes
// since midnight, To itself not included. Where To is not above From they run
// into the next day; 0 to 1440 is the whole day.
type Hours struct{ From, To int }

// Day is 24:00 in minutes.
const Day = 24 * 60

// Calendar says when it is open. It is immutable and safe for concurrent use.
type Calendar struct {
	days    [7]bool
	hours   Hours
	zone    *time.Location
	regions []*region
}

// New returns a calendar that is open at those hours of those days, but not on
// the holidays of the regions (see Regions). Hours that run past midnight belong
// to the day on which they begin.
func New(days []time.Weekday, hours Hours, zone *time.Location, holidays []string) (*Calendar, error) {
	c := &Calendar{hours: hours, zone: zone}
	switch {
	case zone == nil:
		return nil, errors.New("a calendar needs a zone")
	case hours.From < 0 || hours.From >= Day || hours.To < 0 || hours.To > Day || hours.From == hours.To:
		return nil, fmt.Errorf("%s is not a range of hours", hours)
	case len(days) == 0:
		return nil, errors.New("a calendar without days never opens")
	}
	for _, d := range days {
		c.days[d] = true
	}
	for _, name := range holidays {
		r := regionOf(name)
		if r == nil {
			return nil, fmt.Errorf("the holidays of %q are not known", name)
		}
		c.regions = append(c.regions, r)
	}
	return c, nil
}

// In is the same calendar by the clock of another zone.
func (c *Calendar) In(zone *time.Location) *Calendar {
	other := *c
	other.zone = zone
	return &other
}

// Zone is the calendar's.
func (c *Calendar) Zone() *time.Location { return c.zone }

// horizon bounds the search for the next opening: every day of the week, every
// holiday and both changes of the clock come by in it.
const horizon = 400

// Opens returns t where the calendar is open then, else the moment at which it
// opens next; false where it does not open within 400 days. An hour that the
// clock skips in spring does not open, and one that comes twice in autumn is open
// both times.
func (c *Calendar) Opens(t time.Time) (time.Time, bool) {
	at := t.Round(0).In(c.zone)
	for last := at.AddDate(0, 0, horizon); !at.After(last); at = c.next(at) {
		if c.Open(at) {
			return at, true
		}
	}
	return time.Time{}, false
}

// Open tells whether the calendar is open at that time.
func (c *Calendar) Open(t time.Time) bool {
	t = t.In(c.zone)
	minute := t.Hour()*60 + t.Minute()
	if c.hours.To > c.hours.From {
		return minute >= c.hours.From && minute < c.hours.To && c.works(t)
	}
	return minute >= c.hours.From && c.works(t) || minute < c.hours.To && c.works(yesterday(t))
}

// next is the earliest moment after t at which a closed calendar could open: the
// hour of opening, midnight, or where the clock is changed.
func (c *Calendar) next(t time.Time) time.Time {
	hour, minute, second := t.Clock()
	passed := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
	wall := 24 * time.Hour
	if from := time.Duration(c.hours.From) * time.Minute; passed < from {
		wall = from
	}
	next := t.Add(wall - passed)
	if _, change := t.ZoneBounds(); change.After(t) && change.Before(next) {
		next = change
	}
	return next.In(c.zone)
}

// works tells whether a day is one of the calendar's, and no holiday.
func (c *Calendar) works(t time.Time) bool {
	return c.days[t.Weekday()] && !slices.ContainsFunc(c.regions, func(r *region) bool { return r.holiday(t) })
}

// yesterday is noon of the day before, by date: no clock is changed at noon.
func yesterday(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()-1, 12, 0, 0, 0, t.Location())
}

// String is the calendar in words, such as "mon-fri 09:00-17:30 Europe/Berlin,
// closed on the holidays of DE".
func (c *Calendar) String() string {
	out := c.Week() + " " + c.zone.String()
	if len(c.regions) > 0 {
		var names []string
		for _, r := range c.regions {
			names = append(names, r.name)
		}
		out += ", closed on the holidays of " + strings.Join(names, " and ")
	}
	return out
}

// Week is the calendar's days and hours.
func (c *Calendar) Week() string { return dayWords(c.days) + " " + c.hours.String() }

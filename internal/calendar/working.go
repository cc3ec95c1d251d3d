package calendar

import "time"

// WorkingDays returns the time so many working days after t: on the clock of t
// itself, or of the next opening where the calendar is closed at t, so that what
// comes in the evening or at a weekend begins to count in the morning. A day that
// the calendar is closed on does not count. Where that clock is never, or not
// open, on the day, it is the next opening. It is false where the calendar does
// not open.
func (c *Calendar) WorkingDays(t time.Time, days int) (time.Time, bool) {
	begins, ok := c.Opens(t)
	if !ok {
		return time.Time{}, false
	}
	day, past := yesterday(begins.AddDate(0, 0, 1)), 0
	minute := begins.Hour()*60 + begins.Minute()
	if overnight := c.hours.To <= c.hours.From; overnight && minute < c.hours.To && !(minute >= c.hours.From && c.works(begins)) {
		day, past = yesterday(begins), 1 // it belongs to the day on which its hours began
	}
	for range days {
		if day, ok = c.nextDay(day); !ok {
			return time.Time{}, false
		}
	}
	hour, minute, second := begins.Clock()
	return c.Opens(time.Date(day.Year(), day.Month(), day.Day()+past, hour, minute, second, begins.Nanosecond(), c.zone))
}

// nextDay is noon of the next day that the calendar opens on.
func (c *Calendar) nextDay(day time.Time) (time.Time, bool) {
	for i := 1; i <= horizon; i++ {
		if next := time.Date(day.Year(), day.Month(), day.Day()+i, 12, 0, 0, 0, c.zone); c.works(next) {
			return next, true
		}
	}
	return time.Time{}, false
}

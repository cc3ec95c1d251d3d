package calendar_test

import (
	"testing"
	"time"

	"flowd/internal/calendar"
)

func TestWorkingDays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, days, hours, zone string
		holidays                []string
		at                      string
		n                       int
		want                    string
	}{
		{"within a week", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-02T10:15:30+01:00", 3, "2026-03-05T10:15:30+01:00"},
		{"over a weekend", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-06T16:00:00+01:00", 3, "2026-03-11T16:00:00+01:00"},
		{"an evening begins in the morning", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-06T18:20:00+01:00", 3, "2026-03-12T09:00:00+01:00"},
		{"a Sunday begins on Monday", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-08T12:00:00+01:00", 1, "2026-03-10T09:00:00+01:00"},
		{"asked from another zone", "mon-fri", "09:00-17:30", "America/New_York", nil, "2026-03-06T15:00:00Z", 1, "2026-03-09T10:00:00-04:00"},
		{"over Easter", "mon-fri", "09:00-17:30", "Europe/Berlin", []string{"DE"}, "2026-04-02T10:00:00+02:00", 1, "2026-04-07T10:00:00+02:00"},
		{"over Christmas and New Year", "mon-fri", "09:00-17:30", "Europe/Berlin", []string{"DE"}, "2026-12-23T10:00:00+01:00", 6, "2027-01-04T10:00:00+01:00"},
		{"a leap day counts", "daily", "09:00-17:30", "UTC", nil, "2028-02-28T10:00:00Z", 2, "2028-03-01T10:00:00Z"},
		{"the clock is put forward meanwhile", "daily", "09:00-17:30", "Europe/Berlin", nil, "2026-03-28T10:00:00+01:00", 1, "2026-03-29T10:00:00+02:00"},
		{"and back", "daily", "09:00-17:30", "Europe/Berlin", nil, "2026-10-24T10:00:00+02:00", 1, "2026-10-25T10:00:00+01:00"},
		{"a clock that is skipped", "daily", "00:00-24:00", "Europe/Berlin", nil, "2026-03-28T02:30:00+01:00", 1, "2026-03-29T03:30:00+02:00"},
		{"after midnight belongs to the evening before", "mon-thu", "22:00-06:00", "Europe/Berlin", nil, "2026-03-06T02:00:00+01:00", 1, "2026-03-10T02:00:00+01:00"},
		{"before midnight", "mon-thu", "22:00-06:00", "Europe/Berlin", nil, "2026-03-05T23:00:00+01:00", 1, "2026-03-09T23:00:00+01:00"},
		{"one day a week", "wed", "09:00-10:00", "UTC", nil, "2026-03-04T09:30:00Z", 52, "2027-03-03T09:30:00Z"},
		{"none is the next opening", "mon-fri", "09:00-17:30", "UTC", nil, "2026-03-07T12:00:00Z", 0, "2026-03-09T09:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, ok := made(t, tc.days, tc.hours, tc.zone, tc.holidays...).WorkingDays(at(t, tc.at), tc.n)
			if want := at(t, tc.want); !ok || !got.Equal(want) {
				t.Errorf("comes to %s (%v), want %s", got, ok, want)
			}
		})
	}
}

// What begins later ends no earlier, one day more is a later end, and so many
// days are open in between.
func TestWorkingDays_InOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []*calendar.Calendar{
		made(t, "mon-fri", "09:00-17:30", "Europe/Berlin", "DE-BY"), made(t, "tue,thu,sat", "22:00-02:00", "America/New_York", "US"), made(t, "daily", "00:00-24:00", "Australia/Lord_Howe"),
	} {
		last := time.Time{}
		for begun := at(t, "2026-03-20T00:00:00Z"); begun.Before(at(t, "2026-04-20T00:00:00Z")); begun = begun.Add(37 * time.Minute) {
			before, ok := c.WorkingDays(begun, 0)
			for n := 1; n <= 6 && ok; n++ {
				var next time.Time
				if next, ok = c.WorkingDays(begun, n); !ok || !next.After(before) || !c.Open(next) {
					t.Fatalf("%s: %d days after %s is %s, and %d are %s", c, n-1, begun, before, n, next)
				}
				before = next
			}
			if before.Before(last.Add(-time.Hour)) { // but for the hour that comes twice
				t.Fatalf("%s: what begins at %s ends at %s, before what began earlier: %s", c, begun, before, last)
			}
			last = before
		}
	}
}

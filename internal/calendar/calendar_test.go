package calendar_test

import (
	"slices"
	"testing"
	"time"

	"flowd/internal/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := calendar.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// made reads a calendar as a rule file writes it.
func made(t testing.TB, days, hours, in string, holidays ...string) *calendar.Calendar {
	t.Helper()
	d, err := calendar.ParseDays(days)
	if err != nil {
		t.Fatal(err)
	}
	h, err := calendar.ParseHours(hours)
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.New(d, h, zone(t, in), holidays)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOpens(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, days, hours, zone string
		holidays                []string
		at, want                string
	}{
		{"open already", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-06T10:00:30+01:00", "2026-03-06T10:00:30+01:00"},
		{"Friday evening", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-06T18:20:00+01:00", "2026-03-09T09:00:00+01:00"},
		{"the end is not in it", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-05T17:30:00+01:00", "2026-03-06T09:00:00+01:00"},
		{"the beginning is", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-05T09:00:00+01:00", "2026-03-05T09:00:00+01:00"},
		{"early in the morning", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-05T08:59:59.5+01:00", "2026-03-05T09:00:00+01:00"},
		{"asked from another zone", "mon-fri", "09:00-17:30", "America/New_York", nil, "2026-03-06T10:00:00+01:00", "2026-03-06T09:00:00-05:00"},
		{"over the weekend the clock is put forward", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-03-27T20:00:00+01:00", "2026-03-30T09:00:00+02:00"},
		{"over the weekend the clock is put back", "mon-fri", "09:00-17:30", "Europe/Berlin", nil, "2026-10-23T20:00:00+02:00", "2026-10-26T09:00:00+01:00"},
		{"hours that are skipped do not open", "sun", "02:00-02:30", "Europe/Berlin", nil, "2026-03-28T12:00:00+01:00", "2026-04-05T02:00:00+02:00"},
		{"hours that are skipped in part open behind the gap", "sun", "02:30-04:00", "Europe/Berlin", nil, "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"an hour that comes twice opens at the first", "sun", "02:15-02:45", "Europe/Berlin", nil, "2026-10-25T01:00:00+02:00", "2026-10-25T02:15:00+02:00"},
		{"and again at the second", "sun", "02:15-02:45", "Europe/Berlin", nil, "2026-10-25T02:50:00+02:00", "2026-10-25T02:15:00+01:00"},
		{"midnight is skipped", "daily", "00:00-06:00", "Africa/Cairo", nil, "2026-04-23T12:00:00+02:00", "2026-04-24T01:00:00+03:00"},
		{"a change by half an hour", "sun", "02:00-02:15", "Australia/Lord_Howe", nil, "2026-10-03T12:00:00+10:30", "2026-10-11T02:00:00+11:00"},
		{"a day that was skipped", "fri", "09:00-17:00", "Pacific/Apia", nil, "2011-12-29T20:00:00-10:00", "2012-01-06T09:00:00+14:00"},
		{"a leap day is a day", "tue", "09:00-17:00", "UTC", nil, "2028-02-28T10:00:00Z", "2028-02-29T09:00:00Z"},
		{"no leap day in 2100", "mon-sun", "09:00-17:00", "UTC", nil, "2100-02-28T18:00:00Z", "2100-03-01T09:00:00Z"},
		{"into the next day", "fri", "22:00-06:00", "Europe/Berlin", nil, "2026-03-07T05:00:00+01:00", "2026-03-07T05:00:00+01:00"},
		{"of which the day before counts", "fri", "22:00-06:00", "Europe/Berlin", nil, "2026-03-06T05:00:00+01:00", "2026-03-06T22:00:00+01:00"},
		{"the whole day", "sat", "00:00-24:00", "Europe/Berlin", nil, "2026-03-06T12:00:00+01:00", "2026-03-07T00:00:00+01:00"},
		{"Easter Monday of 2026", "mon-fri", "09:00-17:30", "Europe/Berlin", []string{"DE"}, "2026-04-02T18:00:00+02:00", "2026-04-07T09:00:00+02:00"},
		{"and of 2027", "mon-fri", "09:00-17:30", "Europe/Berlin", []string{"DE"}, "2027-03-25T18:00:00+01:00", "2027-03-30T09:00:00+02:00"},
		{"Women's Day is Berlin's alone", "daily", "09:00-17:30", "Europe/Berlin", []string{"DE"}, "2027-03-08T08:00:00+01:00", "2027-03-08T09:00:00+01:00"},
		{"of Berlin", "daily", "09:00-17:30", "Europe/Berlin", []string{"DE-BE"}, "2027-03-08T08:00:00+01:00", "2027-03-09T09:00:00+01:00"},
		{"Christmas, a weekend and New Year", "mon-fri", "09:00-17:30", "Europe/Vienna", []string{"AT"}, "2026-12-24T18:00:00+01:00", "2026-12-28T09:00:00+01:00"},
		{"Portugal", "mon-fri", "09:00-17:30", "Europe/Lisbon", []string{"PT"}, "2026-06-09T18:00:00+01:00", "2026-06-11T09:00:00+01:00"},
		{"of two countries", "mon-fri", "09:00-17:30", "Europe/Vienna", []string{"DE", "AT"}, "2026-01-05T18:00:00+01:00", "2026-01-07T09:00:00+01:00"},
		{"observed on another day", "mon-fri", "09:00-17:30", "Europe/London", []string{"GB"}, "2026-12-24T18:00:00Z", "2026-12-29T09:00:00Z"},
		{"observed in the year before", "mon-fri", "09:00-17:30", "America/New_York", []string{"US"}, "2021-12-30T18:00:00-05:00", "2022-01-03T09:00:00-05:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, ok := made(t, tc.days, tc.hours, tc.zone, tc.holidays...).Opens(at(t, tc.at))
			if want := at(t, tc.want); !ok || !got.Equal(want) {
				t.Errorf("opens at %s (%v), want %s", got, ok, want)
			}
		})
	}
}

// Over thirty years, whatever the day, an office opens within the week and on no
// holiday, and opening is where it was closed a moment before.
func TestOpens_OverYears(t *testing.T) {
	t.Parallel()
	c := made(t, "mon-fri", "09:00-17:30", "Europe/Berlin", "DE-BY")
	for day := at(t, "2020-01-01T19:00:00Z"); day.Year() < 2050; day = day.AddDate(0, 0, 1) {
		got, ok := c.Opens(day)
		local := got.In(c.Zone())
		if !ok || got.Sub(day) > 6*24*time.Hour || local.Format("15:04:05") != "09:00:00" || !c.Open(got) || c.Open(got.Add(-time.Nanosecond)) {
			t.Fatalf("after %s it opens at %s (%v)", day, local, ok)
		}
		if d := local.Format("01-02"); d == "01-01" || d == "05-01" || d == "10-03" || d == "12-25" || d == "12-26" || local.Weekday() == time.Sunday {
			t.Fatalf("it opens on %s", local)
		}
	}
}

// Every region has holidays in every year, and is written in capitals.
func TestRegions(t *testing.T) {
	t.Parallel()
	all := calendar.Regions()
	for _, want := range []string{"DE", "DE-BE", "AT", "PT", "CH-ZH", "GB", "US", "AU-NSW"} {
		if !slices.Contains(all, want) {
			t.Errorf("the holidays of %s are not known", want)
		}
	}
	for _, name := range all {
		c := made(t, "daily", "00:00-24:00", "UTC", name)
		for year := 2026; year < 2030; year++ {
			closed := 0
			for day := time.Date(year, 1, 1, 12, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
				if !c.Open(day) {
					closed++
				}
			}
			if closed < 5 || closed > 30 {
				t.Errorf("%s has %d holidays in %d", name, closed, year)
			}
		}
	}
}

func TestZoneOf(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]string{"DE": "Europe/Berlin", "de": "Europe/Berlin", "AT": "Europe/Vienna", "IN": "Asia/Kolkata",
		"US": "", "PT": "", "ES": "", "": "", "XX": ""} {
		got, ok := calendar.ZoneOf(country)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s: %v, %v", country, got, ok)
		}
	}
	for _, name := range calendar.Zones() {
		if _, err := calendar.Zone(name); err != nil {
			t.Error(err)
		}
	}
}

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "9-17", "09:00", "09:00-09:00", "09:00-25:00", "24:00-06:00", "0900-1700", "09:00-17:30-18:00", "00:00-00:00"} {
		if h, err := calendar.ParseHours(text); err == nil {
			t.Errorf("%q was read as %s", text, h)
		}
	}
	for _, text := range []string{"", "none", "mon-", "monday", "mon..fri", "mo-fr"} {
		if d, err := calendar.ParseDays(text); err == nil {
			t.Errorf("%q was read as %v", text, d)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Berln", "../etc/passwd"} {
		if _, err := calendar.Zone(name); err == nil {
			t.Errorf("%q is a zone", name)
		}
	}
	if _, err := calendar.New(nil, calendar.Hours{From: 1, To: 2}, time.UTC, nil); err == nil {
		t.Error("a calendar without days was made")
	}
	if _, err := calendar.New([]time.Weekday{1}, calendar.Hours{From: 1, To: 2}, time.UTC, []string{"DE-XX"}); err == nil {
		t.Error("unknown holidays were taken")
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]*calendar.Calendar{
		"mon-fri 09:00-17:30 Europe/Berlin, closed on the holidays of DE-BE": made(t, "mon-fri", "09:00-17:30", "Europe/Berlin", "de-be"),
		"daily 00:00-24:00 UTC":                 made(t, "daily", "00:00-24:00", "UTC"),
		"mon,tue,fri-sun 22:00-06:00 UTC":       made(t, "fri-tue", "22:00-06:00", "UTC"),
		"mon,wed 08:00-12:00 America/Sao_Paulo": made(t, "wed,mon", "08:00-12:00", "America/Sao_Paulo"),
	} {
		if got := c.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What opens is open, not before it was asked for, and nothing in between is.
func FuzzOpens(f *testing.F) {
	f.Add(int64(1774746000), uint8(0b0111110), int16(120), int16(150), uint8(0))
	f.Add(int64(1792890000), uint8(1), int16(1320), int16(360), uint8(1))
	f.Add(int64(1324900000), uint8(0b0100000), int16(0), int16(1440), uint8(2))
	names := []string{"Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "America/New_York", "Asia/Kathmandu", "UTC"}
	f.Fuzz(func(t *testing.T, unix int64, days uint8, from, to int16, in uint8) {
		if unix < 0 || unix > 4e9 {
			return
		}
		var list []time.Weekday
		for d := range 7 {
			if days&(1<<d) != 0 {
				list = append(list, time.Weekday(d))
			}
		}
		c, err := calendar.New(list, calendar.Hours{From: int(from), To: int(to)}, zone(t, names[int(in)%len(names)]), []string{"DE"})
		if err != nil {
			return
		}
		asked := time.Unix(unix, 0)
		got, ok := c.Opens(asked)
		if !ok || got.Before(asked) || !c.Open(got) {
			t.Fatalf("%s: after %s it opens at %s (%v)", c, asked, got, ok)
		}
		for at := asked; at.Before(got); at = at.Add(7 * time.Minute) {
			if c.Open(at) {
				t.Fatalf("%s: it is open at %s, and said to open at %s", c, at, got)
			}
		}
	})
}

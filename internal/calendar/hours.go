package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ParseHours reads 09:00-17:30. Hours may run past midnight (22:00-06:00), and
// 24:00 ends a day.
func ParseHours(text string) (Hours, error) {
	first, last, ok := strings.Cut(strings.ReplaceAll(text, "–", "-"), "-")
	from, err := ParseClock(strings.TrimSpace(first))
	to, err2 := ParseClock(strings.TrimSpace(last))
	switch {
	case !ok || err != nil || err2 != nil || from == Day:
		return Hours{}, fmt.Errorf(`%q is not a range of hours: write "09:00-17:30"`, text)
	case from == to:
		return Hours{}, fmt.Errorf(`%q begins when it ends: write "00:00-24:00" for the whole day`, text)
	}
	return Hours{from, to}, nil
}

// ParseClock reads a time of day, 08:00 to 24:00, as minutes since midnight.
func ParseClock(text string) (int, error) {
	if text == "24:00" {
		return Day, nil
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf(`%q is not a time of day: write "08:00"`, text)
	}
	return at.Hour()*60 + at.Minute(), nil
}

// String is the hours as ParseHours reads them.
func (h Hours) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ParseDays reads mon-fri, "mon,wed,fri" or daily.
func ParseDays(text string) ([]time.Weekday, error) {
	if text == "daily" {
		text = "mon-sun"
	}
	var out []time.Weekday
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		from, to := slices.Index(weekdays(), strings.TrimSpace(first)), slices.Index(weekdays(), strings.TrimSpace(last))
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("%q is not a list of days: write mon-fri, mon,wed,fri or daily", text)
		}
		for d := from; ; d = (d + 1) % 7 {
			if day := time.Weekday(d); !slices.Contains(out, day) {
				out = append(out, day)
			}
			if d == to {
				break
			}
		}
	}
	return out, nil
}

// dayWords is the shortest way to write the days, from Monday on.
func dayWords(days [7]bool) string {
	var out []string
	name := func(i int) string { return weekdays()[(i+1)%7] }
	for i := 0; i < 7; i++ {
		if !days[(i+1)%7] {
			continue
		}
		first := i
		for i < 6 && days[(i+2)%7] {
			i++
		}
		switch {
		case first == 0 && i == 6:
			return "daily"
		case i > first+1:
			out = append(out, name(first)+"-"+name(i))
		case i == first+1:
			out = append(out, name(first), name(i))
		default:
			out = append(out, name(first))
		}
	}
	return strings.Join(out, ",")
}

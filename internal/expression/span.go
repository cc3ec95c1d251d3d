package expression

import (
	"errors"
	"math"
	"strings"
	"time"
)

var errSpan = errors.New("a span is written 15m, 72h, 3d or 2w")

// parseSpan reads a span of time as the rule file writes it: whole numbers with the units w d h m s, one or several in a
// row; a day is 24 hours. The text is never part of the error: at run time it may be a value of a person's.
func parseSpan(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if rest == "0" {
		return 0, nil
	}
	var total time.Duration
	for first := true; rest != "" || first; first = false {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > 10 || digits == len(rest) {
			return 0, errSpan
		}
		var n time.Duration
		for _, d := range rest[:digits] {
			n = n*10 + time.Duration(d-'0')
		}
		size := 1
		var unit time.Duration
		switch {
		case strings.HasPrefix(rest[digits:], "ms"):
			unit, size = time.Millisecond, 2
		case rest[digits] == 's':
			unit = time.Second
		case rest[digits] == 'm':
			unit = time.Minute
		case rest[digits] == 'h':
			unit = time.Hour
		case rest[digits] == 'd':
			unit = 24 * time.Hour
		case rest[digits] == 'w':
			unit = 7 * 24 * time.Hour
		default:
			return 0, errSpan
		}
		if n > (math.MaxInt64-total)/unit {
			return 0, errSpan
		}
		total += n * unit //nolint:durationcheck // n counts units
		rest = rest[digits+size:]
	}
	return total, nil
}

// parseDate reads a day (UTC midnight) or a moment with its zone.
func parseDate(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New(`a date is written "2026-01-05" or "2026-01-05T10:00:00+01:00"`)
}

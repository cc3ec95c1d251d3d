package strictyaml

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// ParseSpan reads a span of time as people write it: 30s, 15m, 72h, 3d, 2w, or several in a row such as 1h30m.
// A day is 24 hours and a week seven days. A bare number has no unit and is refused, except 0.
func ParseSpan(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if rest == "0" {
		return 0, nil
	}
	if rest == "" {
		return 0, fmt.Errorf("a span is empty: write one like 15m, 72h, 3d or 2w")
	}
	var total time.Duration
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 {
			return 0, fmt.Errorf("%q is not a span: write one like 15m, 72h, 3d or 2w", text)
		}
		var n int64
		for _, d := range rest[:digits] {
			if n > math.MaxInt64/100 {
				return 0, fmt.Errorf("%q is longer than any span can be", text)
			}
			n = n*10 + int64(d-'0')
		}
		rest = rest[digits:]
		letters := len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz"))
		unit := unitOf(rest[:letters])
		if unit == 0 {
			if rest == "" {
				return 0, fmt.Errorf("%s what? write %sm", text, text)
			}
			return 0, fmt.Errorf("%q is not a span: write one like 15m, 72h, 3d or 2w", text)
		}
		if n > int64(math.MaxInt64-total)/int64(unit) {
			return 0, fmt.Errorf("%q is longer than any span can be", text)
		}
		total += time.Duration(n) * unit
		rest = rest[letters:]
	}
	return total, nil
}

func unitOf(name string) time.Duration {
	switch name {
	case "ms":
		return time.Millisecond
	case "s":
		return time.Second
	case "m":
		return time.Minute
	case "h":
		return time.Hour
	case "d":
		return 24 * time.Hour
	case "w":
		return 7 * 24 * time.Hour
	}
	return 0
}

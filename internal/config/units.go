package config

import (
	"fmt"
	"strconv"
	"strings"
)

// PerSecond is a pace, written 5/s, 90/m or 0 for no limit.
type PerSecond float64

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *PerSecond) UnmarshalText(text []byte) error {
	number, unit, _ := strings.Cut(string(text), "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	per, known := map[string]float64{"s": 1, "m": 60, "h": 3600, "": 1}[strings.TrimSpace(unit)]
	switch {
	case err != nil || !known || n < 0 || n > 1e6:
		return fmt.Errorf("a pace is written 5/s, 90/m or 0 for no limit, not %q", text)
	case unit == "" && n != 0:
		return fmt.Errorf("%s what? write %s/s", text, text)
	}
	*p = PerSecond(n / per)
	return nil
}

// Size is a number of bytes, written 1MiB, 500kB or 4096.
type Size int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	t := strings.TrimSpace(string(text))
	for _, u := range []struct {
		suffix string
		of     int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"kB", 1e3}, {"MB", 1e6}, {"B", 1}, {"", 1}} {
		number, ok := strings.CutSuffix(t, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 40)
		if err != nil || n < 0 {
			break
		}
		*s = Size(n * u.of)
		return nil
	}
	return fmt.Errorf("a size is written 1MiB, 500kB or 4096, not %q", text)
}

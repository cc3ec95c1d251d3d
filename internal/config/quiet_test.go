package config_test

import (
	"strings"
	"testing"
	"time"

	"flowd/internal/config"
	"flowd/internal/strictyaml"
)

func TestQuiet(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, problem string }{
		"theirs":          {`{from: "20:00", to: "08:00", tz: candidate, fallback_tz: Europe/Berlin}`, ""},
		"ours":            {`{from: "13:00", to: "14:30", tz: Europe/Berlin}`, ""},
		"no zone":         {`{from: "20:00", to: "08:00"}`, "tz is missing"},
		"no fallback":     {`{from: "20:00", to: "08:00", tz: candidate}`, "tz: candidate needs the zone"},
		"misspelt":        {`{from: "20:00", to: "08:00", tz: Europe/Berlni}`, "did you mean Europe/Berlin?"},
		"bad fallback":    {`{from: "20:00", to: "08:00", tz: candidate, fallback_tz: Mars}`, `there is no zone "Mars"`},
		"never":           {`{from: "08:00", to: "08:00", tz: UTC}`, "quiet ends when it begins"},
		"no time of day":  {`{from: 20, to: "08:00", tz: UTC}`, `a time of day is written "08:00"`},
		"fallback beside": {`{from: "20:00", to: "08:00", tz: UTC, fallback_tz: UTC}`, "fallback_tz belongs to tz: candidate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config.Parse("flowd.yaml", []byte(minimal+"safety:\n  quiet: "+tc.text+"\n"))
			said := strictyaml.Render(c.Problems())
			if tc.problem != "" {
				if !strings.Contains(said, tc.problem) {
					t.Errorf("got %q, want %q", said, tc.problem)
				}
				return
			}
			if said != "" {
				t.Fatal(said)
			}
			open, err := c.Safety.Quiet.Open()
			if err != nil {
				t.Fatal(err)
			}
			quiet := time.Date(2026, 3, 2, c.Safety.Quiet.From.Hour, 0, 0, 0, open.Zone())
			if open.Open(quiet) || !open.Open(quiet.Add(-time.Minute)) {
				t.Errorf("%s at %s", open, quiet)
			}
		})
	}
}

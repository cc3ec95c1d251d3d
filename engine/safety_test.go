package engine

import (
	"testing"
	"time"

	"flowd"
)

func TestSafety_Bar(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	later, before := now.Add(time.Hour), now.Add(-time.Hour)
	for name, c := range map[string]struct {
		safety  Safety
		address string
		want    flowd.Reason
	}{
		"no limit":                   {Safety{}, "rosa@example.com", ""},
		"in the pilot by domain":     {Safety{OnlyTo: []string{"*@Example.com"}}, "Rosa@EXAMPLE.com", ""},
		"in the pilot by address":    {Safety{OnlyTo: []string{"rosa@example.com"}}, "rosa@example.com", ""},
		"outside the pilot":          {Safety{OnlyTo: []string{"*@example.com"}}, "rosa@example.org", flowd.ReasonPilot},
		"a subdomain is another":     {Safety{OnlyTo: []string{"*@example.com"}}, "rosa@mail.example.com", flowd.ReasonPilot},
		"a lookalike is another":     {Safety{OnlyTo: []string{"*@example.com"}}, "rosa@notexample.com", flowd.ReasonPilot},
		"an empty pilot is nobody":   {Safety{OnlyTo: []string{}}, "rosa@example.com", flowd.ReasonPilot},
		"suppressed for ever":        {Safety{Suppress: []Suppressed{{Address: "rosa@example.com"}}}, "Rosa@example.com", flowd.ReasonDoNotContact},
		"suppressed by domain":       {Safety{Suppress: []Suppressed{{Address: "*@rival.example"}}}, "rosa@rival.example", flowd.ReasonDoNotContact},
		"suppressed until later":     {Safety{Suppress: []Suppressed{{Address: "rosa@example.com", Until: later}}}, "rosa@example.com", flowd.ReasonDoNotContact},
		"suppressed until before":    {Safety{Suppress: []Suppressed{{Address: "rosa@example.com", Until: before}}}, "rosa@example.com", ""},
		"suppressed beats the pilot": {Safety{OnlyTo: []string{"*@example.com"}, Suppress: []Suppressed{{Address: "rosa@example.com"}}}, "rosa@example.com", flowd.ReasonDoNotContact},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got flowd.Reason
			if o := c.safety.bar(c.address, now); o != nil {
				got = o.Reason
				if o.State != flowd.Cancelled {
					t.Errorf("barred as %s, want cancelled: it must not go out later", o.State)
				}
			}
			if got != c.want {
				t.Errorf("bar = %q, want %q", got, c.want)
			}
		})
	}
}

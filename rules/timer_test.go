package rules_test

import (
	"strings"
	"testing"

	"flowd/rules"
)

// What working days are of is told, and a change of it is a change of the rule:
// what waits is decided again.
func TestTimer_WorkingDays(t *testing.T) {
	t.Parallel()
	const text = `version: 1
owner: ops
calendars: {office: {days: mon-fri, hours: "09:00-17:30", tz: Europe/Berlin, holidays: DE}}
rules:
  - id: unanswered
    trigger: {after: 3 working days, since: invited, still: unanswered, of: any, calendar: office}
    actions: [{ats.tag: no answer}]
`
	set := compile(t, text, rules.Options{})
	words, _ := set.Describe("unanswered")
	if want := "3 working days of office (mon-fri 09:00-17:30 Europe/Berlin, closed on the holidays of DE) after the invite, where it is still unanswered, whoever invited:\n"; !strings.Contains(words, want) {
		t.Errorf("it is described as:\n%s", words)
	}
	for _, change := range [][2]string{{"3 working", "4 working"}, {"holidays: DE", "holidays: DE-BE"}, {"17:30", "17:00"}, {"3 working days", "3d"}} {
		changed := strings.Replace(text, change[0], change[1], 1)
		if change[1] == "3d" {
			changed = strings.Replace(changed, ", calendar: office", "", 1)
		}
		if other := compile(t, changed, rules.Options{}); other.Rules()[0].Digest == set.Rules()[0].Digest {
			t.Errorf("with %s the rule counts as unchanged", change[1])
		}
	}
}

package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"flowd"
)

// asTest are the lines of a test that expects what came of an event decided at a
// time, and what such a test shows, in words and in a word or two.
func (o outcome) asTest(ev flowd.EventType, at time.Time) (lines []string, shows, short string) {
	shows = "a recorded " + string(ev)
	switch {
	case len(o.held) > 0 && len(o.acts) == 0:
		lines, shows, short = []string{"expect: held"}, shows+" is held", "held"
	case len(o.acts) == 0:
		lines, shows, short = []string{"expect: none"}, shows+" leads to nothing", "nothing"
	default:
		lines, short = []string{"expect:"}, "done"
		var kinds []string
		for _, a := range o.acts {
			lines = append(lines, a.asExpected(at)...)
			kind := string(a.kind)
			if a.kind == flowd.ActionInvite {
				kind, short = fmt.Sprintf("an invite to %q", a.target), "invited"
			}
			kinds = append(kinds, kind)
		}
		return lines, shows + " leads to " + strings.Join(kinds, ", "), short
	}
	if len(o.why) > 0 {
		lines, shows = append(lines, "because: "+strconv.Quote(o.why[0])), shows+": "+o.why[0]
	}
	return lines, shows, short
}

// asExpected is one thing that was done, as an item of expect.
func (a acted) asExpected(at time.Time) []string {
	what := a.asWritten()
	timed := !a.at.Equal(at)
	if what == "" && (timed || a.isHeld) {
		what = "{}"
	}
	line := "  - " + a.named()
	if what != "" {
		line += ": " + what
	}
	out := []string{line}
	if timed {
		out = append(out, "    at: "+strconv.Quote(a.at.UTC().Format(time.RFC3339)))
	}
	if a.isHeld {
		out = append(out, "    held: true")
	}
	return out
}

// named is the action's kind as expect names it.
func (a acted) named() string {
	if a.kind == flowd.ActionInvite {
		return "hireflix.invite"
	}
	return string(a.kind)
}

// asWritten are the keys of an action that say what it does, or "" where its kind
// says all.
func (a acted) asWritten() string {
	// As Go quotes, so does YAML.
	one := func(key, text string) string { return fmt.Sprintf("{%s: %q}", key, text) }
	two := func(key, target, beside, text string) string {
		return fmt.Sprintf("{%s: %q, %s: %q}", key, target, beside, text)
	}
	switch a.kind {
	case flowd.ActionInvite:
		return one("position", a.target)
	case flowd.ActionNote:
		return one("text", a.text)
	case flowd.ActionTag:
		return one("add", a.target)
	case flowd.ActionField:
		return two("name", a.target, "value", a.text)
	case flowd.ActionMove:
		return one("to", a.target)
	case flowd.ActionLink:
		return two("label", a.target, "url", a.text)
	case flowd.ActionShare:
		return fmt.Sprintf("{days: %d}", a.action.Days)
	case flowd.ActionNotify:
		to := "channel"
		if strings.Contains(a.target, "@") {
			to = "to"
		}
		out := two(to, a.target, "text", a.text)
		if a.action.Personal {
			out = strings.TrimSuffix(out, "}") + ", personal_data: true}"
		}
		return out
	}
	return ""
}

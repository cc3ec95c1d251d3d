package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// timer is a trigger's wait: for a span, or for working days.
type timer struct {
	after   time.Duration
	days    int     // of working
	working *window // nil where after counts
	written string  // as the file has it
	still   string  // what must hold when its time has come; "" for nothing
}

// waits tells whether the trigger waits at all.
func (t timer) waits() bool { return t.after > 0 || t.days > 0 }

// inWords is how long it waits, as the file has it.
func (t timer) inWords() string {
	if t.working != nil {
		return fmt.Sprintf("%s of %s", t.written, t.working)
	}
	return t.written
}

// Bounds of a wait: a year.
const (
	maxAfter       = 366 * 24 * time.Hour
	maxWorkingDays = 260
)

// due is when a timer's time has come.
func (t timer) due(ev flowd.Event, app flowd.Application) time.Time {
	since := ev.Time()
	switch {
	case ev.Type == flowd.InterviewInvited && !ev.Interview.CreatedAt.IsZero():
		since = ev.Interview.CreatedAt
	case ev.Type == flowd.InterviewFinished && !ev.Interview.CompletedAt.IsZero():
		since = ev.Interview.CompletedAt
	}
	if t.working != nil {
		if at, ok := t.working.of(app).WorkingDays(since, t.days); ok {
			return at
		}
	}
	return since.Add(t.after) // none that never opens compiles
}

// over is why nothing is done though the time has come, or "": by the interview
// as it is known now, and not as it was when the time began.
func (t timer) over(ev flowd.Event, facts flowd.Facts) flowd.Reason {
	app, in := facts.Application, about(ev, facts)
	switch {
	case app.Status != "" && app.Status != flowd.StatusActive:
		return flowd.ReasonEnded
	case app.Alternative && ev.Type == flowd.InterviewInvited:
		return flowd.ReasonAlternative
	case in == nil:
		return flowd.ReasonGone
	case in.Interview.Deleted:
		return flowd.ReasonWithdrawn
	}
	switch i := in.Interview; t.still {
	case "unanswered":
		switch {
		case !i.Open():
			return flowd.ReasonAnsweredSince
		case i.Status == flowd.InterviewDiscarded: // nobody waits for the answer
			return flowd.ReasonNoLongerFits
		}
	case "unscored":
		if i.Score > 0 {
			return flowd.ReasonNoLongerFits
		}
	case "unreviewed":
		if slices.Contains([]flowd.InterviewStatus{flowd.InterviewShortlisted, flowd.InterviewDiscarded}, i.Status) {
			return flowd.ReasonNoLongerFits
		}
	}
	return ""
}

var workingDays = regexp.MustCompile(`^([1-9][0-9]{0,3}) working days?$`)

// timer reads the part of a trigger that waits; the event it counts from becomes
// the trigger's.
func (c *compiler) timer(r *Rule, t *trigger, keys *triggerKeys) {
	after := keys.Node.Get("after")
	if after == nil {
		for _, key := range []string{"since", "still", "calendar"} {
			if n := keys.Node.Get(key); n != nil {
				c.report.error(c.at(n), "trigger", "add after: 3d, or delete it", "%s belongs to a trigger that waits", key)
			}
		}
		return
	}
	if n := keys.Node.Get("event"); n != nil {
		c.report.error(c.at(n), "trigger", "delete it: since: says what the time is counted from", "a trigger waits for an event or for a time, not for both")
	}
	if since := keys.Node.Get("since"); since == nil {
		c.report.error(t.place, "missing-key", "add since: invited, or since: finished", "since is missing: after what?")
	} else if keys.Since != "" {
		t.events = append(t.events, flowd.EventType("interview."+keys.Since))
	}
	t.timer = timer{after: maxAfter, written: keys.After, still: keys.Still}
	if keys.After == "" {
		return // reported on decoding
	}
	if m := workingDays.FindStringSubmatch(FoldName(keys.After)); m != nil {
		t.timer.after = 0
		t.timer.days, _ = strconv.Atoi(m[1]) // four digits
		if t.timer.days > maxWorkingDays {
			c.report.error(c.at(after), "span", fmt.Sprintf("write at most %d, which is a year", maxWorkingDays), "%s are not a time to wait for", keys.After)
		}
		t.timer.working = c.working(r, t, keys)
		return
	}
	span, err := strictyaml.ParseSpan(keys.After)
	switch n := keys.Node.Get("calendar"); {
	case err != nil:
		c.report.error(c.at(after), "span", "spans are written 15m, 72h, 3d or 2w, and days of a calendar 3 working days", "%q is not a span", keys.After)
		return
	case n != nil:
		c.report.error(c.at(n), "trigger", "write after: 3 working days, or delete it", "calendar says which days are working days, and %s counts all", keys.After)
	}
	if span <= 0 || span > maxAfter {
		c.report.error(c.at(after), "span", "write a span of up to a year", "%s is not a time to wait for", keys.After)
		return
	}
	t.timer.after = span
}

// working is the calendar that a trigger's working days are of: the one it names,
// else the window of its rule. It is nil where that is wrong, which is reported.
func (c *compiler) working(r *Rule, t *trigger, keys *triggerKeys) *window {
	switch n := keys.Node.Get("calendar"); {
	case n != nil && keys.Calendar == "": // reported on decoding
		return nil
	case n != nil:
		return c.calendar(keys.Calendar, c.at(n))
	case r.window != nil:
		return r.window
	}
	hint := "add calendar: with the name of one under calendars"
	if names := c.calendarNames(); len(names) > 0 {
		hint = "add calendar: " + names[0]
	}
	c.report.error(t.place, "missing-key", hint, "calendar is missing: which days are working days?")
	return nil
}

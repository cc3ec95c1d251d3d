package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/calendar"
	"flowd/internal/strictyaml"
)

// calendarKeys are a calendar as it is written.
type calendarKeys struct {
	Days     string           `yaml:"days,text"`
	Hours    string           `yaml:"hours,text,required"`
	Zone     string           `yaml:"tz,text,required"`
	Fallback string           `yaml:"fallback_tz,text"`
	Holidays []string         `yaml:"holidays,text"`
	Node     *strictyaml.Node `yaml:",node"`
	Rest     *strictyaml.Node `yaml:",rest"`
}

// window is a calendar that rules defer to.
type window struct {
	name     string
	calendar *calendar.Calendar // in the zone of fallback_tz, where the candidate's counts
	theirs   bool               // tz: candidate
}

// String is what the window does, in words; a nil one is always open.
func (w *window) String() string {
	switch {
	case w == nil:
		return anyTime
	case w.theirs:
		return fmt.Sprintf("%s (%s, by the candidate's clock)", w.name, w.calendar)
	}
	return fmt.Sprintf("%s (%s)", w.name, w.calendar)
}

// of is the calendar for one application.
func (w *window) of(app flowd.Application) *calendar.Calendar {
	if !w.theirs {
		return w.calendar
	}
	return w.calendar.In(ZoneOf(app, w.calendar.Zone()))
}

// ZoneOf is the zone by which the candidate lives: that of their country, else of
// the job's, where all of the country keeps one clock; otherwise is for those of
// whom that is not known.
func ZoneOf(app flowd.Application, otherwise *time.Location) *time.Location {
	country := app.Candidate.Country
	if country == "" {
		country = app.Job.Country
	}
	if zone, ok := calendar.ZoneOf(country); ok {
		return zone
	}
	return otherwise
}

// putOff sets when a matched answer may be done. The wait counts from when the
// event came in, and of a timer from when its time came, so that the same event
// decided again waits no longer than before.
func (a *Answer) putOff(q *question) {
	r := a.Rule
	since := q.ev.Received
	if r.Reaction && r.trigger.timer.waits() {
		since = r.trigger.timer.due(q.ev, q.facts.Application)
	}
	if since.IsZero() {
		since = q.now
	}
	at := since.Add(r.Wait)
	if !at.After(q.now) {
		at = q.now
	} else {
		a.NotBefore, a.Deferral, a.Deferred = at, flowd.ReasonWait, "waits "+span(r.Wait)
	}
	if opens := r.Opens(q.facts.Application, at); opens.After(at) {
		a.NotBefore, a.Deferral = opens, flowd.ReasonWindow
		a.Deferred = strings.TrimPrefix(a.Deferred+", then until the window "+r.window.String()+" opens", ", then ")
	}
}

// Opens is when the rule's window opens for an application: t itself where it is
// open, and where the rule has none.
func (r *Rule) Opens(app flowd.Application, t time.Time) time.Time {
	if r.window == nil {
		return t
	}
	if opens, ok := r.window.of(app).Opens(t); ok {
		return opens
	}
	return t // none that never opens compiles
}

// Window is the name and the hours of the rule's window, in words.
func (r *Rule) Window() string { return r.window.String() }

// span is a span as rules write it.
func span(d time.Duration) string {
	var out strings.Builder
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if n := d / u.of; n > 0 {
			fmt.Fprintf(&out, "%d%s", n, u.name)
			d %= u.of
		}
	}
	return out.String()
}

// anyTime is the window of a rule that names none.
const anyTime = "always"

// calendarsOf compiles a file's calendars.
func (c *compiler) calendarsOf(d document) map[string]*window {
	out := map[string]*window{}
	for name, keys := range d.Calendars {
		if keys.Node == nil {
			continue
		}
		if name == anyTime {
			c.report.error(c.at(keys.Node), "calendar", "give it another name, such as daytime", "always is the window of rules that name no calendar")
			continue
		}
		out[name] = c.window(name, keys)
	}
	return out
}

// window compiles one calendar; nil where it is wrong, which is reported.
func (c *compiler) window(name string, keys calendarKeys) *window {
	bad := false
	fault := func(key, hint, format string, args ...any) {
		bad = true
		c.report.error(c.at(keys.Node.Place(key)), "calendar", hint, format, args...)
	}
	bad = keys.Hours == "" || keys.Zone == "" // reported on decoding
	days, err := calendar.ParseDays("daily")
	if keys.Days != "" {
		days, err = calendar.ParseDays(keys.Days)
	}
	switch {
	case keys.Days == "none":
		fault("days", "write the days on which it opens, such as mon-fri", "the calendar %s never opens", name)
	case err != nil:
		fault("days", "write mon-fri, mon,wed,fri or daily", "%q is not a list of days", keys.Days)
	}
	hours, err := calendar.ParseHours(keys.Hours)
	if err != nil && keys.Hours != "" {
		fault("hours", `write "09:00-17:30"; "00:00-24:00" is the whole day`, "%q is not a range of hours", keys.Hours)
	}
	w := &window{name: name, theirs: keys.Zone == "candidate"}
	in := keys.Zone
	switch {
	case w.theirs && keys.Node.Get("fallback_tz") == nil:
		in = ""
		fault("tz", "add fallback_tz: Europe/Berlin, or another zone", "tz: candidate needs the zone of those whose country has several or is not known")
	case w.theirs:
		in = keys.Fallback
	case keys.Node.Get("fallback_tz") != nil:
		fault("fallback_tz", "delete it, or write tz: candidate", "fallback_tz belongs to tz: candidate")
	}
	zone, err := calendar.Zone(in)
	if err != nil && in != "" {
		key := "tz"
		if w.theirs {
			key = "fallback_tz"
		}
		fault(key, didYouMean(in, calendar.Zones(), "write a zone of the IANA database, such as Europe/Berlin"), "there is no zone %q", in)
	}
	for _, region := range keys.Holidays {
		if !slices.Contains(calendar.Regions(), strings.ToUpper(region)) {
			fault("holidays", didYouMean(strings.ToUpper(region), calendar.Regions(), "the regions: "+strings.Join(calendar.Regions(), ", ")), "the holidays of %q are not known", region)
		}
	}
	if bad || zone == nil {
		return nil
	}
	if w.calendar, err = calendar.New(days, hours, zone, keys.Holidays); err != nil {
		fault("hours", "", "%s: %s", name, err)
		return nil
	}
	if _, ok := w.calendar.Opens(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)); !ok {
		fault("hours", "look at its days, hours and holidays together", "the calendar %s never opens", name)
		return nil
	}
	return w
}

// Bounds of wait: what is invited so late is a surprise, and beyond maxAfter a
// mistake.
const longWait = 31 * 24 * time.Hour

// timing compiles wait and window.
func (c *compiler) timing(r *Rule, keys ruleKeys, d document) {
	node := keys.Node
	wait, at := keys.Wait, "wait"
	if wait == nil && node.Get("wait") == nil {
		wait, at = d.Defaults.Wait, ""
	}
	if wait != nil {
		r.Wait = *wait
		switch place := c.at(node.Place(at)); {
		case r.Wait < 0 || r.Wait >= 365*24*time.Hour:
			c.report.error(place, "wait", "write a span of days or less, such as 15m", "%s is a year or more: nobody would remember why the invite comes", span(r.Wait))
		case r.Wait > longWait:
			c.report.warn(place, "long-wait", "write a shorter one, unless it is meant", "the rule waits %s: what it does comes as a surprise by then", span(r.Wait))
		}
	}
	name := keys.Window
	if name == "" && node.Get("window") == nil {
		name = d.Defaults.Window
	}
	if name == "" || name == anyTime {
		return
	}
	r.window = c.calendar(name, c.at(node.Place("window")))
}

// calendar is one of the file's; nil where it is wrong, or not there, which is
// reported.
func (c *compiler) calendar(name string, at place) *window {
	if w, known := c.calendars[name]; known {
		return w
	}
	hint := "the file has no calendars: add calendars: {office: {days: mon-fri, hours: \"09:00-17:30\", tz: Europe/Berlin}}"
	if names := c.calendarNames(); len(names) > 0 {
		hint = didYouMean(name, names, "the calendars of this file: "+strings.Join(names, ", "))
	}
	c.report.error(at, "window", hint, "there is no calendar %q", name)
	return nil
}

func (c *compiler) calendarNames() []string { return slices.Sorted(maps.Keys(c.calendars)) }

// later is when the rule acts, in words; nothing where it does so at once.
func (r *Rule) later() (out []string) {
	if r.Wait > 0 {
		words := fmt.Sprintf("It waits %s first", span(r.Wait))
		if !r.Reaction {
			words += "; who leaves the stage meanwhile is not invited"
		}
		out = append(out, words+".")
	}
	if r.window != nil {
		out = append(out, fmt.Sprintf("What comes while the window %s is closed waits until it opens.", r.window))
	}
	return out
}

package config

import (
	"fmt"
	"time"

	"flowd/internal/calendar"
	"flowd/internal/strictyaml"
)

// Quiet are hours in which no candidate is written to, every day.
type Quiet struct {
	From Clock `yaml:"from,required"`
	To   Clock `yaml:"to,required"`
	// Zone is an IANA name, or candidate: by the clock where each lives. Fallback
	// is for those of whom that is not known.
	Zone     string `yaml:"tz,required"`
	Fallback string `yaml:"fallback_tz"`
}

// Theirs tells whether the hours are by the candidate's clock.
func (q *Quiet) Theirs() bool { return q.Zone == "candidate" }

// Open is the rest of the day, in the zone that is written; of Theirs, in that of
// Fallback.
func (q *Quiet) Open() (*calendar.Calendar, error) {
	name := q.Zone
	if q.Theirs() {
		name = q.Fallback
	}
	zone, err := calendar.Zone(name)
	if err != nil {
		return nil, err
	}
	days := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	return calendar.New(days, calendar.Hours{From: q.To.Hour*60 + q.To.Minute, To: q.From.Hour*60 + q.From.Minute}, zone, nil)
}

func (q *Quiet) check(at func(string) *strictyaml.Node) {
	if q == nil {
		return
	}
	bad := func(key, name string) {
		hint := "write a zone of the IANA database, such as Europe/Berlin"
		if near := strictyaml.Nearest(name, calendar.Zones()); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		at("safety.quiet."+key).Error("safety", fmt.Sprintf("there is no zone %q", name), hint)
	}
	if q.From == q.To {
		at("safety.quiet").Error("safety", "quiet ends when it begins", `write {from: "20:00", to: "08:00", …}`)
	}
	switch _, err := calendar.Zone(q.Zone); {
	case q.Zone == "": // reported on decoding
	case q.Theirs() && q.Fallback == "":
		at("safety.quiet.tz").Error("safety", "tz: candidate needs the zone of those whose country has several or is not known", "add fallback_tz: Europe/Berlin, or another zone")
	case q.Theirs():
		if _, err := calendar.Zone(q.Fallback); err != nil {
			bad("fallback_tz", q.Fallback)
		}
	case err != nil:
		bad("tz", q.Zone)
	case q.Fallback != "":
		at("safety.quiet.fallback_tz").Error("safety", "fallback_tz belongs to tz: candidate", "delete it, or write tz: candidate")
	}
}

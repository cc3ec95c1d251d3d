package poll

import (
	"fmt"
	"time"

	"flowd/connectors"
	"flowd/internal/strictyaml"
)

const (
	// overlap is how far each round looks back behind the one before: what changes
	// can often be read only some time later, and hosts' clocks differ.
	overlap      = 5 * time.Minute
	leastOverlap = 2 * time.Minute
)

// sinceSection says how a system wants to hear from when on changes are asked
// for.
type sinceSection struct {
	Format  string           `yaml:"format" oneof:"rfc3339 ms s datetime date"`
	Overlap time.Duration    `yaml:"overlap"`
	Node    *strictyaml.Node `yaml:",node"`
}

// since writes a time as a system wants it.
type since struct {
	format  string
	overlap time.Duration
}

func (cfg *sinceSection) compile(k *connectors.Compiler) *since {
	if cfg == nil || cfg.Node == nil {
		return nil
	}
	s := &since{cfg.Format, cfg.Overlap}
	if s.overlap == 0 {
		s.overlap = overlap
	}
	if s.overlap < leastOverlap {
		k.Fail(cfg.Node.Place("overlap"), "value", fmt.Sprintf("overlap is less than %s, and what is saved while a page is read would be missed", leastOverlap), "leave it out for "+overlap.String())
	}
	return s
}

// value is the time of a request; nil for the zero time.
func (s *since) value(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	at = at.Add(-s.overlap).UTC()
	switch s.format {
	case "ms":
		return int(at.UnixMilli())
	case "s":
		return int(at.Unix())
	case "datetime":
		return at.Format(time.DateTime)
	case "date":
		return at.AddDate(0, 0, -1).Format(time.DateOnly) // where it is yesterday still, it counts as that
	}
	return at.Format("2006-01-02T15:04:05Z")
}

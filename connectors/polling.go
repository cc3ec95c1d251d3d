package connectors

import (
	"fmt"
	"time"

	"flowd/internal/strictyaml"
)

const (
	defaultMaxAge = 7 * 24 * time.Hour
	minEvery      = 5 * time.Second
	maxEvery      = 24 * time.Hour
)

// Polling is the poll section that polled kinds share.
type Polling struct {
	// Every is how often the source is polled.
	Every time.Duration `yaml:"every"`
	// OnFirstSeen says whether an application that is seen for the first time, by
	// the first poll or after a lost cursor, counts as having moved to its stage:
	// only where the system says when, and within MaxAge.
	OnFirstSeen string `yaml:"on_first_seen" oneof:"ignore treat_as_move"`
	// MaxAge bounds how long ago a move may have been to be acted on. Where the
	// system does not say when, it is how long flowd may not have looked.
	MaxAge time.Duration    `yaml:"max_age"`
	Node   *strictyaml.Node `yaml:",node"`
}

// Apply fills in what the section says of the source. The zero section means the
// defaults.
func (p Polling) Apply(s *Source) error {
	s.Every, s.MaxAge, s.FirstSeen = p.Every, p.MaxAge, p.OnFirstSeen == "treat_as_move"
	if s.MaxAge == 0 {
		s.MaxAge = defaultMaxAge
	}
	if s.Every == 0 {
		s.Every = DefaultEvery
	}
	if s.Every < minEvery || s.Every > maxEvery {
		p.Node.Place("every").Error("value", fmt.Sprintf("every is less than %s or more than %s", minEvery, maxEvery), "write "+DefaultEvery.String())
		return ErrReported
	}
	return nil
}

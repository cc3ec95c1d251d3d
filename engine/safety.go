package engine

import (
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// Safety stands above every rule, command and API call. Absent parts do not
// limit; a part that is there does, and an empty one lets nobody through.
type Safety struct {
	// OnlyTo are the only addresses that may be written to, as address or
	// "*@domain"; nil is everyone, empty is nobody.
	OnlyTo []string
	// Suppress must not be written to.
	Suppress []Suppressed
	Caps     state.Caps
	// Quiet are the hours in which nobody is written to; nil has none.
	Quiet *Quiet
}

// Suppressed is one line of the do-not-contact list.
type Suppressed struct {
	Address string // an address, or "*@domain"
	Until   time.Time
	Reason  string
}

// bar returns why an address must not be written to at that time, or nil.
func (s Safety) bar(address string, now time.Time) *flowd.Outcome {
	address = strings.ToLower(strings.TrimSpace(address))
	for _, line := range s.Suppress {
		if fits(line.Address, address) && (line.Until.IsZero() || now.Before(line.Until)) {
			return cancelled(flowd.ReasonDoNotContact, "on the do-not-contact list")
		}
	}
	if s.OnlyTo == nil {
		return nil
	}
	for _, pattern := range s.OnlyTo {
		if fits(pattern, address) {
			return nil
		}
	}
	return cancelled(flowd.ReasonPilot, "outside safety.only_to")
}

// Bars is why an address must not be written to at that time, or "".
func (s Safety) Bars(address string, now time.Time) flowd.Reason {
	if stop := s.bar(address, now); stop != nil {
		return stop.Reason
	}
	return flowd.ReasonNone
}

// Bars is the Bars of the safety net as it is now.
func (e *Engine) Bars(address string, now time.Time) flowd.Reason {
	return e.tuning.Load().safety.Bars(address, now)
}

// fits compares an address with an address or "*@domain", without regard to
// case. A domain fits itself alone, not its subdomains.
func fits(pattern, address string) bool {
	pattern = strings.ToLower(strings.TrimSpace(pattern))
	if domain, ok := strings.CutPrefix(pattern, "*@"); ok {
		_, of, found := strings.Cut(address, "@")
		return found && of == domain
	}
	return pattern == address
}

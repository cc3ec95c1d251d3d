package rules

import (
	"fmt"
	"strings"
	"time"

	"flowd/internal/strictyaml"
)

// approveKeys are `approve`.
type approveKeys struct {
	Above  *int             `yaml:"above,required"`
	Within time.Duration    `yaml:"within,required"`
	By     []string         `yaml:"by,text"`
	Self   bool             `yaml:"self"`
	Node   *strictyaml.Node `yaml:",node"`
}

// floodKeys are `flood`.
type floodKeys struct {
	PerHour int              `yaml:"per_hour,required"`
	Node    *strictyaml.Node `yaml:",node"`
}

// limitKeys are `limit`.
type limitKeys struct {
	PerHour int              `yaml:"per_hour"`
	PerDay  int              `yaml:"per_day"`
	Node    *strictyaml.Node `yaml:",node"`
}

// quietKeys are `alert_if_quiet`.
type quietKeys struct {
	AtLeast int              `yaml:"at_least,required"`
	Per     time.Duration    `yaml:"per,required"`
	Node    *strictyaml.Node `yaml:",node"`
}

// Holds are what keeps a rule from inviting too many at once, and what its owner
// is told when it invites nobody.
type Holds struct {
	// Flood is how many invites the rule may ask for in an hour before it pauses
	// itself; 0 is any number.
	Flood int
	// PerHour and PerDay are how many of its invites go out; 0 is any number.
	PerHour, PerDay int
	// Priority, from 0 to 100, says who goes first when more is due than may go.
	Priority int
	// Above actions asked for in the Span make all of the span wait for a yes; a
	// zero Span never does.
	Above int
	Span  time.Duration
	// AtLeast invites are expected Within a span in which somebody came to the
	// rule's stages; 0 expects nothing. With a zero span the rule does not say, and
	// what is expected is learned.
	AtLeast int
	Within  time.Duration
}

const (
	usualPriority = 50
	maxPriority   = 100
	maxQuiet      = 31 * 24 * time.Hour
	maxApprove    = 24 * time.Hour
)

// Before is how far the rule's invites go before those of a usual rule, from -50
// to 50.
func (h Holds) Before() int { return h.Priority - usualPriority }

// AsksEachTime tells whether nothing of the rule is done before a person's yes.
func (h Holds) AsksEachTime() bool { return h.Span > 0 && h.Above == 0 }

// holds settles the keys of a rule and of the file's defaults.
func (c *compiler) holds(r *Rule, keys ruleKeys, otherwise sharedKeys) {
	own := keys.sharedKeys
	flood, limit, quiet, priority := own.Flood, own.Limit, own.AlertIfQuiet, own.Priority
	if r.Reaction {
		for _, key := range []string{"flood", "limit", "alert_if_quiet", "priority"} {
			if n := keys.Node.Get(key); n != nil {
				c.report.error(c.at(n), "two-kinds", "delete it, or write it to the rule that invites", "%s is for rules with pairs: it is about invites", key)
			}
		}
		r.Holds.Priority = usualPriority
		if own.Approve != nil { // its own alone: that of defaults is about invites
			c.approval(r, own.Approve)
		}
		return
	}
	approve := own.Approve
	if approve == nil {
		approve = otherwise.Approve
	}
	if flood == nil {
		flood = otherwise.Flood
	}
	if limit == nil {
		limit = otherwise.Limit
	}
	if quiet == nil {
		quiet = otherwise.AlertIfQuiet
	}
	if priority == nil {
		priority = otherwise.Priority
	}
	r.Holds = Holds{Priority: usualPriority}
	if priority != nil {
		r.Holds.Priority = *priority
		if *priority < 0 || *priority > maxPriority {
			c.report.error(c.at(keys.Node.Place("priority")), "value", "write a number from 0 to 100; 50 is usual and 100 goes first", "%d is not a priority", *priority)
		}
	}
	if approve != nil {
		c.approval(r, approve)
	}
	if flood != nil {
		c.atLeastOne(flood.Node, "per_hour", flood.PerHour)
		r.Holds.Flood = flood.PerHour
	}
	if limit != nil && limit.Node != nil {
		for key, n := range map[string]int{"per_hour": limit.PerHour, "per_day": limit.PerDay} {
			if limit.Node.Get(key) != nil {
				c.atLeastOne(limit.Node, key, n)
			}
		}
		if limit.Node.Get("per_hour") == nil && limit.Node.Get("per_day") == nil {
			c.report.error(c.at(limit.Node), "missing-key", "write limit: {per_hour: 40}, or per_day:, or both", "the limit says neither per_hour nor per_day")
		}
		r.Holds.PerHour, r.Holds.PerDay = limit.PerHour, limit.PerDay
	}
	if quiet != nil {
		if at := quiet.Node.Get("at_least"); at != nil && !at.Broken() && quiet.AtLeast < 0 {
			c.report.error(c.at(at), "value", "write a number from 1 on, or 0 for no alarm", "at_least is %d", quiet.AtLeast)
		}
		if n := quiet.Node.Get("per"); n != nil && !n.Broken() && (quiet.Per < time.Hour || quiet.Per > maxQuiet) {
			c.report.error(c.at(n), "value", "write a span from 1h to 31d, such as 7d", "alert_if_quiet cannot look that far")
		}
		r.Holds.AtLeast, r.Holds.Within = quiet.AtLeast, quiet.Per
	}
}

// approval settles what wants a yes. None may have gone out before it is known
// that there are too many, so a rule that lets some through has to wait for the
// span.
func (c *compiler) approval(r *Rule, keys *approveKeys) {
	if keys.Above == nil || keys.Within == 0 {
		return // reported on decoding
	}
	r.Holds.Above, r.Holds.Span, r.Approvers = *keys.Above, keys.Within, keys.By
	r.SelfApproval = keys.Self
	switch {
	case *keys.Above < 0:
		c.report.error(c.at(keys.Node.Place("above")), "value", "write a number from 0 on: more than that wants a yes", "above is %d", *keys.Above)
	case keys.Within > maxApprove:
		c.report.error(c.at(keys.Node.Place("within")), "value", "write a span up to 1d, such as 10m", "approve cannot look that far")
	case *keys.Above > 0 && r.Wait < keys.Within:
		within := keys.Node.Get("within").Text()
		c.report.error(c.at(keys.Node.Place("within")), "approve-wait", "write wait: "+within+" to the rule, or more", "some would have gone out before there are too many: the rule has to wait for the span")
	}
}

func (c *compiler) atLeastOne(in *strictyaml.Node, key string, n int) {
	if at := in.Get(key); at != nil && !at.Broken() && n < 1 {
		c.report.error(c.at(at), "value", "write a number from 1 on, or delete it; to stop a rule write mode: disabled", "%s is %d", key, n)
	}
}

// asks is when a yes is wanted, in words.
func (h Holds) asks() string {
	if h.AsksEachTime() {
		return "Nothing of it is done before a person's yes."
	}
	return fmt.Sprintf("If it asks for more than %d within %s, all of them wait for a person's yes.", h.Above, span(h.Span))
}

// inWords are the habits of a rule that a reader should know of.
func (h Holds) inWords() (out []string) {
	var most []string
	if h.PerHour > 0 {
		most = append(most, fmt.Sprintf("%d in an hour", h.PerHour))
	}
	if h.PerDay > 0 {
		most = append(most, fmt.Sprintf("%d in a day", h.PerDay))
	}
	if len(most) > 0 {
		out = append(out, "At most "+strings.Join(most, " and ")+" go out; the others wait for their turn.")
	}
	if h.Span > 0 {
		out = append(out, h.asks())
	}
	if h.Flood > 0 {
		out = append(out, fmt.Sprintf("If it asks for more than %d invites in an hour, it pauses itself until a person says that it is meant.", h.Flood))
	}
	switch before := h.Before(); {
	case before > 0:
		out = append(out, fmt.Sprintf("Its invites go before those of usual rules (priority %d).", h.Priority))
	case before < 0:
		out = append(out, fmt.Sprintf("Its invites go after those of usual rules (priority %d).", h.Priority))
	}
	return out
}

package rules

import (
	"slices"
	"strings"

	"flowd"
)

// deciding tells how far an event records that a person decided about somebody.
type deciding int

const (
	never deciding = iota
	perhaps
	always
)

func (t *trigger) deciding() deciding {
	least := always
	for _, e := range t.events {
		d := never
		switch e {
		case flowd.InterviewStatusChanged, flowd.ApplicationRejected, flowd.ApplicationWithdrawn, flowd.ApplicationHired:
			d = always
		case flowd.StageEntered, stageLeft:
			d = perhaps
			if len(t.via) == 1 && t.via[0] == flowd.ViaMove {
				d = always
			}
		}
		least = min(least, d)
	}
	return least
}

// decided tells whether the event itself records a person's decision.
func decided(ev flowd.Event) bool {
	switch ev.Type {
	case flowd.InterviewStatusChanged, flowd.ApplicationRejected, flowd.ApplicationWithdrawn, flowd.ApplicationHired:
		return true
	case flowd.StageEntered:
		return ev.Via == flowd.ViaMove
	}
	return false
}

// adverse tells whether a step ends somebody's application, or may, though no
// person has decided that.
func (s *Set) adverse(st step, ev flowd.Event, facts flowd.Facts) bool {
	switch {
	case decided(ev):
		return false
	case st.Kind == flowd.ActionMove:
		return endingOf(s.kind(st.Target, ev, facts)) != goesOn
	}
	return st.Kind == flowd.ActionDiscard
}

// kind is the kind of a stage in the event's ATS, or "".
func (s *Set) kind(stage string, ev flowd.Event, facts flowd.Facts) string {
	name := FoldName(stage)
	if kind := s.kinds[ev.ATS][name]; kind != "" {
		return kind
	}
	if _, known := s.kinds[ev.ATS]; !known { // a test's
		for _, system := range s.kinds {
			if kind := system[name]; kind != "" {
				return kind
			}
		}
	}
	for _, seen := range []flowd.Stage{ev.Stage, ev.From, facts.Application.Stage} {
		if seen.Kind != "" && slices.Contains(folded(seen.ID, seen.Name), name) {
			return seen.Kind
		}
	}
	return ""
}

// ending is what a stage of a kind does to an application.
type ending int

const (
	unknownEnd ending = iota
	goesOn
	ends
)

// endingOf knows the kinds of stages that systems have. Of a word that it does
// not know nothing is assumed.
func endingOf(kind string) ending {
	switch strings.ReplaceAll(FoldName(kind), "_", " ") {
	case "rejected", "archived", "hired", "declined", "disqualified", "withdrawn", "closed":
		return ends
	case "active", "new", "lead", "sourced", "applied", "application", "inbox", "screen", "screening", "phone screen", "phone", "assessment", "test",
		"interview", "video interview", "review", "evaluation", "shortlist", "shortlisted", "reference", "reference check", "background check",
		"onsite", "final", "offer", "in progress", "other":
		return goesOn
	}
	return unknownEnd
}

// checkAdverse refuses what no person would have decided, and warns of what will
// be held for one.
func (c *compiler) checkAdverse(r *Rule, s step, a actionKeys) {
	least := r.trigger.deciding()
	if least == always || len(r.trigger.events) == 0 {
		return
	}
	if r.AsksEachTime() {
		return // a person's yes comes before all of it
	}
	const wanted = "add approve: {above: 0, within: 10m}, or let it follow interview.status_changed, application.rejected, application.withdrawn or application.hired, or a stage.entered via: move"
	if s.Kind == flowd.ActionDiscard {
		if least == never {
			c.report.error(s.place, "adverse", wanted, "hireflix.discard ends somebody's application, and what sets the rule off is no person's decision")
		} else {
			c.report.warn(s.place, "adverse", "add via: move to the trigger, or approve: {above: 0, within: 10m} to the rule", "hireflix.discard will be held for a person where a move is not known to be a person's")
		}
	}
	if s.Kind != flowd.ActionMove || s.Target == "" {
		return
	}
	var unknown []string
	for _, source := range c.sees(r) {
		switch kind := source.kindOf(s.Target); endingOf(kind) {
		case ends:
			if least == never {
				c.report.error(c.at(a.TargetNode), "adverse", wanted, "a move to %q ends somebody's application (%s), and what sets the rule off is no person's decision", s.Target, kind)
			} else {
				c.report.warn(c.at(a.TargetNode), "adverse", "add via: move to the trigger, or approve: {above: 0, within: 10m} to the rule", "the move to %q (%s) will be held for a person where a move is not known to be a person's", s.Target, kind)
			}
			return
		case unknownEnd:
			if kind != "" {
				c.report.warn(c.at(a.TargetNode), "stage-kind", "write interview, review, rejected or another that docs/rules.md lists, under stage_kinds: of the source "+source.Name,
					"the move to %q will be held for a person: %q is no kind of stage that flowd knows", s.Target, kind)
				return
			}
			unknown = append(unknown, source.Name)
		}
	}
	if len(unknown) > 0 {
		hint := "name it in flowd.yaml, under stage_kinds: of the source " + strings.Join(unknown, ", ") + ", such as: " + s.Target + ": interview"
		if strings.Contains(s.Target, "${") {
			hint = "write the stage's name"
		}
		c.report.warn(c.at(a.TargetNode), "stage-kind", hint, "the move to %q will be held for a person: it is not known what kind of stage that is", s.Target)
	}
}

// kindOf is the kind of a stage of the source, or "".
func (s Source) kindOf(stage string) string {
	for name, kind := range s.StageKinds {
		if FoldName(name) == FoldName(stage) {
			return kind
		}
	}
	return ""
}

package rules

import (
	"fmt"

	"flowd"
)

// standing is how far a group of rules has come with one event.
type standing struct {
	acted       *Rule // a live rule that acts
	shadowed    *Rule // a shadow rule that would: it stands in the way of shadow rules alone
	failed      *Rule
	leftOut     *Rule
	leftBecause string
}

// applyGroups lets at most one rule of a group act, the first in file order.
// Behind a rule that could not be answered none may act: it might have been the
// one.
func applyGroups(answers []Answer) {
	groups := map[string]*standing{}
	for i := range answers {
		a := &answers[i]
		if a.Rule.Group == "" {
			continue
		}
		key := a.Rule.File + "\x00" + a.Rule.Group
		if groups[key] == nil {
			groups[key] = &standing{}
		}
		g := groups[key]
		if a.Verdict == flowd.Matched {
			g.judge(a)
		}
		g.note(a)
	}
}

// judge takes a match back where another rule of the group stands in its way.
func (g *standing) judge(a *Answer) {
	in := fmt.Sprintf("of the group %s", a.Rule.Group)
	switch {
	case g.acted != nil:
		*a = Answer{Rule: a.Rule, Row: a.Row, Verdict: flowd.Unmatched, Reason: flowd.ReasonGroup, Because: fmt.Sprintf("the rule %s %s acts", g.acted.ID, in)}
	case g.shadowed != nil && a.Rule.Mode == flowd.Shadow:
		*a = Answer{Rule: a.Rule, Row: a.Row, Verdict: flowd.Unmatched, Reason: flowd.ReasonGroup, Because: fmt.Sprintf("the rule %s %s would act", g.shadowed.ID, in)}
	case g.failed != nil:
		*a = Answer{Rule: a.Rule, Row: a.Row, Verdict: flowd.Failed, Reason: flowd.ReasonError, Because: fmt.Sprintf("the rule %s %s could not be answered", g.failed.ID, in)}
	case g.leftOut != nil && a.Rule.Otherwise:
		*a = Answer{Rule: a.Rule, Row: a.Row, Verdict: flowd.Skipped, Reason: flowd.ReasonUnless, Because: g.leftBecause}
	}
}

func (g *standing) note(a *Answer) {
	live := a.Rule.Mode == flowd.Live
	switch {
	case a.Verdict == flowd.Matched && live:
		g.acted = a.Rule
	case a.Verdict == flowd.Matched:
		g.shadowed = a.Rule
	case a.Verdict == flowd.Failed && live && g.failed == nil:
		g.failed = a.Rule
	case a.Verdict == flowd.Skipped && live && g.leftOut == nil:
		g.leftOut, g.leftBecause = a.Rule, a.Because
	}
}

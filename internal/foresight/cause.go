package foresight

import (
	"cmp"
	"slices"

	"flowd/internal/web"
)

// cause is what makes things otherwise for the people of the recorded events: a
// row, a condition or a wait of a rule.
type cause struct {
	change          web.Change
	rule, does, why string
	adverse         bool
}

// causes counts the people of each.
type causes map[cause]int

func causeOf(p web.Planned) cause { return cause{p.Change, p.Rule, p.Does, p.Why, p.Adverse} }

// sorted are the causes, those of most people first.
func (all causes) sorted(u *unkept) []web.Cause {
	out := make([]web.Cause, 0, len(all))
	for of, n := range all {
		why := of.why
		if of.change == web.CannotTell {
			why = u.words(why)
		}
		out = append(out, web.Cause{Change: of.change, Rule: of.rule, Does: of.does, Adverse: of.adverse, Why: why, People: n})
	}
	slices.SortFunc(out, func(a, b web.Cause) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Change, b.Change), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Does, b.Does), cmp.Compare(a.Why, b.Why), more(a.Adverse, b.Adverse))
	})
	return out[:min(len(out), web.MaxPlanned)]
}

// more puts what is so before what is not.
func more(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

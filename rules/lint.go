package rules

import (
	"slices"

	"flowd"
	"flowd/internal/expression"
)

// lint reports what can be read and is seldom meant.
func (c *compiler) lint(r *Rule, keys ruleKeys) {
	if r.Description == "" && keys.Node.Get("description") == nil {
		c.report.warn(r.place, "no-description", "add description: with one sentence for those who did not write it", "the rule has no description")
	}
	if len(keys.Tests) == 0 && keys.Node.Get("tests") == nil {
		hint := "add tests: with one who is invited and one who is not"
		if r.Reaction {
			hint = "add tests: with what it does, and when it does nothing"
		}
		c.report.warn(r.place, "no-test", hint, "the rule has no test")
	}
	c.lintReach(r)
	c.lintSensitive(r)
}

// lintReach refuses what never decides anything, and a rule that nobody can fit:
// its author means something else.
func (c *compiler) lintReach(r *Rule) {
	constant := false
	for _, cond := range r.everyCondition() {
		answer, sure := cond.Always()
		if !sure {
			continue
		}
		constant = true
		if answer {
			c.report.error(cond.place, "always-true", "delete it, or write what it should ask", "this condition is always true: it decides nothing")
		} else {
			c.report.error(cond.place, "always-false", "write what it should ask", "this condition is never true, whoever it is asked about")
		}
	}
	if constant || len(r.ifs)+len(r.unless) < 2 {
		return
	}
	if expression.NeverTogether(asked(r.ifs), asked(r.unless)) {
		c.report.error(r.place, "unreachable-rule", "the lines of if must all hold, and none of unless: join those that are alternatives with or, in one line",
			"nobody can fit this rule: its conditions exclude each other")
	}
}

// everyCondition are the rule's own conditions and those of its steps.
func (r *Rule) everyCondition() []condition {
	out := slices.Concat(r.ifs, r.unless)
	for _, st := range r.steps {
		out = append(out, st.ifs...)
	}
	return out
}

func asked(list []condition) []*expression.Condition {
	out := make([]*expression.Condition, len(list))
	for i, c := range list {
		out[i] = c.Condition
	}
	return out
}

// lintSensitive wants the reason in words where a condition asks for what the law
// protects, and a person's yes where it decides whom the rule invites: it may be
// right, and must never stand there unexplained or act unseen.
func (c *compiler) lintSensitive(r *Rule) {
	for _, cond := range r.everyCondition() {
		if name, about := cond.protected(); name != "" && cond.because == "" {
			c.report.error(cond.place, "sensitive-field", `write {when: …, because: "why this is asked"}, or leave it out`,
				"the condition asks for %s (%s), which the law protects", about, name)
		}
	}
	if r.AsksEachTime() || r.Reaction && !c.mayEnd(r) {
		return
	}
	conditions := slices.Concat(r.ifs, r.unless)
	if r.Reaction {
		conditions = r.everyCondition()
	}
	for _, cond := range conditions {
		if name, about := cond.protected(); name != "" && cond.because != "" {
			c.report.error(cond.place, "sensitive-field", "add approve: {above: 0, within: 10m} to the rule: a person sees whom it is about",
				"the condition asks for %s (%s), and nobody sees whom it decides about", about, name)
			return
		}
	}
}

// mayEnd tells whether a step of the rule ends somebody's application, or moves it
// to a stage of which that is not known.
func (c *compiler) mayEnd(r *Rule) bool {
	return slices.ContainsFunc(r.steps, func(s step) bool {
		if s.Kind == flowd.ActionMove {
			return slices.ContainsFunc(c.sees(r), func(source Source) bool { return endingOf(source.kindOf(s.Target)) != goesOn })
		}
		return s.Kind == flowd.ActionDiscard
	})
}

// protected is what the condition asks for that the law protects, and what that
// is about; empty where there is nothing.
func (c condition) protected() (name, about string) {
	reads := c.Reads()
	names := slices.Clone(reads.Members)
	for _, f := range reads.Fields {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if about := sensitive(name); about != "" {
			return name, about
		}
	}
	return "", ""
}

package rules

// reaction compiles what a rule with a trigger has.
func (c *compiler) reaction(r *Rule, keys ruleKeys) {
	r.OncePerInterview = keys.Once == "interview"
	if keys.Once == "application" || keys.Once == "candidate" {
		c.report.error(c.at(keys.Node.Get("once")), "value", "write once: interview, or once: event", "once: %s is for rules that invite", keys.Once)
	}
	for key, hint := range map[string]string{
		"pairs":    "a rule with a trigger invites nobody: write two rules",
		"stage":    "move it into the trigger",
		"unmapped": "delete it", "mail": "delete it",
	} {
		if n := keys.Node.Get(key); n != nil {
			c.report.error(c.at(n), "two-kinds", hint, "%s belongs to a rule that invites, and this one has a trigger", key)
		}
	}
	r.trigger = &trigger{place: r.place}
	if keys.Trigger != nil && keys.Trigger.Node != nil {
		r.trigger = c.trigger(r, keys.Trigger)
	} else if keys.Node.Get("trigger") == nil {
		c.report.error(r.place, "missing-key", "add trigger: {event: interview.finished, of: any}, or another", "trigger is missing: nothing sets the rule off")
	}
	if keys.Node.Get("actions") == nil {
		c.report.error(r.place, "missing-key", `add actions: with - ats.note: {text: "…"}, or another`, "actions is missing: the rule does nothing")
	}
	r.steps = c.steps(r, keys)
	for _, n := range r.trigger.positions {
		if p := &c.positions[n]; r.Mode != Disabled && !p.used {
			p.used, p.place = true, r.trigger.place
		}
	}
}

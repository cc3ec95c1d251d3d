package rules

import (
	"slices"

	"flowd"
)

// follow ties the reactions to the rules whose interviews they follow, once all
// files are read.
func (c *compiler) follow() {
	for _, r := range c.rules {
		if !r.Reaction {
			continue
		}
		for _, id := range r.trigger.of {
			switch followed := c.ids[id]; {
			case id == "":
			case followed == nil:
				c.report.error(r.trigger.ofPlace, "of", didYouMean(id, c.inviting(), "name rules with pairs, or write of: any"), "there is no rule %q to follow", id)
			case followed.Reaction:
				c.report.error(r.trigger.ofPlace, "of", "name the rule that invites", "the rule %s invites nobody: it is a reaction itself", id)
			default:
				r.followed = append(r.followed, followed)
			}
		}
	}
	for _, r := range c.rules {
		if r.silent && r.Mode != Disabled && !slices.ContainsFunc(c.rules, func(other *Rule) bool { return c.handsOver(other, r) }) {
			c.report.warn(r.place, "no-mail", `add a rule with trigger: {event: interview.invited, of: `+r.ID+`} and actions: [{ats.field: {name: "…", value: "${candidate_link}"}}]`,
				"Hireflix writes to nobody (mail: none), and no rule puts the candidate's link into the ATS")
		}
	}
}

// inviting are the ids of the rules that invite.
func (c *compiler) inviting() []string {
	var out []string
	for _, r := range c.rules {
		if !r.Reaction {
			out = append(out, r.ID)
		}
	}
	return out
}

// handsOver tells whether a reaction puts the candidate's link of whom a rule
// invites into the ATS.
func (c *compiler) handsOver(r, invites *Rule) bool {
	if !r.Reaction || r.Mode == Closing || r.Mode != flowd.Live && r.Mode != invites.Mode || !slices.Contains(r.trigger.events, flowd.InterviewInvited) || r.trigger.timer.waits() ||
		!r.trigger.anyOf && !slices.Contains(r.trigger.of, invites.ID) {
		return false
	}
	return slices.ContainsFunc(r.steps, func(s step) bool {
		t, ok := c.templates[s.Text]
		return ok && s.Kind == flowd.ActionField && slices.Contains(t.Reads().Members, "candidate_link")
	})
}

package daemon

import (
	"fmt"

	"flowd/internal/notify"
)

// approval asks those who may say yes to what a rule holds, or the rule's owner.
// None of them is named in it: who they are, the list shows to those who may see.
func (c *collection) approval(rule string, n int) {
	held := "--rule " + rule + " --reason approval"
	notice := notify.Notice{Count: n, Command: "flowd release " + held,
		Text: fmt.Sprintf("None of them has gone out, and none will until somebody says yes. flowd list --state held %s --show names them; flowd cancel %s invites none of them.", held, held)}
	r, ok := c.d.engine.Rules().Rule(rule)
	if !ok || len(r.Approvers) == 0 {
		c.of(rule, notify.KindApproval, notice)
		return
	}
	told := false
	for _, owner := range r.Approvers {
		told = told || c.d.router.Load().Has(owner)
		c.add(owner, notify.KindApproval, rule, notice)
	}
	if !told {
		c.of(rule, notify.KindApproval, notice)
	}
}

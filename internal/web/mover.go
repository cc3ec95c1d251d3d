package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/redact"
	"flowd/state"
)

// approver is somebody who says yes: a name, and the addresses that are known to
// be theirs.
type approver struct {
	name      string
	addresses []string
}

// moved tells whether the ATS says that it was they who moved somebody.
func (p approver) moved(by string) bool {
	return by != "" && slices.ContainsFunc(append(p.addresses, p.name), func(own string) bool { return state.Address(own) == state.Address(by) })
}

// ownMoves are the rows, of those held for a yes, to which somebody must not say
// it: they moved the people themselves, and the rule does not allow that. What a
// rule that is gone had allowed is not known any more.
func (a api) ownMoves(ctx context.Context, rows []state.Row, who approver) (map[flowd.IdempotencyKey]bool, error) {
	own := map[flowd.IdempotencyKey]bool{}
	for _, row := range rows {
		if row.State != flowd.Held || row.Reason != flowd.ReasonApproval || a.selfApproval(row.Action.Rule) {
			continue
		}
		stories, err := a.Store.Story(ctx, state.Ref{Action: row.Action.Key})
		if err != nil {
			return nil, err
		}
		for _, s := range stories {
			if who.moved(s.MovedBy(row.Action.Event)) {
				own[row.Action.Key] = true
			}
		}
	}
	return own, nil
}

// selfApproval tells whether a rule lets those say yes who moved the people.
func (a api) selfApproval(id string) bool {
	set := a.Rules()
	if set == nil {
		return false
	}
	rule, ok := set.Rule(id)
	return ok && rule.SelfApproval
}

// leaveOwn takes out the rows that whoever gives an order moved themselves, and
// says so.
func (a api) leaveOwn(ctx context.Context, o Order, rows []state.Row) (left []state.Row, note string, err error) {
	who := approver{name: o.By}
	if a.Addresses != nil {
		who.addresses = a.Addresses(o.By)
	}
	own, err := a.ownMoves(ctx, rows, who)
	if err != nil || len(own) == 0 {
		return rows, "", err
	}
	left = slices.DeleteFunc(rows, func(r state.Row) bool { return own[r.Action.Key] })
	if len(left) == 0 {
		return nil, "", &Problem{Status: http.StatusConflict, Text: o.By + " moved them: somebody else has to say yes, unless the rule has approve: {self: true}"}
	}
	return left, plural(len(own), "person stays held, whom ", "people stay held, whom ") + o.By + " moved: somebody else has to say yes to that", nil
}

// movedBy is who moved somebody, as this reader may see it.
func movedBy(by string, show bool) string {
	switch {
	case show:
		return by
	case strings.Contains(by, "@"):
		return redact.Email(by)
	}
	return redact.Name(by)
}

package odoo

import (
	"context"

	"flowd"
	"flowd/connectors"
)

// right is an operation on the records of a model, and what people call it.
type right struct{ model, operation, name string }

// Rights implements connectors.Rights. Everybody may ask Odoo what they may do.
// Whoever can change users can give themselves every other right.
func (o *odoo) Rights(ctx context.Context, writes []flowd.ActionKind) (lacks, vain []string, err error) {
	needs := []right{{"hr.applicant", "read", "read applicants"}, {"hr.job", "read", "read jobs"}, {"hr.recruitment.stage", "read", "read stages"}}
	if len(writes) > 0 {
		needs = append(needs, right{"hr.applicant", "write", "write to applicants"}, right{"mail.message", "create", "write notes"})
	}
	for _, r := range needs {
		if may, err := o.may(ctx, r); err != nil {
			return nil, nil, err
		} else if !may {
			lacks = append(lacks, r.name)
		}
	}
	administers := right{"res.users", "write", "administer users"}
	if may, err := o.may(ctx, administers); err != nil {
		return nil, nil, err
	} else if may {
		vain = append(vain, administers.name)
	}
	return lacks, vain, nil
}

// may asks Odoo, which called its method otherwise before version 19.
func (o *odoo) may(ctx context.Context, r right) (may bool, err error) {
	const op = "ask what the user may do"
	s, err := o.open(ctx)
	if err != nil {
		return false, err
	}
	ask := request{op: op, model: r.model, method: "check_access_rights", args: map[string]any{"operation": r.operation, "raise_exception": false}}
	if s.version >= bearer {
		ask.method, ask.ids, ask.args = "has_access", []int64{}, map[string]any{"operation": r.operation}
	}
	return may, o.call(ctx, ask, &may)
}

var _ connectors.Rights = (*odoo)(nil)

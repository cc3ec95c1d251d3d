package odoo

import (
	"context"

	"flowd"
	"flowd/connectors"
)

// Jobs implements connectors.Catalog.
func (o *odoo) Jobs(ctx context.Context) ([]flowd.Job, error) {
	const op = "list the jobs"
	var out []flowd.Job
	open := search(op, "hr.job", []any{}, []string{"name", "department_id"}, "name, id", maxListing)
	delete(open.args, "context") // jobs can be archived in some versions alone
	err := o.rows(ctx, open, maxListing, func(r row) error {
		in := reader{row: r}
		out = append(out, flowd.Job{ID: ref{id: in.id()}.key(), Name: in.text("name", maxText), Department: in.one("department_id").name})
		return in.err
	})
	return out, err
}

// Stages implements connectors.Catalog.
func (o *odoo) Stages(ctx context.Context, jobID string) ([]flowd.Stage, error) {
	all, err := o.allStages(ctx, "list the stages", func([]stage) bool { return true })
	var out []flowd.Stage
	for _, s := range all {
		if s.of(jobID) {
			out = append(out, s.Stage)
		}
	}
	return out, err
}

// Fields implements connectors.Catalog.
func (o *odoo) Fields(ctx context.Context) ([]connectors.CatalogField, error) {
	const op = "list the fields"
	all, err := o.definitions(ctx, op, "")
	if err != nil {
		return nil, err
	}
	var out []connectors.CatalogField
	for _, key := range all.custom() {
		f := connectors.CatalogField{Field: flowd.Field{Key: key, Name: all[key].Label, Type: all[key].Type}}
		for _, s := range all[key].choices() {
			f.Values = append(f.Values, s[1])
		}
		out = append(out, f)
	}
	for _, listed := range []struct{ member, model string }{{"candidate.source", "utm.source"}, {"candidate.tags", tagModel}} {
		values, err := o.list(ctx, op, listed.model)
		if err != nil {
			return nil, err
		}
		f := connectors.CatalogField{Member: listed.member}
		for _, v := range values {
			f.Values = append(f.Values, v.name)
		}
		out = append(out, f)
	}
	return out, nil
}

package ashby

import (
	"context"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// maxPlans bounds the calls for the stages of all jobs.
const maxPlans = 200

// jobs are those that people can stand in.
func (a *api) jobs(ctx context.Context, op string) ([]job, error) {
	return list[job](ctx, a, op, "job.list", map[string]any{"status": []string{"Open", "Closed"}})
}

// Jobs implements connectors.Catalog.
func (a *api) Jobs(ctx context.Context) ([]flowd.Job, error) {
	all, err := a.jobs(ctx, "list the jobs")
	var out []flowd.Job
	for _, j := range all {
		out = append(out, j.normal())
	}
	return out, err
}

// Stages implements connectors.Catalog. Several jobs may share an interview plan,
// and a job may have had several.
func (a *api) Stages(ctx context.Context, jobID string) ([]flowd.Stage, error) {
	const op = "list the stages"
	all, err := a.jobs(ctx, op)
	if err != nil {
		return nil, err
	}
	var out []flowd.Stage
	done, found := map[string]bool{"": true}, jobID == ""
	for _, j := range all {
		if jobID != "" && j.ID != jobID {
			continue
		}
		found = true
		for _, plan := range append([]string{j.DefaultPlanID}, j.PlanIDs...) {
			if done[plan] {
				continue
			}
			if done[plan] = true; len(done) > maxPlans {
				return out, fault.New(fault.Invalid, op, "there are more than %d interview plans", maxPlans)
			}
			stages, err := a.stagesOf(ctx, op, plan, func([]stage) bool { return true })
			if err != nil {
				return nil, err
			}
			for _, s := range stages {
				out = append(out, s.normal())
			}
		}
	}
	if !found {
		return nil, fault.New(fault.NotFound, op, "Ashby has no open or closed job of this id")
	}
	return out, nil
}

// Fields implements connectors.Catalog.
func (a *api) Fields(ctx context.Context) ([]connectors.CatalogField, error) {
	const op = "list the fields"
	all, err := a.allFields(ctx, op, func([]definition) bool { return true })
	if err != nil {
		return nil, err
	}
	var out []connectors.CatalogField
	for _, d := range all {
		f := connectors.CatalogField{Field: flowd.Field{Key: d.ID, Name: d.Title, Type: d.Type}}
		for _, c := range d.Choices {
			if !c.Archived {
				f.Values = append(f.Values, c.Label)
			}
		}
		out = append(out, f)
	}
	sources, err := ask[[]titled](ctx, a, op, "source.list", map[string]any{})
	if err != nil {
		return nil, err
	}
	tags, err := a.allTags(ctx, op, func([]titled) bool { return true })
	if err != nil {
		return nil, err
	}
	return append(out, offered("candidate.source", sources), offered("candidate.tags", tags)), nil
}

// offered is a member with the titles to choose from.
func offered(member string, all []titled) connectors.CatalogField {
	f := connectors.CatalogField{Member: member}
	for _, t := range all {
		if !t.Archived {
			f.Values = append(f.Values, t.Title)
		}
	}
	return f
}

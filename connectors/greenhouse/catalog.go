package greenhouse

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"flowd"
	"flowd/connectors"
)

// Jobs implements connectors.Catalog: those that are open.
func (h *harvest) Jobs(ctx context.Context) ([]flowd.Job, error) {
	all, err := h.openJobs(ctx, "list the jobs")
	if err != nil {
		return nil, err
	}
	out := make([]flowd.Job, 0, len(all))
	for _, j := range all {
		department, err := h.entry(ctx, "list departments", "departments", j.DepartmentID)
		if err != nil {
			return nil, err
		}
		out = append(out, flowd.Job{ID: j.ID.String(), Name: j.Name, Department: department.Name})
	}
	return out, nil
}

func (h *harvest) openJobs(ctx context.Context, op string) ([]harvestJob, error) {
	return list[harvestJob](ctx, h, op, "jobs", url.Values{"status": {"open"}})
}

// Stages implements connectors.Catalog.
func (h *harvest) Stages(ctx context.Context, jobID string) ([]flowd.Stage, error) {
	const op = "list the stages"
	jobs := []string{jobID}
	if jobID == "" {
		open, err := h.openJobs(ctx, op)
		if err != nil {
			return nil, err
		}
		jobs = nil
		for _, j := range open {
			jobs = append(jobs, j.ID.String())
		}
	} else if _, err := number(op, "job", jobID); err != nil {
		return nil, err
	}
	var out []flowd.Stage
	for some := range slices.Chunk(jobs, maxIDs) {
		all, err := list[jobStage](ctx, h, op, "job_interview_stages", url.Values{"job_ids": {ids(some)}, "active": {"true"}})
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(all, func(a, b jobStage) int { return a.Order - b.Order })
		for _, s := range all {
			if on(s.Active) {
				out = append(out, connectors.Stage(flowd.Stage{ID: s.ID.String(), Name: s.Name}))
			}
		}
	}
	return out, nil
}

// choice is what may stand in a custom field.
type choice struct {
	FieldID json.Number `json:"custom_field_id"`
	Name    string      `json:"name"`
	Active  *bool       `json:"active"`
}

// Fields implements connectors.Catalog.
func (h *harvest) Fields(ctx context.Context) ([]connectors.CatalogField, error) {
	const op = "list the fields"
	all, err := list[fieldDefinition](ctx, h, op, "custom_fields", url.Values{})
	if err != nil {
		return nil, err
	}
	var out []connectors.CatalogField
	var chosen []string // ids of fields with choices
	at := map[string]int{}
	for _, f := range all {
		if !on(f.Active) || f.Of != "application" && f.Of != "candidate" {
			continue
		}
		if f.Type == "single_select" || f.Type == "multi_select" {
			chosen, at[f.ID.String()] = append(chosen, f.ID.String()), len(out)
		}
		out = append(out, connectors.CatalogField{Field: flowd.Field{Key: f.Key, Name: f.Name, Type: f.Type}})
	}
	for some := range slices.Chunk(chosen, maxIDs) {
		choices, err := list[choice](ctx, h, op, "custom_field_options", url.Values{"custom_field_ids": {ids(some)}, "active": {"true"}})
		if err != nil {
			return nil, err
		}
		for _, c := range choices {
			if i, ok := at[c.FieldID.String()]; ok && on(c.Active) {
				out[i].Values = append(out[i].Values, c.Name)
			}
		}
	}
	for _, listed := range []struct{ member, path string }{{"candidate.source", "sources"}, {"candidate.tags", "candidate_tags"}} {
		names, err := h.entries(ctx, op, listed.path, func([]entry) bool { return true })
		if err != nil {
			return nil, err
		}
		f := connectors.CatalogField{Member: listed.member}
		for _, n := range names {
			if on(n.Active) {
				f.Values = append(f.Values, n.Name)
			}
		}
		out = append(out, f)
	}
	return out, nil
}

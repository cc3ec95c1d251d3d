package greenhouse

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// fieldDefinition is a custom field as Harvest v3 lists it. The key stays when
// the field is renamed.
type fieldDefinition struct {
	ID     json.Number `json:"id"`
	Of     string      `json:"field_type"` // application, candidate, and others
	Name   string      `json:"name"`
	Key    string      `json:"name_key"`
	Type   string      `json:"value_type"`
	Active *bool       `json:"active"`
}

// jobStage is a stage of a job's interview plan.
type jobStage struct {
	ID     json.Number `json:"id"`
	Name   string      `json:"name"`
	Order  int         `json:"sort_order"`
	Active *bool       `json:"active"`
}

const maxPages = 20

// list asks for all pages of what seldom changes.
func list[T any](ctx context.Context, h *harvest, op, path string, query url.Values) ([]T, error) {
	var all, page []T
	next, err := h.page(ctx, op, path, query, &page)
	for pages := 1; err == nil; pages++ {
		all = append(all, page...)
		if next == nil {
			return all, nil
		}
		if pages == maxPages {
			return nil, fault.New(fault.Invalid, op, "the listing is longer than %d entries", maxPages*perPage)
		}
		page = nil
		next, err = h.follow(ctx, op, next, &page)
	}
	return nil, err
}

// field finds a custom field by its key or its name: an application's before a
// candidate's.
func (h *harvest) field(ctx context.Context, op, name string) (fieldDefinition, error) {
	pick := func(all []fieldDefinition) *fieldDefinition {
		for _, of := range []string{"application", "candidate"} {
			for _, byName := range []bool{false, true} {
				for i, f := range all {
					if f.Of == of && on(f.Active) && (!byName && f.Key == name || byName && connectors.SameName(f.Name, name)) {
						return &all[i]
					}
				}
			}
		}
		return nil
	}
	all, err := h.fields.Find("", func(all []fieldDefinition) bool { return pick(all) != nil }, func() ([]fieldDefinition, error) {
		return list[fieldDefinition](ctx, h, op, "custom_fields", url.Values{})
	})
	if err != nil {
		return fieldDefinition{}, err
	}
	if f := pick(all); f != nil {
		return *f, nil
	}
	return fieldDefinition{}, fault.New(fault.NotFound, op, "Greenhouse has no custom field %q of applications or candidates", name)
}

// stage finds a stage of a job by its id or its name.
func (h *harvest) stage(ctx context.Context, op, job, name string) (jobStage, error) {
	return h.stageOf(ctx, op, job, flowd.Stage{ID: name, Name: name})
}

// stageOf finds a stage by its id, else by its name.
func (h *harvest) stageOf(ctx context.Context, op, job string, want flowd.Stage) (jobStage, error) {
	if _, err := number(op, "job", job); err != nil {
		return jobStage{}, err
	}
	pick := func(all []jobStage) (named []jobStage) {
		for _, s := range all {
			if want.ID != "" && s.ID.String() == want.ID {
				return []jobStage{s}
			}
			if strings.TrimSpace(want.Name) != "" && on(s.Active) && connectors.SameName(s.Name, want.Name) {
				named = append(named, s)
			}
		}
		return named
	}
	all, err := h.stages.Find(job, func(all []jobStage) bool { return len(pick(all)) > 0 }, func() ([]jobStage, error) {
		return list[jobStage](ctx, h, op, "job_interview_stages", url.Values{"job_ids": {job}})
	})
	if err != nil {
		return jobStage{}, err
	}
	switch found := pick(all); len(found) {
	case 0:
		shown := want.Name
		if shown == "" {
			shown = want.ID
		}
		return jobStage{}, fault.New(fault.NotFound, op, "the job has no stage %q", shown)
	case 1:
		return found[0], nil
	}
	return jobStage{}, fault.New(fault.Invalid, op, "the job has several stages %q: name the stage by its id", want.Name)
}

// on tells whether what is listed is in use; it is where that is not said.
func on(active *bool) bool { return active == nil || *active }

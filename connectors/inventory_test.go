package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// shelves is a catalogue of a test: each part as it is, or as it fails.
type shelves struct {
	jobs   []flowd.Job
	stages []flowd.Stage
	fields func() ([]connectors.CatalogField, error)
}

func (s shelves) Jobs(context.Context) ([]flowd.Job, error) { return s.jobs, nil }

func (s shelves) Stages(_ context.Context, job string) ([]flowd.Stage, error) {
	if job != "" {
		return nil, errors.New("all were to be asked for")
	}
	return s.stages, nil
}

func (s shelves) Fields(context.Context) ([]connectors.CatalogField, error) { return s.fields() }

func TestTakeInventory(t *testing.T) {
	t.Parallel()
	many := make([]string, 600)
	for i := range many {
		many[i] = fmt.Sprint("value ", i)
	}
	in, err := connectors.TakeInventory(t.Context(), shelves{
		jobs:   []flowd.Job{{ID: "1", Name: "Baker", Tags: []string{"night"}}, {}, {ID: "2", Name: strings.Repeat("x", 10_000)}},
		stages: nil,
		fields: func() ([]connectors.CatalogField, error) {
			return []connectors.CatalogField{
				{Member: "candidate.source", Values: []string{"Fair", "LinkedIn"}},
				{Field: flowd.Field{Name: "Shift", Value: "somebody's"}, Values: many},
			}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := connectors.Inventory{
		Jobs: []flowd.Job{{ID: "1", Name: "Baker"}}, Stages: []flowd.Stage{},
		Fields:  []connectors.CatalogField{{Member: "candidate.source", Values: []string{"Fair", "LinkedIn"}}, {Field: flowd.Field{Name: "Shift"}}},
		Partial: true,
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
}

func TestTakeInventory_IsBounded(t *testing.T) {
	t.Parallel()
	in, err := connectors.TakeInventory(t.Context(), shelves{
		stages: make([]flowd.Stage, 3), jobs: func() (jobs []flowd.Job) {
			for i := range 6000 {
				jobs = append(jobs, flowd.Job{ID: fmt.Sprint(i)})
			}
			return jobs
		}(), fields: func() ([]connectors.CatalogField, error) { return nil, nil },
	})
	if err != nil || len(in.Jobs) != 5000 || len(in.Stages) != 0 || !in.Partial {
		t.Errorf("%d jobs, %d stages, partial %t, %v", len(in.Jobs), len(in.Stages), in.Partial, err)
	}
}

func TestTakeInventory_OnePartFails(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Unauthorized, "list", "the key may not list fields")
	for name, fields := range map[string]func() ([]connectors.CatalogField, error){
		"an error": func() ([]connectors.CatalogField, error) { return nil, refused },
		"a panic":  func() ([]connectors.CatalogField, error) { panic("out of the blue") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := connectors.TakeInventory(t.Context(), shelves{jobs: []flowd.Job{{ID: "1"}}, fields: fields})
			if err == nil || !strings.Contains(err.Error(), "the fields cannot be listed") || strings.Contains(err.Error(), "the jobs") {
				t.Errorf("error %v", err)
			}
			if len(in.Jobs) != 1 || in.Stages == nil || in.Fields != nil || in.Partial {
				t.Errorf("taken %+v", in)
			}
		})
	}
}

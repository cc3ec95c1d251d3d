package connectortest

import (
	"slices"
	"testing"

	"flowd"
	"flowd/connectors"
)

// Catalog checks what a source lists: at least one job, one stage and one field,
// each with what names it, once; and that the stages of a job are among those of
// all.
func Catalog(t *testing.T, c connectors.Catalog) {
	t.Helper()
	jobs, err := c.Jobs(t.Context())
	if err != nil || len(jobs) == 0 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	all, err := c.Stages(t.Context(), "")
	if err != nil || len(all) == 0 {
		t.Fatalf("%d stages, %v", len(all), err)
	}
	fields, err := c.Fields(t.Context())
	if err != nil || len(fields) == 0 {
		t.Fatalf("%d fields, %v", len(fields), err)
	}
	var names []string
	for _, j := range jobs {
		names = append(names, "job "+j.ID)
		if j.ID == "" || j.Name == "" {
			t.Errorf("a job that cannot be named: %+v", j)
		}
		stages, err := c.Stages(t.Context(), j.ID)
		if err != nil {
			t.Errorf("stages of %s: %v", j.ID, err)
		}
		for _, s := range stages {
			if !slices.ContainsFunc(all, func(of flowd.Stage) bool { return of.Same(s) }) {
				t.Errorf("the stage %+v is of a job and not of all", s)
			}
		}
	}
	for _, s := range all {
		names = append(names, "stage "+s.Key())
		if s.Name == "" {
			t.Errorf("a stage without a name: %+v", s)
		}
	}
	for _, f := range fields {
		names = append(names, "field "+f.Member+f.Field.Key+f.Field.Name)
		if f.Member == "" && f.Field.Name == "" || f.Field.Value != nil {
			t.Errorf("a field that cannot be named, or with a value: %+v", f)
		}
	}
	slices.Sort(names)
	if once := slices.Compact(slices.Clone(names)); len(once) != len(names) {
		t.Errorf("listed twice: %q", names)
	}
}

package connectors

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"flowd"
)

// Inventory is what a Catalog listed at one time. A part that could not be read
// is nil.
type Inventory struct {
	Jobs   []flowd.Job
	Stages []flowd.Stage
	Fields []CatalogField
	// Partial tells that there was more than is taken: what is not in it may exist.
	Partial bool
}

// Bounds of an inventory, so that it can be kept as one document. Nobody chooses
// from longer lists, and nobody writes longer names into a rule.
const (
	maxInventory = 5000 // entries of each part
	maxOffered   = 500  // values of a field
	maxOffers    = 20_000
	longestName  = 255 // bytes
)

// TakeInventory reads a catalogue whole. Each part is read though another cannot
// be, such as where a right is missing: the error names those that are missing.
func TakeInventory(ctx context.Context, c Catalog) (Inventory, error) {
	var in Inventory
	jobs, err := listed(func() ([]flowd.Job, error) { return c.Jobs(ctx) })
	failed := missing("jobs", err)
	if err == nil {
		in.Jobs = taken(&in, jobs, func(j flowd.Job) bool { return short(j.ID, j.Name, j.Department, j.Location) && j.ID+j.Name != "" })
	}
	for i := range in.Jobs {
		in.Jobs[i].Tags = nil
	}
	stages, err := listed(func() ([]flowd.Stage, error) { return c.Stages(ctx, "") })
	failed = errors.Join(failed, missing("stages", err))
	if err == nil {
		in.Stages = taken(&in, stages, func(s flowd.Stage) bool { return short(s.ID, s.Name) && !s.IsZero() })
	}
	fields, err := listed(func() ([]CatalogField, error) { return c.Fields(ctx) })
	failed = errors.Join(failed, missing("fields", err))
	if err == nil {
		in.Fields = taken(&in, fields, func(f CatalogField) bool {
			return short(f.Member, f.Field.Key, f.Field.Name, f.Field.Type) && f.Member+f.Field.Key+f.Field.Name != ""
		})
	}
	room := maxOffers
	for i := range in.Fields {
		of := &in.Fields[i]
		of.Field.Value = nil
		if room -= len(of.Values); room < 0 || len(of.Values) > maxOffered || !short(of.Values...) {
			of.Values = nil // a part of a list is none to choose from
		}
	}
	return in, failed
}

// listed asks for one part; a connector that panics has failed.
func listed[T any](ask func() ([]T, error)) (list []T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = describe(v)
		}
	}()
	return ask()
}

// ErrNotListed says that a catalogue has no list of this kind. That is no failure:
// the part is not known.
var ErrNotListed = errors.New("this system has no such list")

func missing(what string, err error) error {
	if err == nil || errors.Is(err, ErrNotListed) {
		return nil
	}
	return fmt.Errorf("the %s cannot be listed: %w", what, err)
}

// taken are the entries that are fit to be kept, as far as there is room. It is
// not nil: the part was read.
func taken[T any](in *Inventory, all []T, fit func(T) bool) []T {
	out := make([]T, 0, min(len(all), maxInventory))
	for _, entry := range all {
		if !fit(entry) || len(out) == maxInventory {
			in.Partial = true
			continue
		}
		out = append(out, entry)
	}
	return out
}

func short(texts ...string) bool {
	for _, text := range texts {
		if len(text) > longestName || strings.ContainsRune(text, 0) {
			return false
		}
	}
	return true
}

package greenhouse

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"time"

	"flowd"
	"flowd/internal/fault"
)

// fieldDefinition is a custom field as Harvest v3 lists it. The key stays when
// the field is renamed.
type fieldDefinition struct {
	Of     string `json:"field_type"` // application, candidate, and others
	Name   string `json:"name"`
	Key    string `json:"name_key"`
	Type   string `json:"value_type"`
	Active *bool  `json:"active"`
}

// jobStage is a stage of a job's interview plan.
type jobStage struct {
	ID     json.Number `json:"id"`
	Name   string      `json:"name"`
	Active *bool       `json:"active"`
}

const (
	keepListing = 15 * time.Minute
	keepJobs    = 1000 // listings kept at once
	maxPages    = 20
)

// listing keeps what seldom changes. A name that is not in it is asked for again,
// at most once a minute. It is safe for concurrent use.
type listing[T any] struct {
	mu   sync.Mutex
	kept map[string]kept[T]
}

type kept[T any] struct {
	value T
	at    time.Time
}

// get returns the value if it is younger than the age.
func (l *listing[T]) get(key string, age time.Duration) (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.kept[key]
	return k.value, ok && time.Since(k.at) < age
}

func (l *listing[T]) put(key string, value T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || len(l.kept) >= keepJobs {
		l.kept = map[string]kept[T]{}
	}
	l.kept[key] = kept[T]{value, time.Now()}
}

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
	for _, age := range []time.Duration{keepListing, time.Minute} {
		all, fresh := h.fields.get("", age)
		if !fresh {
			var err error
			if all, err = list[fieldDefinition](ctx, h, op, "custom_fields", url.Values{}); err != nil {
				return fieldDefinition{}, err
			}
			h.fields.put("", all)
		}
		for _, of := range []string{"application", "candidate"} {
			for _, byName := range []bool{false, true} {
				for _, f := range all {
					if f.Of == of && on(f.Active) && (!byName && f.Key == name || byName && same(f.Name, name)) {
						return f, nil
					}
				}
			}
		}
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
	for _, age := range []time.Duration{keepListing, time.Minute} {
		all, fresh := h.stages.get(job, age)
		if !fresh {
			var err error
			if all, err = list[jobStage](ctx, h, op, "job_interview_stages", url.Values{"job_ids": {job}}); err != nil {
				return jobStage{}, err
			}
			h.stages.put(job, all)
		}
		for _, s := range all {
			if want.ID != "" && s.ID.String() == want.ID {
				return s, nil
			}
		}
		var named []jobStage
		for _, s := range all {
			if strings.TrimSpace(want.Name) != "" && on(s.Active) && same(s.Name, want.Name) {
				named = append(named, s)
			}
		}
		switch {
		case len(named) == 1:
			return named[0], nil
		case len(named) > 1:
			return jobStage{}, fault.New(fault.Invalid, op, "the job has several stages %q: name the stage by its id", want.Name)
		}
	}
	shown := want.Name
	if shown == "" {
		shown = want.ID
	}
	return jobStage{}, fault.New(fault.NotFound, op, "the job has no stage %q", shown)
}

// on tells whether what is listed is in use; it is where that is not said.
func on(active *bool) bool { return active == nil || *active }

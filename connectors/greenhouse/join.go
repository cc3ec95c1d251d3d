package greenhouse

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxIDs     = 50 // of one listing by ids
	keepJoined = 15 * time.Minute
	mostJoined = 5000 // records kept at once
)

// joined keeps records that applications point to, so that a page that is asked
// for again, since Greenhouse had enough, goes on where it was. It is safe for
// concurrent use.
type joined[T any] struct {
	mu   sync.Mutex
	kept map[want]joint[T]
}

// want is a record to join: its id, and what is another once the record may have
// changed.
type want struct{ id, version string }

type joint[T any] struct {
	value T
	there bool
	at    time.Time
}

// get returns the records by id. Those that are not there, or that flowd may not
// see, are left out.
func (j *joined[T]) get(wants []want, ask func(ids []string) (map[string]T, error)) (map[string]T, error) {
	out, missing := map[string]T{}, []want(nil)
	j.mu.Lock()
	for _, w := range wants {
		k, known := j.kept[w]
		switch {
		case w.id == "" || slices.Contains(missing, w):
		case !known || time.Since(k.at) > keepJoined:
			missing = append(missing, w)
		case k.there:
			out[w.id] = k.value
		}
	}
	j.mu.Unlock()
	for some := range slices.Chunk(missing, maxIDs) {
		ids := make([]string, len(some))
		for i, w := range some {
			ids[i] = w.id
		}
		found, err := ask(ids)
		if err != nil {
			return nil, err
		}
		j.mu.Lock()
		if j.kept == nil || len(j.kept) > mostJoined {
			j.kept = map[want]joint[T]{}
		}
		for _, w := range some {
			value, there := found[w.id]
			j.kept[w] = joint[T]{value, there, time.Now()}
			if there {
				out[w.id] = value
			}
		}
		j.mu.Unlock()
	}
	return out, nil
}

// byID asks for records by ids; of is what they are told apart by.
func byID[T any](ctx context.Context, h *harvest, op, path string, query url.Values, of func(T) json.Number) (map[string]T, error) {
	all, err := list[T](ctx, h, op, path, query)
	out := make(map[string]T, len(all))
	for _, one := range all {
		out[of(one).String()] = one
	}
	return out, err
}

func ids(list []string) string { return strings.Join(list, ",") }

// entry is a line of one of Greenhouse's lists of names.
type entry struct {
	ID   json.Number `json:"id"`
	Name string      `json:"name"`
	Type struct {
		Key string `json:"key"`
	} `json:"type"`
	Active *bool `json:"active"`
}

// entry finds a line of such a list. Of one that is not there no name is known.
func (h *harvest) entry(ctx context.Context, op, path string, id json.Number) (entry, error) {
	if id == "" {
		return entry{}, nil
	}
	pick := func(all []entry) int { return slices.IndexFunc(all, func(e entry) bool { return e.ID == id }) }
	all, err := h.entries(ctx, op, path, func(all []entry) bool { return pick(all) >= 0 })
	if i := pick(all); err == nil && i >= 0 {
		return all[i], nil
	}
	return entry{}, err
}

func (h *harvest) entries(ctx context.Context, op, path string, has func([]entry) bool) ([]entry, error) {
	query := url.Values{}
	if path == "rejection_reasons" {
		query.Set("include_defaults", "true")
	}
	return h.names.Find(path, has, func() ([]entry, error) { return list[entry](ctx, h, op, path, query) })
}

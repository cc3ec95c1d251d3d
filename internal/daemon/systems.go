package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// How often an ATS is asked what it has, and how long one answer may take. Names
// of jobs and stages change seldom, and a listing is many pages.
const (
	inventoryEvery = time.Hour
	inventoryRetry = time.Minute // after a failure, and twice as long after each further one
	inventoryWait  = 3 * time.Minute
	mostPipelines  = 100  // jobs whose stages are asked for in one reading
	mostFormer     = 1000 // jobs and stages of before
)

// systems are what each ATS has, as its source last listed it. They are kept in
// the state, so that a start without the ATS, or a command without flowd, knows
// what the last reading did.
type systems struct {
	store   state.Shelf
	sources func() []connectors.Source // as they are configured now
	rules   func() *rules.Set
	log     zerolog.Logger
	wake    chan struct{}

	mu   sync.Mutex
	kept map[string]web.System // by ATS
}

// shelfSystems is the kind of the documents, by ATS.
const shelfSystems = "systems"

func openSystems(ctx context.Context, store state.Shelf, sources func() []connectors.Source, set func() *rules.Set, log zerolog.Logger) (*systems, error) {
	kept, err := keptSystems(ctx, store)
	return &systems{store: store, sources: sources, rules: set, log: log, wake: make(chan struct{}, 1), kept: kept}, err
}

// keptSystems reads what a flowd that runs, or ran, has read.
func keptSystems(ctx context.Context, store state.Shelf) (map[string]web.System, error) {
	docs, err := store.Documents(ctx, shelfSystems)
	if err != nil {
		return nil, fmt.Errorf("read what each ATS has from the state: %w", err)
	}
	kept := map[string]web.System{}
	for _, doc := range docs {
		var s web.System
		if err := json.Unmarshal(doc.Body, &s); err != nil {
			return nil, fmt.Errorf("read what %s has from the state: %w", doc.ID, err)
		}
		kept[doc.ID] = s
	}
	return kept, nil
}

// catalogues are the sources that can list what their system has, one of each.
func catalogues(sources []connectors.Source) []connectors.Source {
	var out []connectors.Source
	for _, s := range sources {
		if s.Catalog != nil && !slices.ContainsFunc(out, func(o connectors.Source) bool { return o.ATS == s.ATS }) {
			out = append(out, s)
		}
	}
	return out
}

// follow reads each ATS at once and then every hour, until ctx ends. One that
// cannot be read is tried again sooner; what was known of it stays.
func (s *systems) follow(ctx context.Context) {
	due, failures := map[string]time.Time{}, map[string]int{}
	for ctx.Err() == nil {
		next := time.Now().Add(inventoryEvery)
		for _, src := range catalogues(s.sources()) {
			if now := time.Now(); !due[src.ATS].After(now) {
				wait := inventoryEvery
				if err := s.read(ctx, src); err != nil {
					wait = min(inventoryRetry<<min(failures[src.ATS], 10), inventoryEvery)
					failures[src.ATS]++
				} else {
					failures[src.ATS] = 0
				}
				due[src.ATS] = now.Add(wait)
			}
			if due[src.ATS].Before(next) {
				next = due[src.ATS]
			}
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.wake: // other keys
			clear(due)
		}
		timer.Stop()
	}
}

// again has every ATS read anew.
func (s *systems) again() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// read takes the inventory of one ATS. What could not be read stays as it was
// known, and the problem is told until a reading has none.
func (s *systems) read(ctx context.Context, src connectors.Source) error {
	ctx, cancel := context.WithTimeout(ctx, inventoryWait)
	defer cancel()
	s.mu.Lock()
	before := s.kept[src.ATS]
	s.mu.Unlock()
	in, err := connectors.TakeInventory(ctx, src.Catalog)
	now := renewed(before, in, time.Now())
	now.ATS, now.Problem = src.ATS, ""
	if err == nil {
		now.Pipelines, err = s.pipelines(ctx, src, before, in.Jobs)
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // flowd stops: that says nothing of the ATS
	}
	if err != nil {
		now.Problem = strings.ReplaceAll(firstLines(err), "\n", "; ")
		s.log.Warn().Str("source", src.Name).Str("fault", string(fault.KindOf(err))).Err(err).Msg("what the ATS has cannot be read, or not all of it; going on with what is known")
	}
	s.mu.Lock()
	s.kept[src.ATS] = now
	s.mu.Unlock()
	if kept := put(ctx, s.store, shelfSystems, src.ATS, now); kept != nil {
		s.log.Error().Err(kept).Str("source", src.Name).Msg("what the ATS has could not be stored")
	}
	return err
}

// firstLines leaves out where in the code a connector went wrong.
func firstLines(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\ngoroutine ")
	return text
}

// renewed is what is known of a system after an inventory of it.
func renewed(before web.System, in connectors.Inventory, now time.Time) web.System {
	out := before
	if in.Jobs != nil {
		out.FormerJobs = former(before.FormerJobs, before.Jobs, in.Jobs, in.Partial, func(j flowd.Job) string { return cmp.Or(j.ID, j.Name) }, func(a, b flowd.Job) bool { return a.Name == b.Name })
		out.Jobs, out.ReadAt = in.Jobs, now
	}
	if in.Stages != nil {
		out.FormerStages = former(before.FormerStages, before.Stages, in.Stages, in.Partial, flowd.Stage.Key, func(a, b flowd.Stage) bool { return a.Name == b.Name })
		out.Stages, out.ReadAt = in.Stages, now
	}
	if in.Fields != nil {
		out.Fields, out.ReadAt = in.Fields, now
	}
	out.Partial = in.Partial
	return out
}

// former are those that were listed and are not any more, or under another name,
// the newest first. Of a listing that ends early nobody can tell.
func former[T any](known, listed, now []T, partial bool, key func(T) string, same func(a, b T) bool) []T {
	if partial {
		return known
	}
	there := map[string]T{}
	for _, x := range now {
		there[key(x)] = x
	}
	gone := func(x T) bool { is, listed := there[key(x)]; return !listed || !same(is, x) }
	var out []T
	for _, x := range append(slices.Clone(listed), known...) {
		twice := func(o T) bool { return key(o) == key(x) && same(o, x) }
		if gone(x) && !slices.ContainsFunc(out, twice) {
			out = append(out, x)
		}
	}
	return out[:min(len(out), mostFormer)]
}

// pipelines are the stages of the jobs that no row covers: whether somebody can
// come to a mapped stage there is what `names --unmapped` asks. What was asked
// before is not asked again while the job is listed.
func (s *systems) pipelines(ctx context.Context, src connectors.Source, before web.System, jobs []flowd.Job) (map[string][]string, error) {
	out, set, asked := map[string][]string{}, s.rules(), 0
	for _, job := range jobs {
		if job.ID == "" || set == nil || set.Covers(src.ATS, job) {
			continue
		}
		if known, ok := before.Pipelines[job.ID]; ok {
			out[job.ID] = known
			continue
		}
		if asked++; asked > mostPipelines {
			continue // at the next reading
		}
		stages, err := src.Catalog.Stages(ctx, job.ID)
		switch {
		case fault.Is(err, fault.NotFound): // closed a moment ago
			continue
		case err != nil:
			return before.Pipelines, fmt.Errorf("the stages of the job %s cannot be listed: %w", job.ID, err)
		}
		keys := make([]string, 0, len(stages))
		for _, stage := range stages[:min(len(stages), mostFormer)] {
			keys = append(keys, stage.Key())
		}
		out[job.ID] = keys
	}
	return out, nil
}

// known are all systems, by name.
func (s *systems) known() []web.System {
	s.mu.Lock()
	defer s.mu.Unlock()
	return inOrder(s.kept, s.sources())
}

// inOrder lists what is kept of the systems that are configured and can be asked,
// by name; one that was not read yet has no more than its name.
func inOrder(kept map[string]web.System, sources []connectors.Source) []web.System {
	out := []web.System{}
	for _, src := range catalogues(sources) {
		s := kept[src.ATS]
		s.ATS = src.ATS
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b web.System) int { return strings.Compare(a.ATS, b.ATS) })
	return out
}

// unreadSystems says which systems cannot be listed, and that nothing stops for
// it.
func unreadSystems(all []web.System) (problems []string) {
	for _, s := range all {
		if s.Problem == "" {
			continue
		}
		known := "nothing is known of what it has"
		if !s.ReadAt.IsZero() {
			known = "going on with what it had on " + s.ReadAt.UTC().Format(time.RFC3339)
		}
		problems = append(problems, fmt.Sprintf("%s cannot be asked what it has (%s); %s", s.ATS, s.Problem, known))
	}
	return problems
}

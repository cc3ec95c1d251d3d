package daemon

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	ahead "flowd/internal/foresight"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// foresight makes plans, one at a time: each may keep every core busy for
// minutes, and whoever may read may ask for one.
type foresight struct {
	store   state.Store
	path    string // where the edited rules lie
	sources []connectors.Source
	served  func(ctx context.Context) (*rules.Set, error)
	quota   func() *web.Quota
	busy    sync.Mutex
}

func (f *foresight) plan(ctx context.Context, o web.PlanOrder, step func(done float64, events int)) (web.Plan, error) {
	if !f.busy.TryLock() {
		return web.Plan{}, errors.New("another plan is being made: try again when it is done")
	}
	defer f.busy.Unlock()
	served, err := f.served(ctx)
	if err != nil {
		return web.Plan{}, err
	}
	edited, err := f.edited(ctx, o.Files)
	if err != nil {
		return web.Plan{}, err
	}
	if served, _, err = f.bound(ctx, served); err != nil {
		return web.Plan{}, err
	}
	var kept []string
	for _, name := range keepFields(f.sources) {
		kept = append(kept, rules.FoldName(name))
	}
	made, err := ahead.Compare(ctx, ahead.Question{
		Store: f.store, Served: served, Edited: edited, Kept: kept, Decode: f.decode,
		RuleSet: func(digest string) *rules.Set { return rulesOf(f.store, digest, f.sources) },
		Since:   o.Since, Now: time.Now(), Show: o.Show, Step: step,
	})
	made.Quota = f.quota()
	return made, err
}

// edited are the rules to be compared, refused as a reload would refuse them.
func (f *foresight) edited(ctx context.Context, files []rules.File) (*rules.Set, error) {
	if len(files) == 0 {
		var err error
		if files, err = rules.ReadDir(f.path); err != nil {
			return nil, err
		}
	}
	set, err := f.compile(files)
	if err != nil {
		return nil, err
	}
	var failed []rules.TestResult
	for _, t := range testsUnder(f.path, rules.RunTests(set, engine.Decide, nil)) {
		if !t.OK {
			failed = append(failed, t)
		}
	}
	if len(failed) > 0 {
		return nil, &Problems{Tests: failed}
	}
	bound, refused, err := f.bound(ctx, set)
	if err == nil && refused != nil {
		return nil, refused
	}
	return bound, err
}

// compile compiles rule files by what the sources supply.
func (f *foresight) compile(files []rules.File) (*rules.Set, error) {
	set, problems := rules.Compile(files, rules.Options{Sources: suppliers(f.sources)})
	if hasErrors(problems) {
		return nil, &Problems{List: under(f.path, problems)}
	}
	return set, nil
}

// bound resolves the positions as a running flowd last knew them; refused says
// which there are not.
func (f *foresight) bound(ctx context.Context, set *rules.Set) (bound *rules.Set, refused, err error) {
	var kept keptPositions
	pins := map[string]string{}
	if err := errors.Join(take(ctx, f.store, shelfCatalogue, "positions", &kept), take(ctx, f.store, shelfCatalogue, "pins", &pins)); err != nil {
		return nil, nil, err
	}
	if kept.Positions == nil && !kept.ReadAt.IsZero() {
		kept.Positions = []flowd.Position{}
	}
	bound, _, problems := set.Bind(kept.Positions, pins)
	if hasErrors(problems) {
		refused = &Problems{List: under(f.path, problems)}
	}
	return bound, refused, nil
}

// last are the rules that served last, where flowd does not run: those that made
// the newest decision.
func (f *foresight) last(ctx context.Context) (*rules.Set, error) {
	for page := (state.Page{Limit: 100}); ; {
		found, err := f.store.Find(ctx, state.Filter{Subject: state.Events}, page)
		if err != nil {
			return nil, err
		}
		for _, t := range found.Told {
			for _, d := range t.Decisions {
				if set := rulesOf(f.store, d.RuleSet, f.sources); set != nil {
					return set, nil
				}
			}
		}
		if found.Next == "" {
			return nil, errors.New("nothing was decided yet that the rules could be compared on: start flowd with `flowd run`")
		}
		page.After = found.Next
	}
}

// decode decodes a recorded delivery again. What its headers said is not kept.
func (f *foresight) decode(source string, body []byte, received time.Time) ([]flowd.Event, error) {
	i := slices.IndexFunc(f.sources, func(s connectors.Source) bool { return s.Name == source && s.Receiver != nil })
	if i < 0 {
		return nil, nil
	}
	b, _, err := f.sources[i].Receiver.Decode(flowd.Delivery{Source: source, Body: body, Received: received})
	return b.Events, err
}

package daemon

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	ahead "flowd/internal/foresight"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// foresight makes plans, one at a time: each may keep every core busy for
// minutes, and whoever may read may ask for one.
type foresight struct {
	store   state.Store
	path    string // where the edited rules lie
	sources func() []connectors.Source
	served  func(ctx context.Context) (*rules.Set, error)
	marked  func(flowd.Facts) flowd.Facts
	bars    func(address string) flowd.Reason
	quota   func() *web.Quota
	busy    sync.Mutex
}

func (f *foresight) plan(ctx context.Context, o web.PlanOrder, step func(at string, done, of int)) (web.Plan, error) {
	if !f.busy.TryLock() {
		return web.Plan{}, errors.New("another plan is being made: try again when it is done")
	}
	defer f.busy.Unlock()
	served, err := f.served(ctx)
	if err != nil {
		return web.Plan{}, err
	}
	edited, err := f.edited(ctx, o)
	if err != nil {
		return web.Plan{}, err
	}
	q := ahead.Question{
		Store: f.store, Served: served, Edited: edited, Decode: f.decode, Marked: f.marked, Asks: f.asks, Bars: f.bars,
		RuleSet: func(digest string) *rules.Set { return rulesOf(f.store, digest, f.sources()) },
		Since:   o.Since, Now: time.Now(), Show: o.Show, Everybody: o.Everybody, Step: step,
	}
	q.Kept = f.always()
	made, err := ahead.Compare(ctx, q)
	if err != nil {
		return made, err
	}
	changed, err := difference(ctx, f.store, served, edited)
	made.Notes = append(made.Notes, ending(changed.Rules, edited)...)
	made.Quota = f.quota()
	return made, err
}

// edited are the rules to be compared, refused as a reload would refuse them.
func (f *foresight) edited(ctx context.Context, o web.PlanOrder) (*rules.Set, error) {
	files, pins, dir := o.Files, o.Pins, o.Dir
	if len(files) == 0 {
		var err error
		if files, err = rules.ReadDir(f.path); err != nil {
			return nil, err
		}
		if pins, err = readNames(lockFile(f.path)); err != nil {
			return nil, err
		}
		dir = rulesDir(f.path)
	}
	set, err := f.compileIn(dir, files)
	if err != nil {
		return nil, err
	}
	var failed []rules.TestResult
	for _, t := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
		if !t.OK {
			t.File = filepath.Join(dir, t.File)
			failed = append(failed, t)
		}
	}
	if len(failed) > 0 {
		return nil, &Problems{Tests: failed}
	}
	bound, problems, err := bound(ctx, f.store, set, pins)
	if err == nil && hasErrors(problems) {
		return nil, &Problems{List: within(dir, problems)}
	}
	return bound, err
}

// compile compiles rule files by what the sources supply.
func (f *foresight) compile(files []rules.File) (*rules.Set, error) {
	return f.compileIn(rulesDir(f.path), files)
}

func (f *foresight) compileIn(dir string, files []rules.File) (*rules.Set, error) {
	set, problems := rules.Compile(files, rules.Options{Sources: suppliers(f.sources())})
	if hasErrors(problems) {
		return nil, &Problems{List: within(dir, problems)}
	}
	return set, nil
}

// bound resolves the positions of a set as a running flowd last knew them. What a
// names.lock pins wins over what the state does.
func bound(ctx context.Context, store state.Shelf, set *rules.Set, lock map[string]string) (*rules.Set, []strictyaml.Problem, error) {
	var kept keptPositions
	pins := map[string]string{}
	if err := errors.Join(take(ctx, store, shelfCatalogue, "positions", &kept), take(ctx, store, shelfCatalogue, "pins", &pins)); err != nil {
		return nil, nil, err
	}
	if kept.Positions == nil && !kept.ReadAt.IsZero() {
		kept.Positions = []flowd.Position{}
	}
	maps.Copy(pins, lock)
	bound, _, problems := set.Bind(kept.Positions, pins)
	return bound, problems, nil
}

// last are the rules that served last, where flowd does not run: those that made
// the newest decision.
func (f *foresight) last(ctx context.Context) (*rules.Set, error) {
	set, err := f.lastServed(ctx)
	if err != nil {
		return nil, err
	}
	lock, err := readNames(lockFile(f.path))
	if err != nil {
		return nil, err
	}
	set, _, err = bound(ctx, f.store, set, lock)
	return set, err
}

var errNothingDecided = errors.New("nothing was decided yet that the rules could be compared on: start flowd with `flowd run`")

func (f *foresight) lastServed(ctx context.Context) (*rules.Set, error) {
	for page := (state.Page{Limit: 100}); ; {
		found, err := f.store.Find(ctx, state.Filter{Subject: state.Events}, page)
		if err != nil {
			return nil, err
		}
		for _, t := range found.Told {
			for _, d := range t.Decisions {
				if set := rulesOf(f.store, d.RuleSet, f.sources()); set != nil {
					return set, nil
				}
			}
		}
		if found.Next == "" {
			return nil, errNothingDecided
		}
		page.After = found.Next
	}
}

// always are the custom fields, folded, that are kept whatever the rules.
func (f *foresight) always() (kept []string) {
	for _, name := range keepFields(f.sources()) {
		kept = append(kept, rules.FoldName(name))
	}
	return kept
}

// kept are those, and what the rules that serve read.
func (f *foresight) kept(ctx context.Context) ([]string, error) {
	served, err := f.served(ctx)
	if errors.Is(err, errNothingDecided) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return append(append([]string{}, f.always()...), served.Fields()...), nil
}

// fields are the custom fields that the rules read and that nobody kept of an
// application, as its last delivery tells them.
func (f *foresight) fields(ctx context.Context, s state.Story) ([]flowd.Field, error) {
	last, ok := s.ToldLast()
	served, err := f.served(ctx)
	if !ok || err != nil {
		return nil, err
	}
	told, err := ahead.Decoded(ctx, f.store, f.decode, last)
	return slices.DeleteFunc(told, func(t flowd.Field) bool {
		kept := slices.ContainsFunc(s.Application.Fields, func(is flowd.Field) bool { return is.Key == t.Key && is.Name == t.Name })
		return kept || !served.NamesField(t.Name) && !served.NamesField(t.Key)
	}), err
}

// asks tells whether a source can be asked how an application stands.
func (f *foresight) asks(source string) bool {
	return slices.ContainsFunc(f.sources(), func(s connectors.Source) bool { return s.Name == source && s.Fetcher != nil })
}

// decode decodes a recorded delivery again. What its headers said is not kept, and
// neither is what the system answered where a delivery does not tell all: of such a
// source nobody can tell any more.
func (f *foresight) decode(source string, body []byte, received time.Time) ([]flowd.Event, error) {
	sources := f.sources()
	i := slices.IndexFunc(sources, func(s connectors.Source) bool { return s.Name == source && s.Receiver != nil })
	if i < 0 {
		return nil, nil
	}
	if _, asks := sources[i].Receiver.(connectors.Completer); asks {
		return nil, nil
	}
	b, _, err := sources[i].Receiver.Decode(flowd.Delivery{Source: source, Body: body, Received: received})
	return b.Events, err
}

// Package engine puts rules and state together: it admits events, decides them
// (a pure function), commits what they ask for, dispatches what is due and
// settles how it ended. Whatever fails, an action is promised once, counted
// before it is attempted, and looked up before it is attempted again.
//
// The engine knows no connector, no back end and not Hireflix: those come in as
// the interfaces of package state and as drivers.
package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Driver performs one kind of action. Both methods are called concurrently, and
// must return by the context's deadline.
type Driver interface {
	// Perform attempts the action for this person, once: it never repeats a call
	// that may have taken effect. A fault is classified by package fault;
	// fault.Uncertain says that it may have taken effect.
	Perform(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error)
	// Find looks for the effect of an earlier attempt, or whatever else stands
	// in its place, and changes nothing.
	Find(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Interview, bool, error)
}

// Fetcher tells how an application stands now; see connectors.Fetcher.
type Fetcher interface {
	Fetch(ctx context.Context, applicationID string) (flowd.Application, error)
}

// Store is what the engine needs of the state.
type Store interface {
	state.Inbox
	state.Ledger
	state.Outbox
	state.Interviews
}

// Options configure an engine.
type Options struct {
	Store  Store
	Driver Driver // of what is done at Hireflix
	// Writer writes to the ATS and Notifier sends messages; nil where there is
	// neither: such actions wait for a person.
	Writer, Notifier Driver
	// Links gives the values of a text that have to be made or fetched. Their
	// faults are classified by package fault. Nil has none.
	Links func(ctx context.Context, l state.Lease) rules.Links
	Log   zerolog.Logger
	// Metrics gets the engine's collectors; nil registers none.
	Metrics prometheus.Registerer

	Tuning
	Timeout    time.Duration // of one call to the far side
	Settle     time.Duration // quiet time before an uncertain call is looked up
	QuotaProbe time.Duration // between two tries while the quota is used up
	// Long returns how long the answers of an interview are; it is asked where a
	// text names that and nobody knows it yet. Nil never knows.
	Long func(ctx context.Context, interview string) (time.Duration, error)
	// Paused is asked before each lease, such as for a file that stops
	// everything with the API wedged. Nil never pauses.
	Paused func() bool
	// Fetchers answer the re-check, by source; a source without one cannot be
	// asked.
	Fetchers map[string]Fetcher
}

// Validate reports the first setting that cannot work.
func (o Options) Validate() error {
	switch {
	case o.Store == nil || o.Driver == nil:
		return fmt.Errorf("engine: a store and a driver are needed")
	case o.Concurrency < 1:
		return fmt.Errorf("engine: concurrency is %d; it must be at least 1", o.Concurrency)
	case o.Rate < 0:
		return fmt.Errorf("engine: rate is negative")
	case o.Timeout <= 0:
		return fmt.Errorf("engine: timeout must be above zero")
	case o.Settle <= 0:
		return fmt.Errorf("engine: settle must be above zero: an uncertain call is looked up only after a quiet time")
	case o.QuotaProbe <= 0:
		return fmt.Errorf("engine: quota_probe must be above zero")
	}
	return nil
}

// clockSlack is what two readings of the clock may differ by.
const clockSlack = 5 * time.Second

// leaseFor is long enough for a look-up, the call and a second look-up, so that
// a lease never runs out under a call that is still on its way.
func (o Options) leaseFor() time.Duration { return 3*o.Timeout + clockSlack }

// Engine is one running engine. Its methods are safe for concurrent use.
type Engine struct {
	opts    Options
	tuning  atomic.Pointer[tuning]
	set     atomic.Pointer[rules.Set]
	metrics *metrics
	log     zerolog.Logger

	decide   chan struct{} // woken by new events and new rules
	dispatch chan struct{} // woken by new promises, freed slots and lifted pauses
	inflight sync.WaitGroup
	alive    atomic.Int64 // unix seconds of the dispatcher's last round
}

// tuning is what a reload may change while the engine runs.
type tuning struct {
	concurrency int
	limiter     *rate.Limiter
	safety      Safety
	endings     Endings
	alternative Alternative
	keep        map[string]bool
}

// New returns an engine that serves a rule set. It starts nothing.
func New(opts Options, set *rules.Set) (*Engine, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{
		opts:     opts,
		log:      opts.Log,
		decide:   make(chan struct{}, 1),
		dispatch: make(chan struct{}, 1),
	}
	m, err := newMetrics(opts.Metrics)
	if err != nil {
		return nil, err
	}
	e.metrics = m
	e.Tune(opts.Tuning)
	e.set.Store(set)
	return e, nil
}

// Tuning is what a reload may change of a running engine.
type Tuning struct {
	Concurrency int        // actions under way at once; at least 1
	Rate        rate.Limit // actions started a second; 0 is unlimited
	Safety      Safety
	Endings     Endings
	Alternative Alternative
	// KeepFields are custom fields kept although no rule names them.
	KeepFields []string
}

// Tune changes the pace, the safety net and what else Tuning holds.
func (e *Engine) Tune(n Tuning) {
	t := &tuning{concurrency: max(n.Concurrency, 1), safety: n.Safety, endings: n.Endings, alternative: n.Alternative, keep: map[string]bool{}}
	r, keep := n.Rate, n.KeepFields
	if r == 0 {
		r = rate.Inf
	}
	if n.Alternative.Field != "" {
		t.keep[rules.FoldName(n.Alternative.Field)] = true
	}
	// A burst of one second's worth, so that a pause of the daemon is not
	// followed by a flood.
	t.limiter = rate.NewLimiter(r, max(1, int(min(float64(r), 1000))))
	for _, name := range keep {
		t.keep[rules.FoldName(name)] = true
	}
	e.tuning.Store(t)
	wake(e.dispatch)
}

// Rules returns the serving set.
func (e *Engine) Rules() *rules.Set { return e.set.Load() }

// Serve swaps the serving set. Events decided from now on are decided by it.
// Where the set says something else than the one before, what could not be
// evaluated, and what is held for its position, is decided again; so is what waits
// for a rule that changed, and what waits for one that is gone is cancelled.
func (e *Engine) Serve(ctx context.Context, set *rules.Set, now time.Time) error {
	old := e.set.Swap(set)
	wake(e.decide) // for what waits for a bound set
	if old.Digest() == set.Digest() && old.Bound() == set.Bound() {
		return nil
	}
	return errors.Join(e.replan(ctx, old, set, state.Selection{}, now), e.again(ctx, state.Selection{}, now))
}

// Run decides and dispatches until ctx ends; then it lets what is under way
// settle and returns. It begins with what was held under the rules of an earlier
// process: they may have been mended meanwhile.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.again(ctx, state.Selection{}, time.Now()); err != nil {
		e.log.Error().Err(err).Msg("what is held is not decided again until the rules change")
	}
	var loops sync.WaitGroup
	loops.Go(func() { e.decideLoop(ctx) })
	loops.Go(func() { e.dispatchLoop(ctx) })
	loops.Wait()
	e.inflight.Wait()
	return nil
}

// Wake makes both loops look for work at once, such as after a person's order.
func (e *Engine) Wake() {
	wake(e.decide)
	wake(e.dispatch)
}

// Beat returns when the dispatcher last looked for work; zero before the first.
func (e *Engine) Beat() time.Time {
	if s := e.alive.Load(); s != 0 {
		return time.Unix(s, 0)
	}
	return time.Time{}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Package daemon wires flowd together: the configuration, the rules, the state,
// the sources, Hireflix, the engine and the two listeners. It is the only place
// that sees implementations side by side, and holds no logic of its own beyond
// the order in which things begin and end.
package daemon

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/hireflix"
	"flowd/internal/config"
	"flowd/internal/links"
	"flowd/internal/notify"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// Options configure a daemon.
type Options struct {
	Config  string // path of flowd.yaml
	Remote  Remote // for commands: a flowd elsewhere, in place of Config
	DryRun  bool
	Version string
	Log     zerolog.Logger
	Kinds   connectors.Kinds
	// Level, when set, is told the configured level of logging.
	Level func(zerolog.Level)
	// LockWait is how long to wait for another process to let go of the state.
	LockWait time.Duration
	// Progress, when set, is told how far a check is.
	Progress rules.Progress
}

// Daemon is one running flowd. Two of them fit in one process.
type Daemon struct {
	opts     Options
	log      zerolog.Logger
	config   *config.Config
	since    time.Time
	sources  []connectors.Source
	store    state.Store
	engine   *engine.Engine
	client   *hireflix.Client
	handler  *connectors.Handler
	polls    *connectors.Polls
	registry *prometheus.Registry
	places   *catalogue
	systems  *systems
	sweep    *sweeper
	links    *links.Handler // nil without a key
	pages    *web.Approvals // on which people say yes or no; nil without a key
	signer   atomic.Pointer[links.Signer]
	asks     atomic.Pointer[links.Approvals]
	lengths  lengths
	bodies   bodies
	quota    atomic.Pointer[web.Quota]
	mailbox  *mailbox
	quiet    quiet
	router   atomic.Pointer[notify.Router]
	notices  *notify.Notices
	tried    map[string]time.Time                // when a digest was last sent to an owner; of tell alone
	writers  atomic.Pointer[[]connectors.Source] // the sources as they are configured now
	reloads  reloads
	swapping sync.Mutex // one change of the serving set at a time

	hooks, admin net.Listener
	token        string
	grants       atomic.Pointer[[]web.Grant] // of the personal tokens, as last reloaded

	teardown teardown
	stopOnce sync.Once
	failed   chan error
	repoll   chan struct{} // the sources were configured anew
	backup   atomic.Int64  // unix seconds of the last one
	served   atomic.Int64  // unix seconds since when the set serves
	read     prints        // of the files as they were last read; under swapping
}

// New builds a daemon without starting anything; on a problem it leaves nothing
// behind. It is one straight line on purpose: helpers would only thread these
// locals around, and the order is the point.
func New(ctx context.Context, opts Options) (_ *Daemon, err error) {
	d := &Daemon{opts: opts, log: opts.Log, since: time.Now(), failed: make(chan error, 1), repoll: make(chan struct{}, 1), tried: map[string]time.Time{}}
	defer func() {
		if err != nil {
			err = joined(err, d.teardown.drain(context.WithoutCancel(ctx)))
		}
	}()

	// Everything that can be wrong with the files, before anything is opened.
	plan, err := read(opts)
	if err != nil {
		return nil, err
	}
	if err := neverServed(plan); err != nil {
		return nil, err
	}
	d.config, d.sources = plan.config, plan.sources
	d.exchangeTokens(plan.config)
	d.read = d.prints() // now: a start can take long, and files change meanwhile
	if opts.DryRun {
		d.leaveFiles(d.sources)
	}
	if opts.Level != nil {
		opts.Level(plan.level)
	}

	d.store, err = openState(ctx, d.config, opts)
	if err != nil {
		return nil, err
	}
	d.teardown.push("state", func(context.Context) error { return d.store.Close() })
	if err := knownSystems(ctx, d.store, d.sources); err != nil {
		return nil, err
	}

	client, err := clientOptions(d.config)
	if err != nil {
		return nil, err
	}
	client.Notice = func(text string) { d.log.Warn().Msg(text) }
	d.client, err = hireflix.New(client)
	if err != nil {
		return nil, err
	}
	d.teardown.push("hireflix", func(context.Context) error { d.client.Close(); return nil })

	d.places, err = openCatalogue(ctx, d.store, d.client, d.config.Rules.Path, d.log)
	if err != nil {
		return nil, err
	}
	if err := d.places.readLock(); err != nil {
		d.log.Error().Err(err).Msg("going on with the names as the state has them")
	}
	chosen, held, err := d.chooseFirst(ctx, plan)
	if err != nil {
		return nil, err
	}
	if err := d.keep(ctx, chosen.trial); err != nil {
		return nil, err
	}

	d.mailbox, err = openMailbox(ctx, d.store, d.log)
	if err != nil {
		return nil, err
	}
	d.connect(plan)
	d.systems, err = openSystems(ctx, d.store, func() []connectors.Source { return *d.writers.Load() }, func() *rules.Set { return d.engine.Rules() }, d.log)
	if err != nil {
		return nil, err
	}
	d.notices, err = notify.NewNotices(ctx, d.inform, memory{d.store})
	if err != nil {
		return nil, err
	}

	d.registry = prometheus.NewRegistry()
	d.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := d.openLinks(plan); err != nil {
		return nil, err
	}
	d.engine, err = engine.New(d.engineOptions(plan), cmp.Or(chosen.was, chosen.set))
	if err != nil {
		return nil, err
	}
	if err := d.activate(ctx, chosen.set); err != nil { // after what served before: what waits is planned anew
		return nil, err
	}
	if err := d.openApprovals(plan); err != nil {
		return nil, err
	}
	d.tryKey(ctx) // it may have been changed meanwhile
	if err := take(ctx, d.store, shelfProcess, docStale, &d.reloads.since); err != nil {
		return nil, err
	}
	d.notice(ctx, plan.files, chosen.kept, heldBack(held))
	d.served.Store(time.Now().Unix())
	d.registry.MustRegister(&collector{d})

	d.sweep = d.newSweeper()
	d.handler, err = connectors.NewHandler(connectors.HandlerOptions{
		Sources: d.called(plan), Admit: d.admit, Quarantine: d.quarantine,
		MaxBody: int64(d.config.Server.MaxBody), Log: d.log, Metrics: d.registry,
	})
	if err != nil {
		return nil, err
	}
	d.polls, err = connectors.NewPolls(connectors.PollOptions{
		Cursor: d.store.Cursor, Admit: d.admit, Log: d.log, Metrics: d.registry,
	})
	if err != nil {
		return nil, err
	}
	if err := d.listen(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// engineOptions are what the engine stands on. A dry run differs by its driver
// alone.
func (d *Daemon) engineOptions(p *plan) engine.Options {
	h := d.config.Hireflix
	o := engine.Options{
		Store: d.store, Driver: watched{hireflix.NewDriver(d.client), d.mailbox}, Log: d.log, Metrics: d.registry,
		Writer: writer{func() []connectors.Source { return *d.writers.Load() }}, Notifier: messenger{d.router.Load}, Links: d.values, Long: d.client.Duration,
		Timeout: h.Timeout, Settle: h.Settle, QuotaProbe: h.QuotaProbe,
		Tuning: p.tuning(), Paused: d.pausedByFile, Fetchers: map[string]engine.Fetcher{},
	}
	if d.opts.DryRun {
		dry := engine.Recorder{Reason: flowd.ReasonDryRun}
		o.Driver, o.Writer, o.Notifier = dry, dry, dry
	}
	for _, s := range d.sources {
		if s.Fetcher != nil {
			o.Fetchers[s.Name] = fetcher{func() []connectors.Source { return *d.writers.Load() }, s}
		}
	}
	return o
}

// admit takes a batch in for the hook handler and the poll loops.
func (d *Daemon) admit(ctx context.Context, b flowd.Batch) error {
	called := b.Source == flowd.Untied && len(b.Raw) > 0
	if called && d.bodies.has(b.Raw) {
		return nil // it is durable
	}
	_, err := d.engine.Admit(ctx, b, time.Now())
	if err != nil {
		return err
	}
	d.lengths.note(b.Sightings)
	if called {
		d.bodies.add(b.Raw)
	}
	return nil
}

func (d *Daemon) quarantine(ctx context.Context, source string, body []byte, problem string) error {
	return d.store.Quarantine(ctx, state.Quarantined{Source: source, At: time.Now(), Error: problem, Body: body})
}

// adminHandler is the API with health and metrics.
func (d *Daemon) adminHandler() http.Handler {
	o := d.webOptions()
	o.Token = d.token
	o.Tokens = func() []web.Grant { return *d.grants.Load() }
	o.Metrics = promhttp.HandlerFor(d.registry, promhttp.HandlerOpts{})
	return web.Admin(o)
}

func (d *Daemon) webOptions() web.Options {
	return web.Options{
		Store: d.store, Rules: d.engine.Rules, RulesOf: func(digest string) *rules.Set { return rulesOf(d.store, digest, d.sources) },
		Info: d.info, Wake: d.engine.Wake, BackedUp: d.backedUp, Decide: engine.Decide, Log: d.log, Now: time.Now, Apply: d.apply,
		ByHand: d.byHand(), Addresses: func(name string) []string { return d.router.Load().Addresses(name) },
	}
}

func short(digest string) string {
	if len(digest) > 12 {
		return digest[:12]
	}
	return digest
}

func joined(err, second error) error {
	if second == nil {
		return err
	}
	return fmt.Errorf("%w (and while cleaning up: %w)", err, second)
}

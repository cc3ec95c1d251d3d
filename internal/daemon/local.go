package daemon

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/config"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/bolt"
)

// Access says what a command needs of the state.
type Access int

// A reading command shares the file with others; a writing one has it alone.
const (
	Reading Access = iota
	Writing
)

// Reach returns a client for a command: of a daemon elsewhere where one is named,
// of the one that runs here, or of the same handler in this process on the state
// itself. In the last case nothing is dispatched: orders take effect when flowd
// runs. The third result ends it.
func Reach(ctx context.Context, opts Options, a Access) (client *web.Client, running bool, closing func() error, err error) {
	if opts.Remote.Server != "" {
		client, err = opts.Remote.Client()
		return client, true, func() error { return nil }, err
	}
	c := config.Load(opts.Config)
	if hasErrors(c.Problems()) {
		return nil, false, nil, &Problems{List: c.Problems()}
	}
	client, err = Dial(c)
	if errors.Is(err, ErrNotRunning) {
		client, err = DialDryRun(c)
	}
	if err == nil {
		return client, true, func() error { return nil }, nil
	}
	if !errors.Is(err, ErrNotRunning) {
		return nil, false, nil, err
	}
	store, err := openFor(c, a, opts)
	if err != nil {
		return nil, false, nil, err
	}
	p := survey(opts, true)
	set := p.rules
	client = web.NewLocal(web.Admin(web.Options{
		Store: store, Rules: func() *rules.Set { return set }, Decide: engine.Decide,
		RulesOf: func(digest string) *rules.Set { return rulesOf(store, digest, p.sources) },
		Info:    func() web.Info { return offline(ctx, opts, p, store) },
		BackedUp: func(at time.Time) {
			if a == Writing {
				_ = put(ctx, store, shelfProcess, "backup", at) // the backup itself is what counts
			}
		},
		Log: opts.Log, Now: time.Now, ByHand: p.byHand(store), Addresses: router(p.config, nil, nil).Addresses,
	}))
	return client, false, store.Close, nil
}

func openFor(c *config.Config, a Access, opts Options) (state.Store, error) {
	if _, err := os.Stat(c.State.Path); errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("there is no state yet at " + c.State.Path + ": start flowd once with `flowd run`")
	}
	if a == Reading {
		return bolt.OpenReadOnly(c.State.Path, bolt.Options{Lock: opts.LockWait})
	}
	return bolt.Open(c.State.Path, bolt.Options{Settle: c.Hireflix.Settle, Lock: opts.LockWait}, time.Now())
}

// offline is what can be said of a flowd that does not run.
func offline(ctx context.Context, opts Options, p *plan, store state.Store) web.Info {
	info := web.Info{Version: opts.Version, Sources: sourceInfos(p.config, p.sources), PausedByFile: pausedByFile(p.config)}
	var kept keptPositions
	if err := take(ctx, store, shelfCatalogue, "positions", &kept); err == nil {
		info.Positions, info.PositionsAt = kept.Positions, kept.ReadAt
	}
	if of, err := keptSystems(ctx, store); err != nil {
		info.Problems = append(info.Problems, err.Error())
	} else {
		info.Systems = inOrder(of, p.sources)
		info.Problems = append(info.Problems, unreadSystems(info.Systems)...)
	}
	if err := take(ctx, store, shelfProcess, "backup", &info.Backup); err != nil {
		info.Problems = append(info.Problems, err.Error())
	}
	if p.rules != nil {
		info.Rules = rulesInfo(p.rules)
	}
	if refused := p.refused(); refused != nil {
		info.Problems = append(info.Problems, "the rules or the configuration have problems: run `flowd check`")
	}
	return info
}

// sourceInfos names the sources; a hook's address is the public one where it is
// configured.
func sourceInfos(c *config.Config, sources []connectors.Source) []web.SourceInfo {
	out := make([]web.SourceInfo, 0, len(sources)+1)
	for _, s := range sources {
		info := web.SourceInfo{Name: s.Name, ATS: s.ATS, Kind: s.Kind, Every: web.Duration(s.Every)}
		if s.Receiver != nil {
			info.Hook = strings.TrimSuffix(c.Server.PublicURL, "/") + connectors.HookPath + s.Name
		}
		out = append(out, info)
	}
	if len(c.Hireflix.WebhookSecret) > 0 {
		out = append(out, web.SourceInfo{Name: flowd.Untied, Kind: flowd.Untied, Every: web.Duration(c.Hireflix.Sweep),
			Hook: strings.TrimSuffix(c.Server.PublicURL, "/") + connectors.HookPath + flowd.Untied})
	}
	return out
}

func rulesInfo(set *rules.Set) web.RulesInfo {
	return web.RulesInfo{Digest: set.Digest(), Count: len(set.Rules()), Rows: set.Rows()}
}

package daemon

import (
	"context"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/config"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// byHand is what the orders and questions of people stand on. A dry run compares
// nothing: what it knows is not what was sent.
func (d *Daemon) byHand() web.ByHand {
	ahead := &foresight{store: d.store, path: d.config.Rules.Path, sources: func() []connectors.Source { return *d.writers.Load() },
		quota: d.quota.Load, marked: d.engine.Marked, bars: func(address string) flowd.Reason { return d.engine.Bars(address, time.Now()) },
		served: func(context.Context) (*rules.Set, error) { return d.engine.Rules(), nil }}
	b := web.ByHand{
		Bar:        ahead.bars,
		Transcript: d.client.Transcript,
		Reconcile:  d.reconcile,
		Retention:  func() state.Retention { return retention(d.config) },
		Plan:       ahead.plan, Compile: ahead.compile, Fields: ahead.fields, Kept: ahead.kept,
	}
	if len(d.config.Links.Key) > 0 {
		b.Revoke = revoke(d.store)
	}
	if d.opts.DryRun {
		b.Reconcile, b.Revoke = nil, nil
	}
	return b
}

// byHand is the same while no daemon runs: nobody can be asked.
func (p *plan) byHand(store state.Store) web.ByHand {
	ahead := &foresight{store: store, path: p.config.Rules.Path, sources: func() []connectors.Source { return p.sources },
		quota: func() *web.Quota { return nil }, marked: engine.Alternative(p.config.Alternative).Marked,
		bars: func(address string) flowd.Reason { return p.safety.Bars(address, time.Now()) }}
	ahead.served = ahead.last
	b := web.ByHand{
		Plan: ahead.plan, Compile: ahead.compile, Fields: ahead.fields, Kept: ahead.kept,
		Bar:       ahead.bars,
		Retention: func() state.Retention { return retention(p.config) },
	}
	if len(p.config.Links.Key) > 0 {
		b.Revoke = revoke(store)
	}
	return b
}

func retention(c *config.Config) state.Retention {
	return state.Retention{Raw: c.Retention.Raw, Undecodable: c.Retention.Undecodable, Decisions: c.Retention.Decisions}
}

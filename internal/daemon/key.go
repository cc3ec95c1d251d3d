package daemon

import (
	"context"
	"time"

	"flowd"
	"flowd/state"
)

// readKey reads the API key again, and tries it if the one before was refused.
// Whether it is another one does not matter: the client may have found it first.
func (d *Daemon) readKey(ctx context.Context) {
	if _, err := d.client.ReloadKey(); err != nil {
		d.log.Error().Err(err).Msg("the API key cannot be read again; going on with the one in use")
		return
	}
	d.tryKey(ctx)
}

// tryKey lets one action try now whether Hireflix still refuses the key, where
// that stopped the account: it would else wait for the next probe.
func (d *Daemon) tryKey(ctx context.Context) {
	now := time.Now()
	all, err := d.store.Pause(ctx, state.PauseChange{}, now)
	p, stopped := state.Pauses(all).In(state.ScopeAccount)
	if err == nil && stopped && p.Reason == flowd.ReasonUnauthorized {
		p.ProbeAt = now
		_, err = d.store.Pause(ctx, state.PauseChange{Scope: state.ScopeAccount, Pause: p}, now)
	}
	if err != nil {
		d.log.Error().Err(err).Msg("the stop for the refused key could not be put to the test; `flowd resume --all` does it")
		return
	}
	d.engine.Wake()
}

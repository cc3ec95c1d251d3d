package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"flowd/internal/config"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
)

// notServed is the log's word for a reload that could not take everything.
const notServed = "not everything on disk is served; what served before serves on in its place"

// Scope says what a reload reads again.
type Scope int

// What a reload reads: a changed file only concerns the rules; SIGHUP also
// means pace, safety, secrets and the level of logging.
const (
	OnlyRules Scope = iota
	Everything
)

// Reload validates what is on disk and swaps it in at once. A rule file that
// cannot serve is served as it last was good; where that is not possible, what
// served before serves on. The error says what of the files does not serve. A
// change to what only a start can do is refused by name. Where rules wait for
// `flowd apply`, they are left alone.
func (d *Daemon) Reload(ctx context.Context, what Scope) error {
	d.swapping.Lock()
	defer d.swapping.Unlock()
	if what == Everything {
		d.read = d.prints() // before: what changes meanwhile is noticed
		// First, and whatever else is wrong: taking a token away does not wait until
		// somebody has mended a rule.
		if c := config.Load(d.opts.Config); !hasErrors(c.Problems()) {
			d.exchangeTokens(c)
		}
	}
	p, err := read(d.opts)
	if err != nil {
		d.reloads.refused(firstLine(err))
		return err
	}
	if p.disk.unread == "" {
		d.read.rules = printOfFiles(p.files) // exactly these: what changed a moment later is noticed
	}
	kept, err := d.reload(ctx, p, what)
	d.notice(ctx, p.files, kept, err)
	if err == nil && len(kept) > 0 {
		return p.refusal()
	}
	return err
}

func (d *Daemon) reload(ctx context.Context, p *plan, what Scope) (kept map[string]string, err error) {
	// All that can fail comes before anything is touched.
	if err := d.needsRestart(p); err != nil {
		return nil, err
	}
	if err := d.places.readLock(); err != nil {
		return nil, err
	}
	var m *mixture
	if d.config.Rules.Activate == "on_change" {
		if m, err = d.choose(ctx, p); err != nil {
			return nil, err
		}
		if err := d.keep(ctx, m.trial); err != nil {
			return nil, err
		}
	}
	if what == Everything {
		d.handler.Swap(d.called(p))
		if d.opts.DryRun {
			d.leaveFiles(p.sources)
		}
		d.connect(p)
		select {
		case d.repoll <- struct{}{}:
		default: // about to
		}
		d.systems.again()
		d.swapLinks(p)
		d.engine.Tune(p.tuning())
		if d.opts.Level != nil {
			d.opts.Level(p.level)
		}
		d.readKey(ctx)
	}
	if m == nil {
		return nil, nil
	}
	return m.kept, d.swap(ctx, m.set)
}

// swap makes a set serve that was kept.
func (d *Daemon) swap(ctx context.Context, set *rules.Set) error {
	changed := set.Digest() != d.engine.Rules().Digest()
	if err := d.activate(ctx, set); err != nil {
		return err
	}
	if changed {
		d.served.Store(time.Now().Unix())
	}
	d.log.Info().Str("rules", short(set.Digest())).Int("count", len(set.Rules())).Bool("changed", changed).Msg("reloaded")
	return nil
}

// needsRestart names what a running daemon cannot change.
func (d *Daemon) needsRestart(p *plan) error {
	var what []string
	if p.config.State != d.config.State {
		what = append(what, "state")
	}
	if !p.config.Server.Same(d.config.Server) {
		what = append(what, "server")
	}
	now, then := p.config.Hireflix, d.config.Hireflix
	if now.URL != then.URL || now.Timeout != then.Timeout || now.Settle != then.Settle || now.QuotaProbe != then.QuotaProbe ||
		now.APIKey != then.APIKey || p.config.TLS != d.config.TLS {
		what = append(what, "hireflix.url, the place of api_key, timeout, settle, quota_probe or tls")
	}
	if p.config.Rules != d.config.Rules {
		what = append(what, "rules.path or activate")
	}
	if p.config.Digest.Zone != d.config.Digest.Zone || p.config.Digest.At != d.config.Digest.At || !slices.Equal(p.config.Digest.Days, d.config.Digest.Days) {
		what = append(what, "digest")
	}
	links, before := p.config.Links, d.config.Links
	if p.config.Hireflix.Sweep != d.config.Hireflix.Sweep || links.Days != before.Days || links.AfterEnd != before.AfterEnd ||
		(len(links.Key) == 0) != (len(before.Key) == 0) || !maps.Equal(links.Candidate, before.Candidate) {
		what = append(what, "hireflix.sweep or links")
	}
	if beat, before := p.config.Heartbeat, d.config.Heartbeat; (beat == nil) != (before == nil) || beat != nil && *beat != *before {
		what = append(what, "heartbeat")
	}
	if p.config.Retention != d.config.Retention {
		what = append(what, "retention")
	}
	if !slices.Equal(identities(p), identities(&plan{sources: d.sources})) {
		what = append(what, "the list of sources")
	}
	if isCalled(p.config, p.sources) != (d.hooks != nil) {
		what = append(what, "whether anybody calls flowd from outside")
	}
	if len(what) == 0 {
		return nil
	}
	return fmt.Errorf("restart flowd to apply the change of %s; nothing was changed", strings.Join(what, " and "))
}

func identities(p *plan) []string {
	out := make([]string, len(p.sources))
	for i, s := range p.sources {
		out[i] = s.Name + "\x00" + s.Kind + "\x00" + s.ATS
	}
	slices.Sort(out)
	return out
}

// rebind binds the serving set again after the catalogue was read, and opens
// the queues of positions that accept invites again.
func (d *Daemon) rebind(ctx context.Context) {
	d.swapping.Lock()
	defer d.swapping.Unlock()
	set, err := d.places.bind(ctx, d.engine.Rules())
	if err != nil {
		d.log.Error().Err(err).Msg("the rules name positions that Hireflix does not have; going on with what served before")
		return
	}
	if err := d.engine.Serve(ctx, set, time.Now()); err != nil {
		d.log.Error().Err(err).Msg("cannot decide again what waited for its position")
	}
	pauses, err := d.store.Pause(ctx, state.PauseChange{}, time.Now())
	if err != nil {
		d.log.Error().Err(err).Msg("the pauses cannot be read")
		return
	}
	open := d.places.open()
	for _, p := range pauses {
		kind, id := p.Scope.Split()
		if kind != "position" || !open[id] {
			continue
		}
		if _, err := d.store.Pause(ctx, state.PauseChange{Scope: p.Scope, Lift: true}, time.Now()); err != nil {
			d.log.Error().Err(err).Str("position", id).Msg("the queue of a position cannot be opened")
			continue
		}
		d.log.Info().Str("position", id).Msg("the position is open; its queue goes on")
	}
	d.engine.Wake()
}

func hasErrors(problems []strictyaml.Problem) bool { return strictyaml.HasErrors(problems) }

func firstLine(err error) string {
	if p, ok := errors.AsType[*Problems](err); ok {
		for _, x := range p.List {
			if x.Severity == strictyaml.Error {
				return x.String()
			}
		}
		for _, t := range p.Tests {
			return "a test fails: " + t.Name
		}
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

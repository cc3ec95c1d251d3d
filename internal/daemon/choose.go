package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"flowd/rules"
	"flowd/state"
)

// Why files on disk do not serve although nothing is wrong with them.
const waitsForApply = "rules.activate is on_apply: `flowd apply` shows what changes and serves them"

// fewer refuses a set with fewer than half of the rules that served before: a
// folder that is half copied, or a merge gone wrong, looks like that, and whoever
// is left out by it would never hear.
func fewer(before, now *rules.Set) error {
	had, has := len(before.Rules()), len(now.Rules())
	if 2*has >= had {
		return nil
	}
	return fmt.Errorf("%d of the %d rules that serve would be left: if that is meant, run `flowd apply --confirm`", has, had)
}

// refusal is why the rules on disk cannot serve, or nil. The disk's trial must
// have been bound.
func (p *plan) refusal() error {
	if err := p.refused(); err != nil {
		return err
	}
	if hasErrors(p.disk.binding) {
		return &Problems{List: under(p.config.Rules.Path, p.disk.binding)}
	}
	return nil
}

// chooseFirst is what a start serves: the files on disk as far as they can, else
// what served before, which held then explains. Files that never served have to
// be right.
func (d *Daemon) chooseFirst(ctx context.Context, p *plan) (m *mixture, held string, err error) {
	b := &binder{places: d.places, asked: true}
	b.lenient = !d.places.refresh(ctx, firstRefresh)
	attempt := func(files []rules.File) *trial {
		t := try(files, p.options)
		b.bind(ctx, t)
		return t
	}
	b.bind(ctx, p.disk)
	digest, files, err := servedBefore(ctx, d.store)
	if err != nil {
		return nil, "", err
	}
	var before *trial
	if len(files) > 0 && (len(p.disk.faults()) > 0 || p.disk.set.Digest() != digest) {
		if t := attempt(files); len(t.faults()) == 0 {
			before = t
		}
	}
	if before == nil {
		return &mixture{trial: p.disk}, "", p.refusal()
	}
	m = mix(p.disk, p.files, before.set, attempt)
	m.was = before.set
	switch refused := p.refusal(); {
	case p.config.Rules.Activate == "on_apply" && !d.opts.DryRun:
		held = waitsForApply
	case len(m.faults()) > 0:
		held = firstLine(refused)
	case d.opts.DryRun || fewer(before.set, m.set) == nil:
		return m, "", nil
	default:
		held = fewer(before.set, m.set).Error()
	}
	return &mixture{trial: before}, held, nil
}

// choose is what a reload serves of the files on disk, or why nothing changes.
func (d *Daemon) choose(ctx context.Context, p *plan) (*mixture, error) {
	b := &binder{places: d.places}
	b.bind(ctx, p.disk)
	m := mix(p.disk, p.files, d.engine.Rules(), func(files []rules.File) *trial {
		t := try(files, p.options)
		b.bind(ctx, t)
		return t
	})
	if len(m.faults()) > 0 {
		return nil, p.refusal()
	}
	return m, fewer(d.engine.Rules(), m.set)
}

// neverServed refuses a first start with broken rules before it makes a state.
func neverServed(p *plan) error {
	if _, err := os.Stat(p.config.State.Path); errors.Is(err, os.ErrNotExist) {
		return p.refused()
	}
	return nil
}

// Documents of the shelf about what served.
const (
	docServing = "serving"   // of shelfProcess: the digest of the set that serves
	docStale   = "stale"     // of shelfProcess: since when files are not served
	shelfEnded = "rules-end" // by digest: when a set ceased to serve
)

// servedBefore are the files of the set that served last; none at a first start.
func servedBefore(ctx context.Context, s state.Shelf) (digest string, files []rules.File, err error) {
	if err := take(ctx, s, shelfProcess, docServing, &digest); err != nil || digest == "" {
		return "", nil, err
	}
	return digest, files, take(ctx, s, shelfRules, digest, &files)
}

// keep stores what is about to serve, for the decisions that will refer to it.
func (d *Daemon) keep(ctx context.Context, t *trial) error {
	if err := keepRules(ctx, d.store, t.set); err != nil {
		return err
	}
	return d.places.pin(ctx, t.pins, t.binding)
}

// activate makes a set serve that was kept, and then notes it for the next start, and
// when the one before it ended. Where the process ends in between, the next start
// finds the one before and plans anew once more what waits.
func (d *Daemon) activate(ctx context.Context, set *rules.Set) error {
	if err := d.engine.Serve(ctx, set, time.Now()); err != nil {
		return err
	}
	var last string
	if err := take(ctx, d.store, shelfProcess, docServing, &last); err != nil || last == set.Digest() {
		return err
	}
	if last != "" {
		if err := put(ctx, d.store, shelfEnded, last, time.Now()); err != nil {
			return fmt.Errorf("note when the rules before ended: %w", err)
		}
	}
	return put(ctx, d.store, shelfProcess, docServing, set.Digest())
}

// pruneRules drops the sets that ceased to serve longer ago than decisions are
// kept: none refers to them any more, but for one that still owes something after
// all that time, which is explained without its rules then.
func (d *Daemon) pruneRules(ctx context.Context, now time.Time) {
	if d.config.Retention.Decisions <= 0 {
		return // decisions are kept for ever
	}
	ended, err := d.store.Documents(ctx, shelfEnded)
	n := 0
	for _, doc := range ended {
		if err != nil {
			break
		}
		if doc.ID == d.engine.Rules().Digest() || !doc.At.Before(now.Add(-d.config.Retention.Decisions)) {
			continue
		}
		if err = d.store.Drop(ctx, shelfRules, doc.ID); err == nil {
			err = d.store.Drop(ctx, shelfEnded, doc.ID)
			n++
		}
	}
	switch {
	case err != nil:
		d.log.Error().Err(err).Msg("rules that nothing refers to could not be dropped; trying again tomorrow")
	case n > 0:
		d.log.Info().Int("sets", n).Msg("dropped rules that no decision refers to any more")
	}
}

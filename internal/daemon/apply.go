package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"flowd"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// apply makes the rules on disk serve, all of them or none: whoever asks is there
// to mend what is wrong. It returns when they serve.
func (d *Daemon) apply(ctx context.Context, o web.ApplyOrder) (web.Applied, error) {
	d.swapping.Lock()
	defer d.swapping.Unlock()
	t, p, err := d.applicable(ctx)
	if err != nil {
		return web.Applied{}, &web.Refused{Text: err.Error()}
	}
	done, err := difference(ctx, d.store, d.engine.Rules(), t.set)
	if err != nil {
		return done, err
	}
	for _, problem := range under(p.config.Rules.Path, t.binding) {
		done.Notes = append(done.Notes, problem.String())
	}
	done.Notes = append(done.Notes, ending(done.Rules, t.set)...)
	less := fewer(d.engine.Rules(), t.set)
	if less != nil {
		done.Confirm = less.Error()
	}
	switch {
	case o.Preview:
		return done, nil
	case o.Digest != "" && o.Digest != done.Digest:
		return done, &web.Refused{Text: "the rule files changed since they were shown: run it again"}
	case less != nil && !o.Confirm:
		return done, &web.Refused{Text: less.Error()}
	}
	if err := d.keep(ctx, t); err != nil {
		return done, err
	}
	if err := d.swap(ctx, t.set); err != nil {
		return done, err
	}
	written := false
	if !d.opts.DryRun { // what it leaves beside the rules would count in earnest
		written, err = writeLock(p.config.Rules.Path, t.pins)
	}
	if err != nil {
		d.log.Warn().Err(err).Msg("the names could not be pinned beside the rules; the state has them")
	}
	if written {
		done.Lock = lockFile(p.config.Rules.Path)
		if err := d.places.readLock(); err != nil {
			d.log.Warn().Err(err).Msg("the pinned names cannot be read")
		}
	}
	d.read = d.prints()
	d.read.rules = printOfFiles(p.files)
	d.notice(ctx, p.files, nil, nil)
	return done, nil
}

// applicable are the rules on disk, with nothing wrong in any file.
func (d *Daemon) applicable(ctx context.Context) (*trial, *plan, error) {
	p, err := read(d.opts)
	if err != nil {
		return nil, nil, err
	}
	if err := d.needsRestart(p); err != nil {
		return nil, nil, err
	}
	if err := d.places.readLock(); err != nil {
		return nil, nil, err
	}
	b := &binder{places: d.places}
	b.bind(ctx, p.disk)
	if err := p.refusal(); err != nil {
		return nil, nil, err
	}
	for _, problem := range under(p.config.Rules.Path, p.disk.binding) {
		// A position that is gone holds its queue while flowd serves; nobody should
		// make new rules serve that name it.
		if problem.Code == "vanished" {
			return nil, nil, errors.New(problem.String() + ": " + problem.Hint)
		}
	}
	return p.disk, p, nil
}

// ending says what becomes of those who wait for rules that a set ends or closes, and
// how they go out all the same, while somebody can still choose.
func ending(changes []web.RuleChange, next *rules.Set) (notes []string) {
	for _, c := range changes {
		r, stays := next.Rule(c.ID)
		switch {
		case c.Waiting+c.Held == 0:
		case !stays || r.Mode == rules.Disabled:
			notes = append(notes, fmt.Sprintf("what waits or is held for %s ends with it: to have it go out as promised, keep the rule with mode: closing; "+
				"to send it at once, `flowd release --rule %s` before", c.ID, c.ID))
		case r.Mode == rules.Closing:
			notes = append(notes, fmt.Sprintf("%s is closing: it takes nobody new, and what waits or is held for it goes on as promised", c.ID))
		}
	}
	return notes
}

// difference is what a set would change of the rules that serve.
func difference(ctx context.Context, ledger state.Ledger, now, next *rules.Set) (web.Applied, error) {
	done := web.Applied{Before: now.Digest(), Digest: next.Digest(), Count: len(next.Rules()), Rules: []web.RuleChange{}}
	counts, err := ledger.Counts(ctx, time.Now())
	if err != nil {
		return done, err
	}
	note := func(id, change string) {
		c := web.RuleChange{ID: id, Change: change}
		for s, n := range maps.All(counts.Pending[id]) {
			if s == flowd.Held {
				c.Held += n
			} else {
				c.Waiting += n
			}
		}
		done.Rules = append(done.Rules, c)
	}
	for _, r := range next.Rules() {
		switch old, ok := now.Rule(r.ID); {
		case !ok:
			note(r.ID, web.RuleAdded)
		case old.Digest != r.Digest:
			note(r.ID, web.RuleChanged)
		}
	}
	for _, r := range now.Rules() {
		if _, ok := next.Rule(r.ID); !ok {
			note(r.ID, web.RuleRemoved)
		}
	}
	return done, nil
}

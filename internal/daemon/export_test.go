package daemon

import (
	"context"
	"time"

	"flowd/internal/notify"
	"flowd/rules"
	"flowd/state"
)

// Day is what a digest to an owner would say.
func (d *Daemon) Day(ctx context.Context, owner string, since, now time.Time) (notify.DigestData, error) {
	return d.day(ctx, owner, since, now)
}

// Causes are the notices that stand.
func (d *Daemon) Causes(ctx context.Context, now time.Time) ([]notify.Notice, error) {
	return d.causes(ctx, now)
}

// SendDigests sends what is owed at a time.
func (d *Daemon) SendDigests(ctx context.Context, now time.Time) { d.digest(ctx, now) }

// Night is what the schedule does each night.
func (d *Daemon) Night(ctx context.Context) { d.prune(ctx); d.compact(ctx) }

// Rules are those that serve.
func (d *Daemon) Rules() *rules.Set { return d.engine.Rules() }

// Sets drops the rule sets that nothing refers to at a time and returns those
// that are left.
func (d *Daemon) Sets(ctx context.Context, now time.Time) ([]state.Document, error) {
	d.pruneRules(ctx, now)
	return d.store.Documents(ctx, shelfRules)
}

// Lulls are the rules of which too little comes.
type Lulls = map[string]lull

// Silent finds them.
func Silent(ctx context.Context, ledger state.Ledger, set *rules.Set, now time.Time) (Lulls, error) {
	return silent(ctx, ledger, set, now)
}

// Came is how many people came to their stages.
func Came(found Lulls) map[string]int {
	came := map[string]int{}
	for id, s := range found {
		came[id] = s.came
	}
	return came
}

// InWords is what the rule's owner is told.
func InWords(found Lulls, r *rules.Rule) string { return found[r.ID].inWords(r) }

// Folders are those that are watched.
func (d *Daemon) Folders() []string { return d.folders() }

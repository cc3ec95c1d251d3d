package daemon

import (
	"context"
	"time"

	"flowd/internal/notify"
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

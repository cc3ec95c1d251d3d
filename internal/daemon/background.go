package daemon

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/internal/web"
	"flowd/state"
)

// When what runs on a schedule runs. The library's own pitfalls are kept out:
// times are in UTC, a job that is still running is skipped, and a panic is
// caught inside that skip, so that it cannot stop the job for ever.
const (
	everyQuarter = "*/15 * * * *"
	everyNight   = "17 3 * * *"
)

// startBackground begins polling, the schedule and the watch on the files.
func (d *Daemon) startBackground() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	d.teardown.push("background", func(context.Context) error {
		cancel()
		running.Wait()
		return nil
	})
	running.Go(func() { d.poll(ctx) })
	if !d.opts.DryRun {
		running.Go(func() { d.tell(ctx) })
		running.Go(func() { d.beat(ctx) })
	}
	running.Go(func() { d.schedule(ctx) })
	running.Go(func() { d.systems.follow(ctx) })
	running.Go(func() { d.introspect(ctx); d.readQuota(ctx) })
	running.Go(func() { d.watch(ctx) })
}

// poll asks the sources, and Hireflix, until ctx ends: after a reload as they are
// configured then. What a hook wakes is the source that it belongs to.
func (d *Daemon) poll(ctx context.Context) {
	for ctx.Err() == nil {
		sources := *d.writers.Load()
		turn, end := context.WithCancel(ctx)
		var loops sync.WaitGroup
		loops.Go(func() {
			d.polls.Run(turn, append(sources[:len(sources):len(sources)], connectors.Source{
				Name: flowd.Untied, ATS: flowd.Untied, Every: d.config.Hireflix.Sweep, Poller: d.sweep}))
		})
		select {
		case <-ctx.Done():
		case <-d.repoll:
		}
		end()
		loops.Wait()
	}
}

// introspect asks Hireflix which of its answers can be read in detail. Without
// an answer invites ask for less, which every known version accepts.
func (d *Daemon) introspect(ctx context.Context) {
	detailed, err := d.client.Introspect(ctx)
	if err != nil {
		d.log.Debug().Err(err).Msg("Hireflix's schema cannot be read; refusals will have fewer words")
		return
	}
	d.log.Debug().Bool("detailed", detailed).Msg("Hireflix's schema was read")
}

// schedule runs the housekeeping until ctx ends.
func (d *Daemon) schedule(ctx context.Context) {
	log := cronLog{d.log}
	c := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	for spec, job := range map[string]func(){
		everyQuarter: func() { d.RefreshPositions(ctx) },
		everyNight:   func() { d.prune(ctx); d.pruneRules(ctx, time.Now()); d.compact(ctx); d.renewShares(ctx) },
	} {
		if _, err := c.AddFunc(spec, job); err != nil {
			d.fail(fmt.Errorf("schedule %q: %w", spec, err)) // a constant: a programmer's mistake
			return
		}
	}
	c.Start()
	if _, at := d.places.known(); time.Since(at) > time.Minute {
		// The start did not reach Hireflix: try again soon, not in a quarter of an
		// hour.
		d.untilRead(ctx)
	}
	<-ctx.Done()
	<-c.Stop().Done()
}

// untilRead reads the catalogue again and again until Hireflix answers.
func (d *Daemon) untilRead(ctx context.Context) {
	for wait := 10 * time.Second; ctx.Err() == nil; wait = min(2*wait, 5*time.Minute) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if d.RefreshPositions(ctx) {
			return
		}
	}
}

// RefreshPositions reads the catalogue now, binds the serving rules to it and
// opens the queues of positions that accept invites again. It tells whether
// Hireflix answered.
func (d *Daemon) RefreshPositions(ctx context.Context) bool {
	if !d.places.refresh(ctx, laterRefresh) {
		return false
	}
	d.rebind(ctx)
	d.tryKey(ctx) // it was just taken
	d.readQuota(ctx)
	return true
}

// readQuota asks how many invites the account has used. The question is known of
// one client of the API alone: without an answer nothing is said.
func (d *Daemon) readQuota(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, laterRefresh)
	defer cancel()
	used, err := d.client.Usage(ctx)
	if err != nil {
		d.log.Debug().Err(err).Msg("Hireflix does not say how many invites are used")
		return
	}
	d.quota.Store(&web.Quota{Used: used.Invites, From: used.From, To: used.To, At: time.Now()})
}

func (d *Daemon) prune(ctx context.Context) {
	d.pruneAnswers(ctx, time.Now())
	p, ok := d.store.(state.Pruner)
	if !ok {
		return
	}
	r := d.config.Retention
	done, err := p.Prune(ctx, state.Retention{Raw: r.Raw, Undecodable: r.Undecodable, Decisions: r.Decisions}, time.Now())
	if err != nil {
		d.log.Error().Err(err).Msg("what is past its retention could not be dropped; trying again tomorrow")
		return
	}
	d.log.Info().Int("raw", done.Raw).Int("undecodable", done.Quarantined).Int("events", done.Events).Msg("dropped what is past its retention")
}

// compact rewrites the state where the ATS erased somebody since it was rewritten
// last, so that nothing of them is left in its unused parts.
func (d *Daemon) compact(ctx context.Context) {
	c, ok := d.store.(state.Compactor)
	if !ok {
		return
	}
	erased, err := c.Erased(ctx)
	if err == nil && erased {
		err = c.Compact(ctx)
	}
	switch {
	case err != nil:
		d.log.Error().Err(err).Msg("the state could not be rewritten without who was erased; trying again tomorrow")
	case erased:
		d.log.Info().Msg("the state was rewritten without who was erased")
	}
}

// cronLog gives the schedule's words to the log.
type cronLog struct{ log zerolog.Logger }

// Info implements cron.Logger: the schedule's own chatter is not worth a line.
func (cronLog) Info(string, ...any) {}

// Error implements cron.Logger.
func (c cronLog) Error(err error, msg string, _ ...any) {
	c.log.Error().Err(err).Str("job", msg).Msg("a scheduled job failed")
}

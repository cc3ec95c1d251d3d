package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// teardown is the stack of what was acquired: each thing registers its end as
// soon as it exists, and a failed start and an ordinary stop drain the same
// stack, newest first.
type teardown struct {
	steps []step
}

type step struct {
	name string
	end  func(context.Context) error
}

func (t *teardown) push(name string, end func(context.Context) error) {
	t.steps = append(t.steps, step{name, end})
}

// drain ends everything. Every step runs whatever the others return; the errors
// are joined under the steps' names.
func (t *teardown) drain(ctx context.Context) error {
	var errs []error
	for i := len(t.steps) - 1; i >= 0; i-- {
		if err := t.steps[i].end(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.steps[i].name, err))
		}
	}
	t.steps = nil
	return errors.Join(errs...)
}

// stopTimeout bounds a stop: what is under way settles within a lease at most.
const stopTimeout = 90 * time.Second

// Start begins to serve and to work. It returns at once; Wait tells when the
// daemon has failed.
func (d *Daemon) Start() {
	work, stopWork := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.engine.Run(work); err != nil {
			d.fail(fmt.Errorf("engine: %w", err))
		}
	}()
	// The order of a stop is the reverse of what follows: nothing new comes in,
	// then the decider and what is under way end, then the store closes.
	d.teardown.push("engine", func(ctx context.Context) error {
		stopWork()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return errors.New("an action was still under way; it will be looked up at the next start")
		}
	})
	d.serve()
	d.startBackground()
	if d.opts.DryRun {
		d.log.Warn().Msg("dry run: nothing is sent; what would be is recorded beside the state")
	}
	d.log.Info().Str("hooks", d.HookURL()).Str("admin", d.AdminURL()).Str("rules", short(d.engine.Rules().Digest())).
		Int("sources", len(d.sources)).Msg("flowd serves")
}

// Stop ends the daemon in order and returns what went wrong while doing so. It
// may be called again and then does nothing.
func (d *Daemon) Stop() error {
	var err error
	d.stopOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		err = d.teardown.drain(ctx)
		d.log.Info().Msg("flowd stopped")
	})
	return err
}

// Failed tells about what the daemon cannot go on without.
func (d *Daemon) Failed() <-chan error { return d.failed }

func (d *Daemon) fail(err error) {
	select {
	case d.failed <- err:
	default:
	}
}

// Run is New, Start, wait and Stop: until ctx ends, reloading whenever reload
// says so.
func Run(ctx context.Context, opts Options, reload <-chan struct{}) error {
	d, err := New(ctx, opts)
	if err != nil {
		return err
	}
	d.Start()
	for {
		select {
		case <-reload:
			if err := d.Reload(ctx, Everything); err != nil {
				d.log.Error().Err(err).Msg(notServed)
			}
		case err := <-d.Failed():
			return errors.Join(err, d.Stop())
		case <-ctx.Done():
			return d.Stop()
		}
	}
}

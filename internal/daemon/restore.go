package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"flowd"
	"flowd/internal/config"
	"flowd/state"
	"flowd/state/bolt"
)

// Backup writes a consistent copy of the state to w and notes when.
func Backup(ctx context.Context, opts Options, w io.Writer) error {
	if opts.Remote.Server != "" {
		api, err := opts.Remote.Client()
		if err != nil {
			return err
		}
		_, err = api.Download(ctx, "/api/v1/backup", w)
		return err
	}
	c := config.Load(opts.Config)
	if hasErrors(c.Problems()) {
		return &Problems{List: c.Problems()}
	}
	if api, err := Dial(c); err == nil {
		_, err := api.Download(ctx, "/api/v1/backup", w)
		return err
	}
	store, err := openFor(c, Writing, opts)
	if err != nil {
		return err
	}
	snap, ok := store.(state.Snapshotter)
	if !ok {
		return errors.Join(errors.New("this state cannot be copied by flowd: use its own tools"), store.Close())
	}
	_, err = snap.Snapshot(ctx, w)
	if err == nil {
		err = put(ctx, store, shelfProcess, "backup", time.Now())
	}
	return errors.Join(err, store.Close())
}

// Restore puts a backup in the state's place, paused, and returns under which
// name the state until now is kept. It changes nothing unless the backup is
// sound and no flowd runs.
func Restore(ctx context.Context, opts Options, from, by string, now time.Time) (kept string, err error) {
	c := config.Load(opts.Config)
	if hasErrors(c.Problems()) {
		return "", &Problems{List: c.Problems()}
	}
	if _, err := Dial(c); err == nil {
		return "", errors.New("flowd is running: stop it first, else it would go on with the old state")
	}
	path := c.State.Path
	next := path + ".restoring"
	if err := copyFile(from, next); err != nil {
		return "", fmt.Errorf("copy the backup: %w", err)
	}
	if err := soundAndPaused(ctx, next, c, opts, by, now); err != nil {
		return "", errors.Join(err, remove(next))
	}
	if _, err := os.Stat(path); err == nil {
		// The lock tells whether another process has it open.
		old, err := bolt.Open(path, bolt.Options{Settle: c.Hireflix.Settle, Lock: opts.LockWait}, now)
		if errors.Is(err, state.ErrLocked) {
			return "", errors.Join(err, remove(next))
		}
		if err == nil {
			if err := old.Close(); err != nil {
				return "", errors.Join(err, remove(next))
			}
		}
		kept = path + ".before-restore-" + now.UTC().Format("20060102-150405")
		if err := os.Rename(path, kept); err != nil {
			return "", errors.Join(err, remove(next))
		}
	}
	return kept, os.Rename(next, path)
}

// soundAndPaused opens the copy, verifies it and stops everything in it.
func soundAndPaused(ctx context.Context, path string, c *config.Config, opts Options, by string, now time.Time) error {
	store, err := bolt.Open(path, bolt.Options{Settle: c.Hireflix.Settle, Lock: opts.LockWait}, now)
	if err != nil {
		return fmt.Errorf("the backup cannot be used: %w", err)
	}
	faults, err := store.Check(ctx)
	switch {
	case err != nil:
	case len(faults) > 0:
		err = fmt.Errorf("the backup is damaged: %s", strings.Join(faults, "; "))
	default:
		_, err = store.Pause(ctx, state.PauseChange{Scope: state.ScopeAll, Pause: state.Pause{
			Reason: flowd.ReasonPaused, Detail: "restored from a backup", Since: now, By: by,
		}}, now)
	}
	return errors.Join(err, store.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	if err := remove(to); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

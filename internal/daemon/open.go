package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"flowd/connectors"
	"flowd/internal/config"
	"flowd/rules"
	"flowd/state"
	"flowd/state/bolt"
)

// openState opens the configured state. Another process may hold it for a
// moment (a command, or the daemon that is being replaced), so it is tried for
// a while; then the error names the likely holder.
func openState(ctx context.Context, c *config.Config, opts Options) (state.Store, error) {
	path := c.State.Path
	if opts.DryRun {
		copied, err := snapshotForDryRun(ctx, c)
		if err != nil {
			return nil, err
		}
		path = copied
	}
	o := bolt.Options{Settle: c.Hireflix.Settle, Lock: min(time.Second, opts.LockWait)}
	store, err := bolt.Open(path, o, time.Now())
	if errors.Is(err, state.ErrLocked) && opts.LockWait > o.Lock {
		opts.Log.Warn().Str("state", path).Stringer("for", opts.LockWait).Msg("another process has the state; waiting for it to let go")
		o.Lock = opts.LockWait
		store, err = bolt.Open(path, o, time.Now())
	}
	if err != nil {
		return nil, err
	}
	return store, nil
}

// openToOthers says that others than the owner may read a state, or "".
func openToOthers(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return fmt.Sprintf("the state %s holds names and addresses and can be read by others than its owner (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
}

// snapshotForDryRun makes a copy of the live state beside it, through the
// running daemon's backup where there is one, and returns its path. The live
// file is never opened for writing. Without a live state the dry run starts
// from nothing.
func snapshotForDryRun(ctx context.Context, c *config.Config) (string, error) {
	live, copied := c.State.Path, c.State.Path+".dry-run"
	if _, err := os.Stat(live); errors.Is(err, os.ErrNotExist) {
		return copied, remove(copied)
	}
	f, err := os.OpenFile(copied+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("dry run: copy the state: %w", err)
	}
	err = copyState(ctx, c, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(copied+".new", copied)
	}
	if err != nil {
		return "", fmt.Errorf("dry run: copy the state: %w", errors.Join(err, remove(copied+".new")))
	}
	return copied, nil
}

// openToLook opens the state to read: the file, or, while a flowd has it, a copy
// that closing takes away.
func openToLook(ctx context.Context, c *config.Config, lock time.Duration) (store *bolt.Store, closing func() error, err error) {
	path, took := c.State.Path, func() error { return nil }
	if _, err := Dial(c); err == nil {
		f, err := os.CreateTemp("", "flowd-look-*") // created 0600
		if err != nil {
			return nil, nil, err
		}
		path, took = f.Name(), func() error { return remove(f.Name()) }
		if err := errors.Join(copyState(ctx, c, f), f.Close()); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("the running flowd's copy of the state: %w", err), took())
		}
	}
	if store, err = bolt.OpenReadOnly(path, bolt.Options{Lock: lock}); err != nil {
		return nil, nil, errors.Join(err, took())
	}
	return store, func() error { return errors.Join(store.Close(), took()) }, nil
}

// copyState writes a consistent copy of the state to look at: through the running
// daemon, or from the file while nobody else writes it.
func copyState(ctx context.Context, c *config.Config, w io.Writer) error {
	if api, err := Dial(c); err == nil {
		_, err := api.Download(ctx, "/api/v1/backup?look=1", w)
		return err
	}
	store, err := bolt.OpenReadOnly(c.State.Path, bolt.Options{})
	if err != nil {
		return err
	}
	_, err = store.Snapshot(ctx, w)
	return errors.Join(err, store.Close())
}

// leaveFiles keeps a dry run from taking what only one flowd can have: a source
// that is told what became of its data moves files away, say. Beside a flowd that
// serves it is left to that one; alone, the log says what is taken.
func (d *Daemon) leaveFiles(sources []connectors.Source) {
	_, err := Dial(d.config)
	for i := range sources {
		s := &sources[i]
		if _, takes := s.Poller.(connectors.Settler); !takes {
			continue
		}
		if err == nil {
			s.Poller = nil
			d.log.Warn().Str("source", s.Name).Msg("this source is left to the flowd that runs: what the dry run took would be lost to it")
			continue
		}
		d.log.Warn().Str("source", s.Name).Msg("what the dry run takes from this source is not there for a later run: give it copies")
	}
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// knownSystems refuses a start in which a system that still owns applications
// is not configured any more: its events would no longer be recognised, and a
// renamed one would invite everybody again.
func knownSystems(ctx context.Context, store state.Store, sources []connectors.Source) error {
	counts, err := store.Counts(ctx, time.Now())
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, s := range sources {
		have[s.ATS] = true
	}
	var missing []string
	for ats, n := range counts.Applications {
		if n > 0 && !have[ats] {
			missing = append(missing, fmt.Sprintf("%s (%d applications)", ats, n))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	sort.Strings(missing)
	name, _, _ := strings.Cut(missing[0], " ")
	return fmt.Errorf("no source is configured for %s, which the state knows.\n"+
		"A source that was renamed would count as another system, and everybody in it could be invited again.\n"+
		"Add this line to that source in flowd.yaml:\n\n    ats: %s\n", strings.Join(missing, ", "), name)
}

// rulesOf compiles the rule files that were served under a digest; nil when
// they are not kept, or this version no longer reads them.
func rulesOf(store state.Shelf, digest string, sources []connectors.Source) *rules.Set {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var files []rules.File
	if err := take(ctx, store, shelfRules, digest, &files); err != nil || len(files) == 0 {
		return nil
	}
	set, problems := rules.Compile(files, rules.Options{Sources: suppliers(sources)})
	if set == nil || hasErrors(problems) {
		return nil
	}
	return set
}

// pausedByFile tells whether a file named PAUSED lies beside the state: it stops
// everything with the API wedged.
func (d *Daemon) pausedByFile() bool { return pausedByFile(d.config) }

func pausedByFile(c *config.Config) bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(c.State.Path), "PAUSED"))
	return err == nil
}

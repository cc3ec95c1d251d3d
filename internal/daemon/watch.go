package daemon

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"flowd/rules"
)

// How long files must be left alone before they are read: an editor's save, a
// git pull and a ConfigMap's swap are several changes at once. But a folder in
// which something changes all the time, such as a log, is looked at all the same.
const (
	calm    = 300 * time.Millisecond
	maxCalm = 2 * time.Second
	// Some editors put the old file aside before they write the new one. A rule
	// whose file is gone ends, so a file is gone only when it stays so.
	gone = 2 * time.Second
)

// watch reloads when a rule file or the configuration changes, and reads the API
// key again when its file does.
func (d *Daemon) watch(ctx context.Context) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		d.log.Warn().Err(err).Msg("changed files cannot be noticed; send SIGHUP to reload")
		return
	}
	defer w.Close() //nolint:errcheck // nothing is written through it
	d.follow(w)
	timer := time.NewTimer(calm) // for what changed since the start read it
	var since time.Time          // of the first change that was not looked at
	var away absence             // of a file that serves
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-w.Errors:
			d.log.Warn().Err(err).Msg("watching files")
		case _, open := <-w.Events:
			if !open {
				return
			}
			if since.IsZero() {
				since = time.Now()
			}
			timer.Reset(min(calm, max(0, maxCalm-time.Since(since))))
		case <-timer.C:
			if left := away.left(d.missing(), time.Now()); left > 0 {
				timer.Reset(left)
				continue
			}
			since = time.Time{}
			d.follow(w) // a folder that another took the place of
			before, now := d.look()
			d.changed(ctx, before, now)
		}
	}
}

// follow watches the folders whose changes can mean a reload. Folders, not
// files: an editor's save replaces the file, and a watch on it would see the old
// one. Those that are watched already stay so.
func (d *Daemon) follow(w *fsnotify.Watcher) {
	for _, dir := range d.folders() {
		if err := w.Add(dir); err != nil {
			d.log.Warn().Err(err).Str("folder", dir).Msg("changes here cannot be noticed; send SIGHUP to reload")
		}
	}
}

// folders are those to be watched, each once.
func (d *Daemon) folders() []string {
	dirs := []string{rulesDir(d.config.Rules.Path), filepath.Dir(rulesDir(d.config.Rules.Path)), filepath.Dir(d.config.File)}
	for _, dir := range []string{filepath.Dir(lockFile(d.config.Rules.Path)), filepath.Join(rulesDir(d.config.Rules.Path), rules.FixtureDir)} {
		if isDir(dir) {
			dirs = append(dirs, dir)
		}
	}
	if f := d.config.Hireflix.APIKey.File; f != "" {
		dirs = append(dirs, filepath.Dir(f))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// absence is since when a file that serves is gone; zero while all are there.
type absence struct{ since time.Time }

// left is how long to wait until what is gone counts as gone.
func (a *absence) left(missing bool, now time.Time) time.Duration {
	switch {
	case !missing:
		a.since = time.Time{}
		return 0
	case a.since.IsZero():
		a.since = now
	}
	left := max(0, gone-now.Sub(a.since))
	if left == 0 {
		a.since = time.Time{}
	}
	return left
}

// missing tells whether a file that serves is not on disk.
func (d *Daemon) missing() bool {
	for _, f := range d.engine.Rules().Files() {
		if _, err := os.Stat(filepath.Join(rulesDir(d.config.Rules.Path), f.Name)); err != nil {
			return true
		}
	}
	return false
}

func rulesDir(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

// prints sum up what a reload would read, so that a change of something else in
// the same folder (the state, above all) does not cause one.
type prints struct{ config, key, lock, rules [sha256.Size]byte }

func (d *Daemon) prints() prints {
	return prints{printOf(d.config.File), printOf(d.config.Hireflix.APIKey.File), printOf(lockFile(d.config.Rules.Path)), printOfRules(d.config.Rules.Path)}
}

// look takes the prints anew and returns them with those of before.
func (d *Daemon) look() (before, now prints) {
	d.swapping.Lock()
	defer d.swapping.Unlock()
	before, d.read = d.read, d.prints()
	return before, d.read
}

func printOf(path string) (sum [sha256.Size]byte) {
	if data, err := os.ReadFile(path); err == nil {
		sum = sha256.Sum256(data)
	}
	return sum
}

func printOfRules(path string) [sha256.Size]byte {
	files, err := rules.ReadDir(path)
	if err != nil {
		return sha256.Sum256([]byte(err.Error())) // it is reported by the reload
	}
	return printOfFiles(files)
}

func printOfFiles(files []rules.File) [sha256.Size]byte {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %x\n", f.Name, sha256.Sum256(f.Data))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (d *Daemon) changed(ctx context.Context, before, now prints) {
	if before.key != now.key {
		d.readKey(ctx)
	}
	if before.config == now.config && before.rules == now.rules && before.lock == now.lock {
		return
	}
	if before.config != now.config {
		d.log.Info().Msg("flowd.yaml changed: what it says beside the rules takes effect on SIGHUP, or after a restart")
	}
	if d.config.Rules.Activate != "on_change" {
		d.log.Info().Msg("files changed; rules.activate is on_apply: `flowd apply` serves them")
	}
	if err := d.Reload(ctx, OnlyRules); err != nil {
		d.log.Error().Err(err).Msg(notServed)
	}
}

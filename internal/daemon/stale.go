package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"flowd/internal/web"
	"flowd/rules"
)

// reloads is how the last reload ended, for the metrics and the status, and which
// files on disk are not served.
type reloads struct {
	mu    sync.Mutex
	ok    bool
	at    time.Time
	whole string               // why the files on disk are not served, in one line
	why   map[string]string    // by file that is not
	since map[string]time.Time // by file that is not
}

func (r *reloads) refused(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ok, r.whole = false, why
}

func (r *reloads) last() (ok bool, at time.Time, stale string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ok, r.at, r.whole
}

// stale are the files that are not served as they are, by name.
func (r *reloads) stale() []web.StaleFile {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []web.StaleFile
	for _, name := range slices.Sorted(maps.Keys(r.since)) {
		out = append(out, web.StaleFile{Name: name, Why: r.why[name], Since: r.since[name]})
	}
	return out
}

// note takes down which files differ from what serves and why, and returns since
// when each does; changed tells that these are not those of before.
func (r *reloads) note(names []string, kept map[string]string, refused error, now time.Time) (since map[string]time.Time, changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ok, r.whole = refused == nil && len(kept) == 0, ""
	if r.ok {
		r.at = now
	}
	r.ok = r.ok || refused != nil && refused.Error() == waitsForApply // no fault
	why := ""
	switch {
	case refused != nil:
		why = firstLine(refused)
		r.whole = why
	case len(kept) > 0:
		why = first(kept)
		all := slices.Sorted(maps.Keys(kept))
		r.whole = strings.Join(all, ", ") + " as last good: " + why
	}
	since = map[string]time.Time{}
	r.why = map[string]string{}
	for _, name := range names {
		since[name], r.why[name] = now, why
		if at, known := r.since[name]; known {
			since[name] = at
		}
		if kept[name] != "" {
			r.why[name] = kept[name]
		}
	}
	changed = !maps.EqualFunc(since, r.since, time.Time.Equal)
	r.since = since
	return maps.Clone(since), changed
}

// notice compares the files on disk with what serves, after a reload or a start.
func (d *Daemon) notice(ctx context.Context, disk []rules.File, kept map[string]string, refused error) {
	serves := d.engine.Rules()
	names := differing(disk, serves)
	if refused == nil && len(names) > 0 && len(kept) == 0 {
		refused = errors.New(waitsForApply)
	}
	for file, why := range kept {
		d.log.Error().Str("file", file).Str("why", why).Msg("a rule file cannot serve; its last good version serves on")
	}
	since, changed := d.reloads.note(names, kept, refused, time.Now())
	if !changed {
		return
	}
	if err := put(ctx, d.store, shelfProcess, docStale, since); err != nil {
		d.log.Error().Err(err).Msg("since when a rule file is not served could not be kept")
	}
}

// heldBack is the reason for which a start serves what served before, or nil.
func heldBack(why string) error {
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s", why)
}

// staleFiles is for how many seconds each file of the rules has not been served
// as it is on disk; 0 for those that are.
func (d *Daemon) staleFiles(now time.Time) map[string]float64 {
	out := map[string]float64{}
	for _, f := range d.engine.Rules().Files() {
		out[f.Name] = 0
	}
	for _, f := range d.reloads.stale() {
		out[f.Name] = max(0, now.Sub(f.Since).Seconds())
	}
	return out
}

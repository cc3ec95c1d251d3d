package dropfolder

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"flowd"
	"flowd/internal/fault"
)

const (
	maxFile   = 32 << 20 // bytes
	maxFiles  = 10_000   // looked at; the others wait
	batchRows = 1000     // events of one transaction

	processing = "processing"
	processed  = "processed"
	failed     = "failed"
)

// folder polls one folder. What it remembers between polls can be lost: a file
// in processing/ is read again from its first row, and rows that are durable
// already are known by their keys.
type folder struct {
	path  string
	quiet time.Duration // for which a file must not change
	rows  rows

	mu    sync.Mutex
	looks map[string]look
	file  *file // the one under way
}

// look is what a file looks like.
type look struct {
	size     int64
	modified time.Time
	since    time.Time // when it was first seen so
}

func (l look) same(other look) bool { return l.size == other.size && l.modified.Equal(other.modified) }

// file is one that is being taken in.
type file struct {
	name    string
	look    look // when it was read
	table   *table
	pending *flowd.Batch // polled and not yet durable
	read    bool         // no rows are left behind pending
	good    int
	bad     badRows
}

// Poll implements connectors.Poller. Until Settled says that a batch is
// durable, the same batch is returned again.
func (f *folder) Poll(ctx context.Context, _ []byte) (flowd.Batch, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		if err := f.take(ctx); err != nil {
			return flowd.Batch{}, false, f.fault(err)
		}
	}
	if f.file == nil {
		return flowd.Batch{}, false, nil
	}
	if f.file.pending == nil {
		f.file.next(f.rows)
	}
	return *f.file.pending, true, nil
}

// next reads the rows of the next batch.
func (x *file) next(r rows) {
	b := &flowd.Batch{}
	for len(b.Events) < batchRows && !x.read {
		row, err := x.table.next()
		if errors.Is(err, io.EOF) {
			x.read = true
			break
		}
		var ev flowd.Event
		if err == nil {
			ev, err = r.event(x.name, row)
		}
		if err != nil {
			x.bad.add(row, err)
			continue
		}
		x.good++
		b.Events = append(b.Events, ev)
	}
	x.pending = b
}

// Settled implements connectors.Settler: the batch is durable, and with the
// last one the file leaves processing/.
func (f *folder) Settled(context.Context, flowd.Batch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.file
	if x == nil || x.pending == nil {
		return nil
	}
	x.pending = nil
	if !x.read {
		return nil
	}
	f.file = nil // whatever comes: a file left in processing/ is read again
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return f.fault(err)
	}
	defer root.Close() //nolint:errcheck // nothing was written to it
	if err := x.finish(root); err != nil {
		return err
	}
	return nil
}

// take makes the next file the one under way: one that an earlier process left
// in processing/, else one that lies still.
func (f *folder) take(ctx context.Context) error {
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing was written to it
	for _, dir := range []string{processing, processed, failed} {
		if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	left, err := candidates(root, processing)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return f.open(root, left[0].name)
	}
	name, err := f.still(root)
	if err != nil || name == "" || ctx.Err() != nil {
		return cmp.Or(err, ctx.Err())
	}
	delete(f.looks, name)
	if err := root.Rename(name, processing+"/"+name); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another daemon was faster
		}
		return err
	}
	return f.open(root, name)
}

// candidate is a file that may be taken.
type candidate struct {
	name string
	look
}

// candidates are the files of a folder that are whole as far as their names
// tell, the oldest first.
func candidates(root *os.Root, dir string) ([]candidate, error) {
	d, err := root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close() //nolint:errcheck // read only
	var out []candidate
	for len(out) < maxFiles {
		entries, err := d.ReadDir(maxFiles)
		if out, err = whole(out, entries, err); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b candidate) int {
		return cmp.Or(a.modified.Compare(b.modified), cmp.Compare(a.name, b.name))
	})
	return out, nil
}

// whole appends the entries that may be taken.
func whole(out []candidate, entries []fs.DirEntry, err error) ([]candidate, error) {
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || format(e.Name()) == "" || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, candidate{e.Name(), lookOf(info)})
	}
	return out, nil
}

func lookOf(info fs.FileInfo) look { return look{size: info.Size(), modified: info.ModTime()} }

// still returns the oldest file that has not changed for a while, or "". An
// empty file is one whose writer has not begun.
func (f *folder) still(root *os.Root) (string, error) {
	files, err := candidates(root, ".")
	if err != nil {
		return "", err
	}
	looks, now, name := make(map[string]look, len(files)), time.Now(), ""
	for _, c := range files {
		c.since = now
		if before, seen := f.looks[c.name]; seen && before.same(c.look) {
			c.since = before.since
		}
		looks[c.name] = c.look
		if name == "" && c.size > 0 && now.Sub(c.since) >= f.quiet {
			name = c.name
		}
	}
	f.looks = looks
	return name, nil
}

// open reads a file of processing/ into memory. What is wrong with it as a
// whole is a bad row of it.
func (f *folder) open(root *os.Root, name string) error {
	in, err := root.Open(processing + "/" + name)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	info, err := in.Stat()
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return err
	}
	x := &file{name: name, look: lookOf(info)}
	if x.table, err = f.rows.open(name, data); err != nil {
		x.read = true
		x.bad.add(row{line: 1}, err)
	} else {
		x.bad.note = x.table.note
	}
	f.file = x
	return nil
}

// fault classifies what the file system says.
func (f *folder) fault(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(fault.Unavailable, "drop folder", err)
}

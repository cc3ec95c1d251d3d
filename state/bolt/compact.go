package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// compacting is the end of the name of a file that is being compacted into.
const compacting = ".compact"

// perCompact bounds one transaction of compacting, in bytes.
const perCompact = 4 << 20

// Compact implements state.Compactor. What is kept is written into a new file
// beside the old one, which then takes its place: after a power failure it is the
// one or the other, whole. Readers and writers that come meanwhile wait. Each file
// is locked for as long as its name leads to it, so no other process comes between.
func (s *Store) Compact(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.readOnly {
		return errReadOnly
	}
	s.exclusive.Lock()
	defer s.exclusive.Unlock()
	if s.ended() {
		return errClosed
	}
	beside := s.path + compacting
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	compact, err := bbolt.Open(beside, 0o600, s.options)
	if err != nil {
		return fmt.Errorf("cannot compact the state: %w", err)
	}
	compact.NoFreelistSync = false // it is short: nothing is free
	if err = bbolt.Compact(compact, s.db, perCompact); err == nil {
		err = compact.Update(func(b *bbolt.Tx) error {
			return b.Bucket([]byte(bucketNames[meta])).Delete([]byte(keyErased))
		})
	}
	if err == nil {
		err = compact.Sync()
	}
	if err == nil {
		err = s.swap(compact, beside)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot compact the state: %w", err), compact.Close(), os.Remove(beside))
	}
	return syncFolder(filepath.Dir(s.path))
}

// keyErased is in the bucket of what the file is while something erased may be in
// its free pages.
const keyErased = "erased"

// Erased implements state.Compactor.
func (s *Store) Erased(ctx context.Context) (is bool, err error) {
	err = s.view(ctx, func(t *tx) error {
		is = t.has(meta, keyErased)
		return nil
	})
	return is, err
}

// swap puts a file in the place of the one that is open, and lets go of that one.
func (s *Store) swap(compact *bbolt.DB, beside string) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	if err := os.Rename(beside, s.path); err != nil {
		return err
	}
	old := s.db
	s.db = compact
	// Whatever closing says, nothing of the old file is needed any more.
	_ = old.Close()
	return nil
}

// ended tells whether the store was closed.
func (s *Store) ended() bool {
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	return s.group.closed
}

// openSame opens a file that may be replaced by its compacted form at the very
// moment: who had to wait for the lock of the old one must not go on with it,
// since it has no name any more.
func openSame(path string, o *bbolt.Options) (*bbolt.DB, error) {
	for {
		var file *os.File
		own := *o
		own.OpenFile = func(name string, flag int, perm os.FileMode) (f *os.File, err error) {
			f, err = os.OpenFile(name, flag, perm)
			file = f
			return f, err
		}
		db, err := bbolt.Open(path, 0o600, &own)
		if err != nil {
			return nil, err
		}
		have, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		is, err := os.Stat(path)
		if err == nil && os.SameFile(have, is) {
			return db, nil
		}
		if cerr := db.Close(); cerr != nil || err != nil {
			return nil, errors.Join(err, cerr)
		}
	}
}

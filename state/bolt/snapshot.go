package bolt

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Snapshot implements state.Snapshotter. The copy is made beside the file first:
// while it is, replaced pages cannot be reused, and a slow reader of w would let
// the file grow for as long as it reads.
func (s *Store) Snapshot(ctx context.Context, w io.Writer) (n int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".copy-*") // 0600
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if err := s.copyTo(f); err != nil {
		return 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(w, &patient{ctx, f})
}

func (s *Store) copyTo(f io.Writer) error {
	s.reading.RLock()
	defer s.reading.RUnlock()
	return s.db.View(func(b *bbolt.Tx) error { _, err := b.WriteTo(f); return err })
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

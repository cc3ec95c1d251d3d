// Package bolt keeps the state in one bbolt file: no server, one writer, every
// unit of work durable when its method returns.
//
// Personal values stand in one bucket, by person, and in the texts that were
// filled in for rows; both go with the person. Addresses are found through a
// digest under a key that lives in the file. Events, decisions and rows hold
// ids alone. Bodies of deliveries are kept as they came, for a bounded time.
package bolt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"flowd/state"
)

// Options say how a file is opened. The zero value is fit for use.
type Options struct {
	// Lock is how long to wait for another process to let go of the file; one
	// second when zero.
	Lock time.Duration
	// Settle is how long after opening what an earlier process had under way is
	// looked up: a request of its may still be on its way. 30 seconds when zero.
	Settle time.Duration
	// MaxSize bounds the file, in bytes: beyond it methods fail with ErrFull
	// while there is still room on the disk for everything else. The file grows
	// in steps of 16 MiB and may pass the bound by one. Zero is no bound.
	MaxSize int64
}

// Store implements state.Store, and with it Snapshotter, Checker, Pruner,
// Compactor and Inspector.
type Store struct {
	db        *bbolt.DB      // of whoever holds exclusive or reading
	options   *bbolt.Options // db's
	path      string
	secret    []byte // for the digests of addresses
	maxSize   int64
	readOnly  bool
	group     group
	exclusive sync.Mutex   // held by whoever writes, and by who must not be written under
	reading   sync.RWMutex // held by whoever reads; against it, the file is changed for another
	closing   sync.Once
	closed    error
}

var (
	keyFormat   = []byte("format")
	keySecret   = []byte("secret")
	errOlder    = errors.New("the state was written by an older flowd")
	errReadOnly = errors.New("the state is open for reading only")
)

// mapped is how much address space is reserved: while the file fits, growing it
// never waits for readers.
const mapped = 1 << 30

// Open opens a file for one process, and makes it if it is not there. What an
// earlier process had leased is uncertain from now on and due after o.Settle.
func Open(path string, o Options, now time.Time) (*Store, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("cannot make the state %s: %w", path, err)
	}
	if err := inspect(path, o); err != nil {
		return nil, err
	}
	s, err := open(path, o, false)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path + compacting); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("cannot remove what a stopped process left: %w", err), s.db.Close())
	}
	s.group.wake, s.group.ended = make(chan struct{}, 1), make(chan struct{})
	go s.write()
	settle := o.Settle
	if settle == 0 {
		settle = 30 * time.Second
	}
	if err := s.void(now.Add(settle), now); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot take over the state %s: %w", path, err), s.Close())
	}
	return s, nil
}

// inspect looks at a file before it is opened for writing: what is not ours, too
// new or plainly damaged is left untouched. (bbolt looks for free pages in a
// goroutine of its own when it opens for writing, and what it trips over there
// nobody can recover from.)
func inspect(path string, o Options) error {
	s, err := OpenReadOnly(path, o)
	if err != nil && !errors.Is(err, errOlder) {
		return err
	}
	if s == nil {
		return nil
	}
	return s.Close()
}

// OpenReadOnly opens a file beside other readers. Methods that change something
// fail. While a process has it open for writing, it is locked.
func OpenReadOnly(path string, o Options) (*Store, error) { return open(path, o, true) }

func open(path string, o Options, readOnly bool) (_ *Store, err error) {
	// bbolt panics where it finds pages that cannot be.
	defer func() {
		if damage := recover(); damage != nil {
			err = fmt.Errorf("the state %s is damaged (%v): restore a backup", path, damage)
		}
	}()
	lock := o.Lock
	if lock == 0 {
		lock = time.Second
	}
	options := &bbolt.Options{
		Timeout: lock, ReadOnly: readOnly, MaxSize: int(o.MaxSize),
		// Each commit decides whether it writes the list: see longList.
		NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapped,
	}
	db, err := openSame(path, options)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s is locked, most likely by another flowd that runs on it: run `flowd status`", state.ErrLocked, path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%s is not a flowd state or is damaged (%w): name another file or restore a backup", path, err)
	case err != nil:
		return nil, fmt.Errorf("cannot open the state: %w", err)
	}
	s := &Store{db: db, options: options, path: path, maxSize: o.MaxSize, readOnly: readOnly}
	if err := s.header(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if !readOnly { // what a compaction left behind that was cut short: it has everybody's values
		if err := os.Remove(path + compacting); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, db.Close())
		}
	}
	return s, nil
}

// header checks what the file is and brings it to this version's format.
func (s *Store) header() error {
	var have uint64
	err := s.db.View(func(b *bbolt.Tx) error {
		m := b.Bucket([]byte(bucketNames[meta]))
		if m == nil || m.Get(keyFormat) == nil {
			return fmt.Errorf("%s is a bbolt file of another program: name another file", s.path)
		}
		for _, name := range bucketNames {
			if in := b.Bucket([]byte(name)); in != nil {
				in.Cursor().First() // trips over damage here, where it is told in words
			}
		}
		have = varOf(m.Get(keyFormat))
		s.secret = append([]byte{}, m.Get(keySecret)...)
		return nil
	})
	switch {
	case err != nil:
		return err
	case have == 0:
		return fmt.Errorf("%w (its format)", errDamaged)
	case have > format:
		return fmt.Errorf("%w: %s has format %d and this one knows %d: run the newer flowd, or restore a backup of before", state.ErrNewer, s.path, have, format)
	case have < format && s.readOnly:
		return fmt.Errorf("%w: %s has format %d, which the next `flowd run` brings to %d: run it once", errOlder, s.path, have, format)
	}
	return s.migrate(have, migrations[have-1:])
}

// create makes an empty file. It is made whole beside its place and then moved
// there: a power failure half way leaves no file that cannot be opened.
func create(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	temporary := f.Name()
	defer func() { _ = os.Remove(temporary) }() // gone already where all went well
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(temporary, 0o600, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(fill), db.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return os.Rename(temporary, path) // a file system without links
	}
	return syncFolder(filepath.Dir(path))
}

func fill(b *bbolt.Tx) error {
	for _, name := range bucketNames {
		if _, err := b.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	m := b.Bucket([]byte(bucketNames[meta]))
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	return errors.Join(m.Put(keyFormat, varKey(format)), m.Put(keySecret, secret))
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// void makes what an earlier process had under way uncertain.
func (s *Store) void(due, now time.Time) error {
	return s.update(context.Background(), func(t *tx) error {
		for _, k := range t.prefixed(leased, "") {
			e, err := t.row(number(k))
			if err != nil || e == nil {
				return errors.Join(err, missing(e == nil, "a leased row"))
			}
			e.Lose(due, now)
			if err := t.saveRow(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// missing is an error when an index leads to nothing.
func missing(is bool, what string) error {
	if is {
		return fmt.Errorf("%w (%s is missing)", errDamaged, what)
	}
	return nil
}

// Close ends what is under way and leaves the file so that it opens at once.
func (s *Store) Close() error {
	s.closing.Do(func() {
		if s.readOnly {
			s.closed = s.db.Close()
			return
		}
		s.group.mu.Lock()
		s.group.closed = true
		s.group.mu.Unlock()
		s.group.ring()
		<-s.group.ended
		s.exclusive.Lock()
		defer s.exclusive.Unlock()
		s.db.NoFreelistSync = false
		s.closed = errors.Join(s.db.Update(func(*bbolt.Tx) error { return nil }), s.db.Close())
	})
	return s.closed
}

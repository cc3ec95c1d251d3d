package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"flowd/state"
)

// A commit costs two flushes of the disk, whatever it holds. Units of work that
// come while one is being committed share the next: one writer takes all that
// wait and runs them in one transaction. No timer is involved, so that a lone
// one is committed at once.

// unit is one unit of work. It may run more than once, so it sets whatever it
// returns anew each time; on an error it is taken back as if it had never run.
type unit struct {
	ctx  context.Context
	run  func(*tx) error
	done chan error
}

// group is what waits for the next commit.
type group struct {
	mu     sync.Mutex
	units  []*unit
	closed bool
	wake   chan struct{} // holds one
	ended  chan struct{}
}

// errClosed says that a store is used after Close.
var errClosed = errors.New("the state is closed")

// maxGroup bounds one commit, and with it how long its members wait.
const maxGroup = 512

// update runs a unit of work and returns when it is durable, or has failed and
// changed nothing. It waits for the commit even if ctx ends meanwhile: only then
// is known which of the two it is.
func (s *Store) update(ctx context.Context, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.readOnly {
		return errReadOnly
	}
	u := &unit{ctx: ctx, run: run, done: make(chan error, 1)}
	g := &s.group
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return errClosed
	}
	g.units = append(g.units, u)
	g.mu.Unlock()
	g.ring()
	return <-u.done
}

func (g *group) ring() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// take removes the units of the next commit.
func (g *group) take(last int) (units []*unit, closed bool) {
	if last > 1 {
		g.linger()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.units), maxGroup)
	units = g.units[:n:n]
	g.units = g.units[n:]
	if len(g.units) > 0 {
		g.ring()
	}
	return units, g.closed && len(g.units) == 0
}

// Where the last commit had several members, the next one waits while more come
// and for a moment after the last: those that were just answered are on their
// way back, and a commit of their own costs them more.
const (
	moment = 200 * time.Microsecond
	linger = time.Millisecond
	looks  = 10_000 // where time stands still, as in a test's bubble
)

func (g *group) linger() {
	began := time.Now()
	seen, since := 0, began
	for range looks {
		if time.Since(since) >= moment || time.Since(began) >= linger {
			return
		}
		runtime.Gosched()
		g.mu.Lock()
		n := len(g.units)
		g.mu.Unlock()
		if n > seen {
			seen, since = n, time.Now()
		}
	}
}

// write is the one writer. It ends when the store is closed and all that was
// asked for before is done.
func (s *Store) write() {
	defer close(s.group.ended)
	var rested <-chan time.Time
	for last := 0; ; {
		select {
		case <-rested:
			rested = nil
			s.settleDown()
		case <-s.group.wake:
			units, closed := s.group.take(last)
			last = len(units)
			if s.commit(units) {
				rested = time.After(rest)
			}
			if closed {
				return
			}
		}
	}
}

// longList tells whether the list of free pages is too long to be written with
// each commit: a thousand pages cost 15 us and two pages more to write (measured,
// beside 500 us for the commit). There are few, except after pruning. Without the
// list, an open has to look for free pages in the whole file.
func (s *Store) longList() bool {
	const short = 4000
	now := s.db.Stats()
	return now.FreePageN+now.PendingPageN > short
}

// rest is how long nobody writes before the file is left as Close leaves it.
const rest = time.Second

// settleDown writes the list of free pages however long it is, so that a kill
// while nothing is under way costs no look at the whole file. It changes nothing
// that is kept: if it fails, the next open takes longer, and the next unit of
// work tells of the cause.
func (s *Store) settleDown() {
	s.exclusive.Lock()
	defer s.exclusive.Unlock()
	if s.db.NoFreelistSync {
		s.db.NoFreelistSync = false
		_ = s.db.Update(func(*bbolt.Tx) error { return nil })
	}
}

// commit runs units in one transaction. One that fails is told so and taken out;
// the others are run again without it, since it may have written. It returns
// whether the file changed.
func (s *Store) commit(units []*unit) (changed bool) {
	s.exclusive.Lock()
	defer s.exclusive.Unlock()
	for len(units) > 0 {
		wrote, failed, err := s.attempt(units)
		changed = changed || wrote
		switch {
		case err == nil:
			for _, u := range units {
				u.done <- nil
			}
			return changed
		case failed >= 0:
			units[failed].done <- err
			units = append(units[:failed:failed], units[failed+1:]...)
		case len(units) == 1:
			units[0].done <- err
			return changed
		default: // the commit itself: each for itself, so that one too many fails alone
			for _, u := range units {
				wrote, _, err := s.attempt([]*unit{u})
				changed = changed || wrote
				u.done <- err
			}
			return changed
		}
	}
	return changed
}

// attempt runs units in one transaction. On an error it says which of them
// failed, or -1 when it was the commit.
func (s *Store) attempt(units []*unit) (wrote bool, failed int, err error) {
	b, err := s.db.Begin(true)
	if err != nil {
		return false, -1, err
	}
	t := &tx{bolt: b, store: s}
	for i, u := range units {
		if err = u.ctx.Err(); err == nil {
			err = u.run(t)
		}
		if err != nil {
			return false, i, errors.Join(s.inWords(err), b.Rollback())
		}
	}
	if !t.changed {
		return false, -1, b.Rollback()
	}
	if err = t.writeTallies(); err != nil {
		return false, -1, errors.Join(err, b.Rollback())
	}
	s.db.NoFreelistSync = s.longList()
	err = b.Commit()
	return err == nil, -1, s.inWords(err)
}

// inWords says what to do about a full store.
func (s *Store) inWords(err error) error {
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return fmt.Errorf("%w: %s may have %d MiB; allow it more, or keep less for less long", state.ErrFull, s.path, s.maxSize>>20)
	}
	return err
}

// view runs fn on a consistent snapshot. It must be short: while it lasts, what
// others replace cannot be reused.
func (s *Store) view(ctx context.Context, fn func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.reading.RLock()
	defer s.reading.RUnlock()
	err := s.db.View(func(b *bbolt.Tx) error { return fn(&tx{bolt: b, store: s}) })
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return errClosed
	}
	return err
}

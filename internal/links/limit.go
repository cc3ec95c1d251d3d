package links

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often a link may be opened. A person who clicks twice, or a team that
// looks together, is far below; a script that turns clicks into calls to
// Hireflix is far above.
const (
	perLink      = rate.Limit(1.0 / 6) // ten a minute
	perLinkBurst = 10
	overall      = rate.Limit(5) // a second, over all links: each is a call to Hireflix
	overallBurst = 30
	maxLimiters  = 4096
)

// Limits counts the openings of each link, for as many as were opened last. It is
// safe for concurrent use.
type Limits struct {
	mu     sync.Mutex
	of     map[string]*list.Element
	recent *list.List // of limiter, the last used first
	all    *rate.Limiter
}

type limiter struct {
	link string
	*rate.Limiter
}

// NewLimits has counted nothing yet.
func NewLimits() *Limits {
	return &Limits{of: make(map[string]*list.Element), recent: list.New(), all: rate.NewLimiter(overall, overallBurst)}
}

// One tells whether a link, by its digest, may be opened now.
func (l *Limits) One(link string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, known := l.of[link]; known {
		l.recent.MoveToFront(at)
	} else {
		l.of[link] = l.recent.PushFront(limiter{link, rate.NewLimiter(perLink, perLinkBurst)})
		if l.recent.Len() > maxLimiters {
			if oldest, ok := l.recent.Remove(l.recent.Back()).(limiter); ok {
				delete(l.of, oldest.link)
			}
		}
	}
	found, ok := l.recent.Front().Value.(limiter)
	return ok && found.AllowN(now, 1)
}

// any tells whether Hireflix may be called now.
func (l *Limits) any(now time.Time) bool { return l.all.AllowN(now, 1) }

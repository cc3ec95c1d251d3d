package connectors

import (
	"strings"
	"sync"
	"time"
)

const (
	keepListing = 15 * time.Minute // though what is looked for is in it
	restListing = time.Minute      // though it is not
	keepKeys    = 1000             // listings kept at once
)

// Listing keeps what seldom changes in a system, such as the stages of its jobs,
// by key. It is safe for concurrent use.
type Listing[T any] struct {
	mu   sync.Mutex
	kept map[string]kept[T]
}

type kept[T any] struct {
	value T
	at    time.Time
}

// Find returns the listing of a key: for a quarter of an hour as it is kept if it
// has what is looked for; else as ask tells it, at most once a minute. The
// caller may find that what it looks for is in neither.
func (l *Listing[T]) Find(key string, has func(T) bool, ask func() (T, error)) (T, error) {
	value, age, there := l.get(key)
	if there && (age < restListing || age < keepListing && has(value)) {
		return value, nil
	}
	value, err := ask()
	if err != nil {
		return value, err
	}
	l.put(key, value)
	return value, nil
}

func (l *Listing[T]) get(key string) (value T, age time.Duration, there bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, there := l.kept[key]
	return k.value, time.Since(k.at), there
}

func (l *Listing[T]) put(key string, value T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || len(l.kept) >= keepKeys {
		l.kept = map[string]kept[T]{}
	}
	l.kept[key] = kept[T]{value, time.Now()}
}

// SameName compares names as people write them: without regard to case and to
// how many blanks stand where.
func SameName(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

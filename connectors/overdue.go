package connectors

import (
	"slices"
	"sync"
	"time"
)

// dueDates is when each polled source is overdue unless a poll ends well before.
type dueDates struct {
	mu sync.Mutex
	at map[string]time.Time
	// told is when a poll's end was stored last.
	told map[string]time.Time
}

// A source is overdue after this many intervals without a poll that ended well,
// and not before a while: one failure is no news.
const (
	patience      = 5
	leastPatience = 15 * time.Minute
)

// begin takes up the sources that are polled from now on. One that is overdue
// stays so until a poll of it ends well, and one that is polled no more is not.
func (d *dueDates) begin(sources []Source) {
	d.mu.Lock()
	before := d.at
	d.at = nil
	d.mu.Unlock()
	for _, s := range sources {
		if s.Poller == nil {
			continue
		}
		d.expect(s)
		if at, known := before[s.Name]; known {
			d.mu.Lock()
			d.at[s.Name] = at
			d.mu.Unlock()
		}
	}
}

func (d *dueDates) expect(s Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = map[string]time.Time{}
	}
	d.at[s.Name] = time.Now().Add(max(patience*s.Every, leastPatience))
}

// tellEvery is how often within a source's MaxAge the end of a poll is stored
// though it brought nothing: by it a long outage shows.
const tellEvery = 24

func (d *dueDates) untold(s Source) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.told[s.Name]) >= s.MaxAge/tellEvery
}

func (d *dueDates) tell(s Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told == nil {
		d.told = map[string]time.Time{}
	}
	d.told[s.Name] = time.Now()
}

// Overdue lists the polled sources, by name, that could not be polled to their
// end for too long.
func (p *Polls) Overdue(now time.Time) []string {
	p.due.mu.Lock()
	defer p.due.mu.Unlock()
	var late []string
	for name, at := range p.due.at {
		if now.After(at) {
			late = append(late, name)
		}
	}
	slices.Sort(late)
	return late
}

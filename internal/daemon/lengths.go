package daemon

import (
	"context"
	"sync"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// lengths finds out how long the answers of finished interviews are: no webhook
// and no listing tells it. It is for people to read, so it comes later and holds
// nothing up; what a stop forgets comes again with the next look.
type lengths struct {
	mu      sync.Mutex
	waiting map[string]bool // interviews, by id
	silent  map[string]int  // how often Hireflix did not tell of one
}

const (
	maxLengths   = 5000 // that wait; the next look brings the others
	lengthsOnce  = 60   // asked for in a minute
	lengthsTries = 5    // of one interview: each look shows it again, for ever
)

// note remembers what a batch showed to be answered.
func (n *lengths) note(seen []flowd.Sighting) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range seen {
		if s.Interview.Answered && s.Interview.Duration == 0 && len(n.waiting) < maxLengths && n.silent[s.Interview.ID] < lengthsTries {
			if n.waiting == nil {
				n.waiting = map[string]bool{}
			}
			n.waiting[s.Interview.ID] = true
		}
	}
}

// untold counts an answer without a length. What is counted is bounded: beyond
// that each is asked for a few times more.
func (n *lengths) untold(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.silent == nil || len(n.silent) >= 4*maxLengths {
		n.silent = map[string]int{}
	}
	n.silent[id]++
}

func (n *lengths) take() (ids []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id := range n.waiting {
		if len(ids) == lengthsOnce {
			break
		}
		ids = append(ids, id)
		delete(n.waiting, id)
	}
	return ids
}

// measure asks for the lengths that are not known of interviews with an
// application, and takes them in like anything else that Hireflix shows.
func (d *Daemon) measure(ctx context.Context) {
	for _, id := range d.lengths.take() {
		known, _, err := d.store.Interviews(ctx, state.InterviewFilter{ID: id}, state.Page{})
		if err != nil || len(known) == 0 || len(known[0].Ties) == 0 || known[0].Interview.Duration != 0 {
			continue
		}
		if d.sweep.pace.Wait(ctx) != nil {
			return
		}
		long, err := d.client.Duration(ctx, id)
		if long == 0 && !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.RateLimited) {
			d.lengths.untold(id)
		}
		if err == nil && long > 0 {
			err = d.admit(ctx, flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Sightings: []flowd.Sighting{{Interview: flowd.Interview{ID: id, Duration: long}}}})
		}
		if err != nil {
			d.log.Debug().Err(err).Str("interview", id).Msg("the length of an interview is not known yet")
		}
	}
}

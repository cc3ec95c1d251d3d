package daemon

import (
	"context"
	"sync"

	"flowd"
	"flowd/state"
)

// lengths finds out how long the answers of finished interviews are: no webhook
// and no listing tells it. It is for people to read, so it comes later and holds
// nothing up; what a stop forgets comes again with the next look.
type lengths struct {
	mu      sync.Mutex
	waiting map[string]bool // interviews, by id
}

const (
	maxLengths  = 5000 // that wait; the next look brings the others
	lengthsOnce = 60   // asked for in a minute
)

// note remembers what a batch showed to be answered.
func (n *lengths) note(seen []flowd.Sighting) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range seen {
		if s.Interview.Answered && s.Interview.Duration == 0 && len(n.waiting) < maxLengths {
			if n.waiting == nil {
				n.waiting = map[string]bool{}
			}
			n.waiting[s.Interview.ID] = true
		}
	}
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
		if err == nil && long > 0 {
			err = d.admit(ctx, flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Sightings: []flowd.Sighting{{Interview: flowd.Interview{ID: id, Duration: long}}}})
		}
		if err != nil {
			d.log.Debug().Err(err).Str("interview", id).Msg("the length of an interview is not known yet")
		}
	}
}

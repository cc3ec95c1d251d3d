package daemon

import (
	"context"
	"encoding/json"
	"slices"

	"golang.org/x/time/rate"

	"flowd"
	"flowd/internal/fault"
)

// sweeper looks at the interviews of every position in use, page by page, so
// that what a lost webhook would have told is known within minutes. It is a
// poller like any other: its place is stored with what it found, and a stop in
// between loses nothing.
type sweeper struct {
	client interface {
		Sweep(ctx context.Context, position, cursor string) (page []flowd.Sighting, next string, done bool, err error)
	}
	used  func() []flowd.Position
	pace  *rate.Limiter // Hireflix publishes no limit: a sweep leaves room for invites
	found func(error)   // told of a position that cannot be listed

	began bool // this process has looked before
	again bool // the round under way began in an earlier process: another follows
}

// sweepPace is how many pages a second are asked for.
const sweepPace = 2

// place is where a sweep goes on.
type place struct {
	// Positions are all that were ever swept whole: those that no rule names any
	// more still have open interviews.
	Positions []string
	Position  string // the one under way; empty at the beginning
	Page      string
}

// Poll implements connectors.Poller: one page of one position.
func (s *sweeper) Poll(ctx context.Context, cursor []byte) (flowd.Batch, bool, error) {
	var at place
	if len(cursor) > 0 {
		if err := json.Unmarshal(cursor, &at); err != nil {
			at = place{} // from the beginning: what was seen is no news
		}
	}
	if !s.began {
		// What changed while flowd was down may stand on pages that the round had
		// passed: it is brought to its end, and followed by a whole one at once.
		s.began, s.again = true, at.Position != ""
	}
	all := s.positions(at)
	if len(all) == 0 {
		return flowd.Batch{}, false, nil
	}
	i, found := slices.BinarySearch(all, at.Position)
	if !found {
		at.Page = "" // the position is not in use any more, or nothing is under way
	}
	if i == len(all) {
		i = 0
	}
	at.Position = all[i]
	if err := s.pace.Wait(ctx); err != nil {
		return flowd.Batch{}, false, err
	}
	b := flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Baseline: !slices.Contains(at.Positions, at.Position)}
	page, next, done, err := s.client.Sweep(ctx, at.Position, at.Page)
	switch {
	case fault.Is(err, fault.NotFound):
		done = true // deleted: the others are still looked at
		if s.found != nil {
			s.found(err)
		}
	case err != nil:
		return flowd.Batch{}, false, err
	}
	b.Sightings, at.Page = page, next
	if done {
		if b.Baseline && err == nil {
			at.Positions = append(slices.Clone(at.Positions), at.Position)
		}
		at.Page, at.Position = "", ""
		if i++; i < len(all) {
			at.Position = all[i]
		} else if s.again {
			at.Position, s.again = all[0], false
		}
	}
	if b.Cursor, err = json.Marshal(at); err != nil {
		return flowd.Batch{}, false, err
	}
	return b, at.Position != "", nil
}

// positions are the ids to look at, in order.
func (s *sweeper) positions(at place) []string {
	all := slices.Clone(at.Positions)
	for _, p := range s.used() {
		if p.ID != "" {
			all = append(all, p.ID)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

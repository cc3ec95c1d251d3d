package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
)

const (
	firstRefresh = 5 * time.Second  // what a start or a reload waits for Hireflix
	laterRefresh = 30 * time.Second // what a scheduled refresh waits
)

// catalogue is the positions of the account as last read, and the ids that rule
// files' names were pinned to. Both are kept in the state, so that a start
// without Hireflix knows what the last one knew.
type catalogue struct {
	store  state.Store
	source interface {
		Positions(ctx context.Context) ([]flowd.Position, error)
	}
	rules string // where the rule files lie, for the places of problems
	log   zerolog.Logger

	mu        sync.Mutex
	positions []flowd.Position
	readAt    time.Time
	pins      map[string]string
	lock      map[string]string    // the pins of a names.lock beside the rules, which win
	problems  []strictyaml.Problem // of the last binding
}

type keptPositions struct {
	Positions []flowd.Position
	ReadAt    time.Time
}

// Documents of the shelf.
const (
	shelfCatalogue = "catalogue"
	shelfRules     = "rules"
	shelfProcess   = "process"
)

func openCatalogue(ctx context.Context, store state.Store, source interface {
	Positions(ctx context.Context) ([]flowd.Position, error)
}, rules string, log zerolog.Logger) (*catalogue, error) {
	c := &catalogue{store: store, source: source, rules: rules, log: log, pins: map[string]string{}}
	var kept keptPositions
	if err := take(ctx, store, shelfCatalogue, "positions", &kept); err != nil {
		return nil, err
	}
	c.positions, c.readAt = kept.Positions, kept.ReadAt
	return c, take(ctx, store, shelfCatalogue, "pins", &c.pins)
}

// refresh reads the positions anew. Hireflix may be unreachable: then what was
// known stays, and the log says so.
func (c *catalogue) refresh(ctx context.Context, wait time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	positions, err := c.source.Positions(ctx)
	if err != nil {
		c.log.Warn().Err(err).Msg("the positions cannot be read from Hireflix; going on with those known")
		return false
	}
	c.mu.Lock()
	c.positions, c.readAt = positions, time.Now()
	kept := keptPositions{positions, c.readAt}
	c.mu.Unlock()
	if err := put(ctx, c.store, shelfCatalogue, "positions", kept); err != nil {
		c.log.Error().Err(err).Msg("the positions could not be stored")
	}
	return true
}

// bind resolves a set's position names and pins those that are new. An unknown
// name refuses the set: it is a slip that would leave people waiting. An
// archived position does not: its queue is held until it opens again.
func (c *catalogue) bind(ctx context.Context, set *rules.Set) (*rules.Set, error) {
	bound, pins, problems := c.resolve(set, true)
	if strictyaml.HasErrors(problems) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.problems = under(c.rules, problems)
		return nil, &Problems{List: c.problems}
	}
	return bound, c.pin(ctx, pins, problems)
}

// resolve finds the ids of a set's names and keeps nothing. Where nobody can tell
// a slip from a position that is newer than what is known, against is false: the
// name stays unresolved, and what needs it waits.
func (c *catalogue) resolve(set *rules.Set, against bool) (*rules.Set, map[string]string, []strictyaml.Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var known []flowd.Position
	if against {
		known = c.listed()
	}
	pins := maps.Clone(c.pins)
	maps.Copy(pins, c.lock)
	return set.Bind(known, pins)
}

// pin makes the names that a set serves with mean the same from now on.
func (c *catalogue) pin(ctx context.Context, pins map[string]string, problems []strictyaml.Problem) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = under(c.rules, problems)
	for _, p := range c.problems {
		c.log.Warn().Str("place", fmt.Sprintf("%s:%d", p.File, p.Line)).Msg(p.Message)
	}
	if maps.Equal(c.pins, pins) {
		return nil
	}
	if err := put(ctx, c.store, shelfCatalogue, "pins", pins); err != nil {
		return fmt.Errorf("pin the names of positions: %w", err)
	}
	c.pins = pins
	return nil
}

// listed are the positions, not nil once they were read.
func (c *catalogue) listed() []flowd.Position {
	var known []flowd.Position
	if !c.readAt.IsZero() {
		known = c.positions
		if known == nil {
			known = []flowd.Position{}
		}
	}
	return known
}

// known returns the positions and when they were read.
func (c *catalogue) known() ([]flowd.Position, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.positions), c.readAt
}

func (c *catalogue) found() []strictyaml.Problem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.problems)
}

// open lists the positions that accept invites as far as the catalogue knows.
func (c *catalogue) open() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]bool{}
	for _, p := range c.positions {
		out[p.ID] = !p.Archived
	}
	return out
}

// take reads a document; one that is not there leaves into as it is.
func take(ctx context.Context, s state.Shelf, kind, id string, into any) error {
	doc, err := s.Document(ctx, kind, id)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s/%s from the state: %w", kind, id, err)
	}
	if err := json.Unmarshal(doc.Body, into); err != nil {
		return fmt.Errorf("read %s/%s from the state: %w", kind, id, err)
	}
	return nil
}

func put(ctx context.Context, s state.Shelf, kind, id string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Keep(ctx, state.Document{Kind: kind, ID: id, At: time.Now(), Body: body})
}

// keepRules stores the files of a set under its digest, so that a decision can
// be explained by the rules of its day.
func keepRules(ctx context.Context, s state.Shelf, set *rules.Set) error {
	if _, err := s.Document(ctx, shelfRules, set.Digest()); err == nil {
		return nil
	}
	if err := put(ctx, s, shelfRules, set.Digest(), set.Files()); err != nil {
		return fmt.Errorf("keep the rule files: %w", err)
	}
	return nil
}

package poll

import (
	"errors"
	"fmt"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
)

// taking makes snapshots or events of items. It is immutable.
type taking struct {
	when     *expression.Mapping
	whenMove bool // when is asked about each move
	explode  *expression.Mapping
	whole    bool // the map reads what stands around the list
	parts    *connectors.Map
	door     connectors.Door
}

// mostMoves bounds what one item may hold.
const mostMoves = 1000

// fits holds that move is read only where there is one.
func (t *taking) fits(k *connectors.Compiler, cfg Config) {
	t.whenMove = connectors.Names(t.when, "move")
	t.whole = connectors.Names(t.when, "body") || connectors.Names(t.explode, "body") || t.parts.Reading("body") != ""
	if t.explode != nil {
		if connectors.Names(t.explode, "move") {
			k.Fail(cfg.Explode, "item", "explode cannot read move: it makes them", "name the list in the item, such as item.history")
		}
		return
	}
	if t.whenMove {
		k.Fail(cfg.When, "item", "move is read, and there is no explode", "add explode: with the list in the item, or read item")
	}
	if part := t.parts.Reading("move"); part != "" {
		k.Fail(cfg.Map, "item", part+" reads move, and there is no explode", "add explode: with the list in the item, or read item")
	}
}

// item hands over what one item is.
func (t *taking) item(in *expression.Input, each func(flowd.Event) error) error {
	if !t.whenMove {
		if yes, err := t.concerns(in); err != nil || !yes {
			return err
		}
	}
	if t.explode == nil {
		return t.one(in, each)
	}
	v, err := t.explode.Eval(in)
	if err != nil {
		return fmt.Errorf("explode: %w", err)
	}
	moves, ok := v.([]any)
	switch {
	case v == nil:
		return nil
	case !ok:
		return errors.New("explode is no list")
	case len(moves) > mostMoves:
		return fmt.Errorf("explode has more than %d items", mostMoves)
	}
	for i, move := range moves {
		in.Move = move
		if t.whenMove {
			if yes, err := t.concerns(in); err != nil {
				return fmt.Errorf("explode[%d]: %w", i, err)
			} else if !yes {
				continue
			}
		}
		if err := t.one(in, each); err != nil {
			return fmt.Errorf("explode[%d]: %w", i, err)
		}
	}
	return nil
}

func (t *taking) one(in *expression.Input, each func(flowd.Event) error) error {
	ev, err := t.parts.Event(in, t.door)
	if err != nil {
		return err
	}
	return each(ev)
}

// concerns asks when; what is not asked concerns flowd.
func (t *taking) concerns(in *expression.Input) (bool, error) {
	if t.when == nil {
		return true, nil
	}
	yes, err := connectors.Ask(t.when, in)
	if err != nil {
		return false, fmt.Errorf("when: %w", err)
	}
	return yes, nil
}

// take is what the items of one page become.
type take struct {
	*taking
	ats    string
	log    bool
	first  bool      // what is no longer there was never known
	from   time.Time // of a log: what was before is left out
	now    time.Time
	seen   []flowd.Snapshot
	events []flowd.Event
}

// add takes an event in: as it is from a log; else as what it says of where the
// application stands.
func (t *take) add(ev flowd.Event) error {
	seen := flowd.Snapshot{Application: ev.Application, Entered: ev.At}
	seen.Stage = ev.Stage
	if err := connectors.Sound(seen, t.now); err != nil {
		return err
	}
	apart := ev.Type.Erases() || ev.Type == flowd.ApplicationMerged || ev.Type == flowd.JobClosed
	switch {
	case t.log && ev.At.IsZero():
		return errors.New("map at is nothing, and a move without a time cannot be told from one that comes again")
	case t.log && ev.At.Before(t.from), apart && !t.log && t.first:
		return nil
	case t.log || apart:
		ev.Key = connectors.PollKey(t.ats, ev)
		t.events = append(t.events, ev)
		return nil
	}
	if status, ok := ev.Type.Status(); ok && seen.Status == "" {
		seen.Status = status
	}
	if seen.Stage.IsZero() && (seen.Status == "" || seen.Status == flowd.StatusActive) {
		return errors.New("map stage is missing")
	}
	t.seen = append(t.seen, seen)
	return nil
}

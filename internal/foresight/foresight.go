// Package foresight tells what edited rules would change, before they serve: for
// the people of the recorded events, for the work that is owed, and for those
// who already stand in a stage. Both sets answer through the engine's own
// decision, so that what is foretold is what would happen.
package foresight

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"flowd"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// Question is what two sets of rules are compared on. Compare changes nothing.
type Question struct {
	Store state.Store
	// Served and Edited are the two sets, bound to positions and compiled for the
	// same sources.
	Served, Edited *rules.Set
	// RuleSet is the set of a digest, or nil: which custom fields were kept on a
	// day is what the set of that day reads, beside those that Kept names (folded).
	RuleSet func(digest string) *rules.Set
	Kept    []string
	// Decode decodes a recorded delivery again, for the fields that were not kept;
	// nil where no body is.
	Decode Decode
	// Asks tells whether a source is asked how an application stands before anything
	// is done that was ordered; nil is none.
	Asks func(source string) bool
	// Marked is what an engine knows of an application beside what is stored; nil
	// adds nothing.
	Marked func(flowd.Facts) flowd.Facts
	// Bars is why safety lets nobody write to an address, or ReasonNone; nil bars
	// nobody. Such a person is counted apart, and not named among who stands there.
	Bars  func(address string) flowd.Reason
	Since time.Time
	Now   time.Time
	Show  bool // names and addresses
	// Everybody names all who stand in a stage, and not only the first.
	Everybody bool
	// Step is told what it is at and how far, by one at a time.
	Step func(at string, done, of int)
}

// Bounds: what is beyond them is told in a note.
const (
	mostPeople   = 100_000 // applications that are looked at one by one
	mostOwed     = 20_000  // rows of work
	mostStanding = 20_000  // named where Everybody is
	pageSize     = 1000
)

// comparison is one run.
type comparison struct {
	Question
	plan web.Plan
	// served and edited are the rules that the other set does not have alike: of
	// what no other rule than those may act on, nothing changes.
	served, edited *rules.Part
	once           bool // a rule of either invites a person once over all their applications
	byRule         bool // a reaction of either goes by which rule invited
	unknown        unkept
	causes         causes
	barred         map[flowd.Reason]int // of those who would be invited

	mu     sync.Mutex
	differ map[application]bool
	more   bool
}

type application struct{ ats, id string }

// Compare goes through the recorded events, newest first: what it remembers grows
// with the people for whom something changes, not with the events.
func Compare(ctx context.Context, q Question) (web.Plan, error) {
	c := newComparison(q)
	// Both touch nothing of each other's.
	beside, within := errgroup.WithContext(ctx)
	beside.Go(func() error { return c.events(within) })
	beside.Go(func() error { return c.standing(within) })
	if err := beside.Wait(); err != nil {
		return web.Plan{}, err
	}
	for _, part := range []func(context.Context) error{c.people, c.owed} {
		if err := part(ctx); err != nil {
			return web.Plan{}, err
		}
	}
	return c.told(), nil
}

// told is the plan, once all events were gone through.
func (c *comparison) told() web.Plan {
	c.plan.Fields = c.unknown.told()
	c.unknown.explain(c.plan.People)
	c.unknown.explain(c.plan.Owed)
	c.unknown.explain(c.plan.Stand)
	c.plan.Causes = c.causes.sorted(&c.unknown)
	for _, reason := range slices.Sorted(maps.Keys(c.barred)) {
		c.note("%d of those who would be invited are not written to: %s", c.barred[reason], reason.InWords())
	}
	return c.plan
}

func newComparison(q Question) *comparison {
	c := &comparison{Question: q, differ: map[application]bool{}, served: q.Served.Differing(q.Edited), edited: q.Edited.Differing(q.Served), causes: causes{}, barred: map[flowd.Reason]int{}}
	if c.Marked == nil {
		c.Marked = func(f flowd.Facts) flowd.Facts { return f }
	}
	if c.Bars == nil {
		c.Bars = func(string) flowd.Reason { return flowd.ReasonNone }
	}
	for _, set := range []*rules.Set{q.Served, q.Edited} {
		c.byRule = c.byRule || set.GoesByRule()
		for _, r := range set.Rules() {
			c.once = c.once || r.OncePerCandidate && r.Mode == flowd.Live
		}
	}
	c.plan = web.Plan{
		Served: q.Served.Digest(), Edited: q.Edited.Digest(), Since: q.Since,
		Changes: map[web.Change]int{}, Waiting: map[web.Change]int{}, Reactions: map[web.Change]int{},
		People: []web.Planned{}, Owed: []web.Planned{}, Stand: []web.Planned{}, Reacted: []web.Planned{},
		Fields: []web.KeptField{}, Causes: []web.Cause{}, Notes: []string{},
	}
	c.unknown = unkept{read: q.Edited.Fields(), kept: q.Kept, of: q.RuleSet, served: q.Served, sets: map[string]*day{}}
	return c
}

// step tells how far a part is.
func (c *comparison) step(at string, done, of int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Step(at, min(done, of), of)
}

// looksCloser keeps applications to be looked at one by one.
func (c *comparison) looksCloser(found []application) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range found {
		if c.more = c.more || len(c.differ) >= mostPeople && !c.differ[a]; !c.more {
			c.differ[a] = true
		}
	}
}

// decidedAt is when both sets are asked as of.
func decidedAt(t state.Told) time.Time {
	if t.Decided.IsZero() {
		return t.Event.Received
	}
	return t.Decided
}

func (c *comparison) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plan.Notes = append(c.plan.Notes, fmt.Sprintf(format, args...))
}

func nameOf(name, id string) string {
	if strings.TrimSpace(name) != "" {
		return name
	}
	return id
}

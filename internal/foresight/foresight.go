// Package foresight tells what edited rules would change, before they serve: for
// the people of the recorded events, for the work that is owed, and for those
// who already stand in a stage. Both sets answer through the engine's own
// decision, so that what is foretold is what would happen.
package foresight

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// Question is what two sets of rules are compared on. Compare changes nothing.
type Question struct {
	Store state.Store
	// Served and Edited are the two sets, bound to the same positions.
	Served, Edited *rules.Set
	// RuleSet is the set of a digest, or nil: which custom fields were kept on a
	// day is what the set of that day reads, beside those that Kept names (folded).
	RuleSet func(digest string) *rules.Set
	Kept    []string
	// Decode decodes a recorded delivery again, for the fields that were not kept;
	// nil where no body is.
	Decode func(source string, body []byte, received time.Time) ([]flowd.Event, error)
	Since  time.Time
	Now    time.Time
	Show   bool // names and addresses
	// Step is told how far it is, from 0 to 1; it is called by one at a time.
	Step func(done float64, events int)
}

// Bounds: what is beyond them is told in a note.
const (
	mostPeople = 100_000 // applications that are looked at one by one
	mostOwed   = 20_000  // rows of work
	mostLeft   = 200_000 // applications without a row
	pageSize   = 1000
)

// comparison is one run.
type comparison struct {
	Question
	plan    web.Plan
	changed [2]map[string]bool // files of the served and of the edited rules
	unknown unkept

	mu     sync.Mutex
	differ map[application]bool
	more   bool
}

type application struct{ ats, id string }

// Compare goes through the recorded events, newest first, a page at a time: what
// it remembers grows with the people for whom something changes, not with the
// events.
func Compare(ctx context.Context, q Question) (web.Plan, error) {
	c := &comparison{Question: q, differ: map[application]bool{}, changed: [2]map[string]bool{q.Served.Changed(q.Edited), q.Edited.Changed(q.Served)}}
	c.plan = web.Plan{
		Served: q.Served.Digest(), Edited: q.Edited.Digest(), Since: q.Since,
		Changes: map[web.Change]int{}, Waiting: map[web.Change]int{},
		People: []web.Planned{}, Owed: []web.Planned{}, Stand: []web.Planned{}, Fields: []web.KeptField{}, Notes: []string{},
	}
	c.unknown = unkept{read: q.Edited.Fields(), kept: q.Kept, sets: map[string][]string{}, since: map[string]time.Time{}, of: q.RuleSet, served: q.Served}
	// Both go through all events, and touch nothing of each other's.
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
	c.plan.Fields = c.unknown.told()
	return c.plan, nil
}

// events finds the applications for which something may change.
func (c *comparison) events(ctx context.Context) error {
	pages := make(chan []state.Told, 4)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		defer close(pages)
		return c.read(ctx, pages)
	})
	for range max(runtime.GOMAXPROCS(0), 2) {
		work.Go(func() error {
			for page := range pages {
				c.sift(page)
			}
			return nil
		})
	}
	return work.Wait()
}

// read brings the events since the beginning, a page at a time.
func (c *comparison) read(ctx context.Context, pages chan<- []state.Told) error {
	for page := (state.Page{Limit: pageSize}); ; {
		found, err := c.Store.Find(ctx, state.Filter{Subject: state.Events}, page)
		if err != nil {
			return err
		}
		told := found.Told
		if end := slices.IndexFunc(told, func(t state.Told) bool { return t.Event.Received.Before(c.Since) }); end >= 0 {
			told, found.Next = told[:end], ""
		}
		c.plan.Events += len(told)
		if len(told) > 0 {
			select {
			case pages <- told:
			case <-ctx.Done():
				return ctx.Err()
			}
			c.Step(share(c.Now.Sub(told[len(told)-1].Event.Received), c.Now.Sub(c.Since)), c.plan.Events)
		}
		if found.Next == "" {
			return nil
		}
		page.After = found.Next
	}
}

// share is how much of the span is behind; the people one by one are the rest.
func share(behind, span time.Duration) float64 {
	if span <= 0 {
		return 0
	}
	return min(float64(behind)/float64(span), 1) * 0.9
}

// sift notes the applications of a page that need a closer look.
func (c *comparison) sift(page []state.Told) {
	var found []application
	before, after := 0, 0
	for _, t := range page {
		if !c.Served.Looks(t.Event, c.changed[0]) && !c.Edited.Looks(t.Event, c.changed[1]) {
			// Both sets answer as the recorded one did, or alike.
			if n := invites(t.Decisions); t.Facts.Novelty == flowd.Fresh {
				before, after = before+n, after+n
			}
			continue
		}
		at := decidedAt(t)
		served, edited := engine.Decide(c.Served, t.Event, t.Facts, at), engine.Decide(c.Edited, t.Event, t.Facts, at)
		if t.Facts.Novelty == flowd.Fresh {
			before, after = before+invites(served), after+invites(edited)
		}
		if !same(served, edited) || c.hangs(t, edited, at) != "" {
			found = append(found, application{t.Event.ATS, t.Facts.Application.ID})
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plan.Before, c.plan.After = c.plan.Before+before, c.plan.After+after
	for _, a := range found {
		if c.more = c.more || len(c.differ) >= mostPeople && !c.differ[a]; !c.more {
			c.differ[a] = true
		}
	}
}

func invites(decisions []flowd.Decision) (n int) {
	for _, d := range decisions {
		for _, a := range d.Actions {
			if asks(a) && a.Kind == flowd.ActionInvite {
				n++
			}
		}
	}
	return n
}

// decidedAt is when both sets are asked as of.
func decidedAt(t state.Told) time.Time {
	if t.Decided.IsZero() {
		return t.Event.Received
	}
	return t.Decided
}

// asks tells whether a decision asks for what this package compares.
func asks(a flowd.Action) bool {
	return a.Mode == flowd.Live && (a.Kind == flowd.ActionInvite || a.Kind == flowd.ActionDecide)
}

// same tells whether two sets ask for the same of one event, whichever of their
// rules does.
func same(served, edited []flowd.Decision) bool {
	var left []flowd.Action
	for _, d := range served {
		for _, a := range d.Actions {
			if asks(a) {
				left = append(left, a)
			}
		}
	}
	for _, d := range edited {
		for _, a := range d.Actions {
			if !asks(a) {
				continue
			}
			i := slices.IndexFunc(left, func(b flowd.Action) bool { return alike(a, b) })
			if i < 0 {
				return false
			}
			left = slices.Delete(left, i, i+1)
		}
	}
	return len(left) == 0
}

func alike(a, b flowd.Action) bool {
	return a.Kind == b.Kind && a.Position.ID == b.Position.ID && a.NotBefore.Equal(b.NotBefore) &&
		(a.Kind == flowd.ActionInvite || a.Reason == b.Reason)
}

// hangs names the custom field that nobody kept and that an edited rule's answer
// to an event hangs on, or "".
func (c *comparison) hangs(t state.Told, edited []flowd.Decision, at time.Time) string {
	missing := c.unknown.at(t)
	if len(missing) == 0 {
		return ""
	}
	for _, d := range edited {
		asked := d.Verdict == flowd.Matched || d.Verdict == flowd.Failed || d.Reason == flowd.ReasonCondition || d.Reason == flowd.ReasonUnless
		if !asked {
			continue
		}
		if name := c.Edited.HangsOn(d.Rule, missing, t.Event, t.Facts, at); name != "" {
			return name
		}
	}
	return ""
}

func (c *comparison) note(format string, args ...any) {
	c.plan.Notes = append(c.plan.Notes, fmt.Sprintf(format, args...))
}

func nameOf(name, id string) string {
	if strings.TrimSpace(name) != "" {
		return name
	}
	return id
}

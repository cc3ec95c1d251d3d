package foresight

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"flowd"
	"flowd/engine"
	"flowd/state"
)

// shardSize is how many numbers of events are gone through in one go: no more
// than a page has, so that each event is picked once.
const shardSize = pageSize

// clockBack is how far a machine's clock may have been put back.
const clockBack = 24 * time.Hour

// events finds the applications for which something may change. Several go
// through the events side by side, each a shard at a time.
func (c *comparison) events(ctx context.Context) error {
	shards, err := c.shards(ctx)
	if err != nil {
		return err
	}
	var next atomic.Int64
	work, ctx := errgroup.WithContext(ctx)
	for range min(workers(), len(shards)) {
		work.Go(func() error {
			s := newSifter(c)
			defer s.finish()
			for n := int(next.Add(1)) - 1; n < len(shards); n = int(next.Add(1)) - 1 {
				if err := s.shard(ctx, shards[n]); err != nil {
					return err
				}
				c.step("recorded events", (n+1)*shardSize, len(shards)*shardSize)
			}
			return nil
		})
	}
	return work.Wait()
}

// shards are the parts in which the events are gone through, newest first.
func (c *comparison) shards(ctx context.Context) (shards []state.Page, err error) {
	last, err := c.Store.Find(ctx, state.Filter{Subject: state.Events}, state.Page{Limit: 1})
	switch {
	case err != nil || len(last.Told) == 0:
		return nil, err
	case last.Next == "":
		return []state.Page{{Limit: pageSize}}, nil
	}
	_, newest, _, err := state.Page{After: last.Next}.Bounds()
	if err != nil {
		return nil, err
	}
	oldest, err := c.oldest(ctx, newest)
	for above := newest + 1; above > oldest; above -= min(above-oldest, shardSize) {
		below := above - min(above-oldest, shardSize)
		shards = append(shards, state.Page{After: state.After(above), Until: state.After(below), Limit: pageSize})
	}
	return shards, err
}

// oldest is the number of the first event that is looked at. Numbers are given in
// the order of time, so that it is found by halving.
func (c *comparison) oldest(ctx context.Context, newest uint64) (uint64, error) {
	low, high := uint64(1), newest
	for low < high {
		middle := low + (high-low)/2
		found, err := c.Store.Find(ctx, state.Filter{Subject: state.Events}, state.Page{After: state.After(middle + 1), Limit: 1})
		if err != nil {
			return 0, err
		}
		if len(found.Told) == 0 || found.Told[0].Event.Received.Before(c.Since.Add(-clockBack)) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// place is what of an event says which rules may act on it.
type place struct {
	kind                                                  flowd.EventType
	source                                                string
	stageID, stage                                        string
	jobID, job, department, location, country, standingIn string
}

// mostPlaces bounds what is remembered of them.
const mostPlaces = 100_000

// sifter goes through events for one worker.
type sifter struct {
	*comparison
	places map[place]bool // whether a rule that differs may act there
	day    *day           // of the event that was looked at last
	digest string         // of the rules of that day
	first  time.Time      // event of that day, of those that were looked at
	last   time.Time
	events int
	asked  int
}

func newSifter(c *comparison) *sifter { return &sifter{comparison: c, places: map[place]bool{}} }

func (s *sifter) finish() {
	s.turn("")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan.Events += s.events
	s.plan.Before, s.plan.After = s.plan.Before+s.asked, s.plan.After+s.asked
}

func (s *sifter) shard(ctx context.Context, page state.Page) error {
	f := state.Filter{Subject: state.Events, Since: s.Since, Pick: s.pick}
	for {
		found, err := s.Store.Find(ctx, f, page)
		if err != nil {
			return err
		}
		s.sift(found.Told)
		if found.Next == "" {
			return nil
		}
		page.After = found.Next
	}
}

// pick counts an event, and tells whether it wants a look at the person.
func (s *sifter) pick(t state.Told) bool {
	s.events++
	s.count(t)
	app := t.Facts.Application
	at := place{kind: t.Event.Type, source: t.Event.Source, stageID: t.Event.Stage.ID, stage: t.Event.Stage.Name, standingIn: app.Stage.Name,
		jobID: app.Job.ID, job: app.Job.Name, department: app.Job.Department, location: app.Job.Location, country: app.Job.Country}
	acts, known := s.places[at]
	if !known {
		acts = (t.Event.Type.Enters() || !t.Event.Type.Ordered()) && (s.served.MayAct(t.Event, app) || s.edited.MayAct(t.Event, app))
		if len(s.places) >= mostPlaces {
			clear(s.places)
		}
		s.places[at] = acts
	}
	return acts
}

// count counts the invites that were asked for on an event.
func (s *sifter) count(t state.Told) {
	if digest := ruleSetOf(t); s.day == nil || s.digest != digest {
		s.turn(digest)
	}
	if s.first.IsZero() || t.Event.Received.Before(s.first) {
		s.first = t.Event.Received
	}
	if t.Event.Received.After(s.last) {
		s.last = t.Event.Received
	}
	for i, d := range t.Decisions {
		asks := d.Verdict == flowd.Matched && (s.day.invites[d.Rule] || t.Event.Type == flowd.InviteOrdered)
		if asks && !slices.ContainsFunc(t.Decisions[:i], func(before flowd.Decision) bool { return before.Rule == d.Rule && before.Verdict == flowd.Matched }) {
			s.asked++
		}
	}
}

// turn goes on with the events of another day.
func (s *sifter) turn(digest string) {
	if s.day != nil && !s.first.IsZero() {
		s.unknown.note(s.day, s.first, s.last)
	}
	s.day, s.digest, s.first, s.last = s.unknown.day(digest), digest, time.Time{}, time.Time{}
}

// ruleSetOf is the digest of the rules that decided an event; "" for none.
func ruleSetOf(t state.Told) string {
	for _, d := range t.Decisions {
		if d.RuleSet != "" {
			return d.RuleSet
		}
	}
	return ""
}

// sift notes the applications of some events that need a closer look.
func (s *sifter) sift(told []state.Told) {
	var found []application
	for _, t := range told {
		t.Facts = s.Marked(t.Facts)
		at := decidedAt(t)
		served, edited := engine.DecideActing(s.Served, t.Event, t.Facts, at), engine.DecideActing(s.Edited, t.Event, t.Facts, at)
		if !slices.EqualFunc(asked(served), asked(edited), s.alike) || s.waits(edited) || s.hangs(t, at, edited) != (lack{}) {
			found = append(found, application{t.Event.ATS, t.Facts.Application.ID})
		}
	}
	s.looksCloser(found)
}

// asked is what a set asks for, in its order.
func asked(decisions []flowd.Decision) (out []flowd.Action) {
	for _, d := range decisions {
		for _, a := range d.Actions {
			if a.Mode == flowd.Live {
				out = append(out, a)
			}
		}
	}
	return out
}

// alike tells whether two actions are the same, whichever rule asks for them where
// nothing goes by that.
func (c *comparison) alike(a, b flowd.Action) bool {
	return (!c.byRule || a.Rule == b.Rule) && a.Kind == b.Kind && (a.Key == b.Key || a.Kind == flowd.ActionDecide || a.Kind == flowd.ActionTimer) &&
		a.Position.ID == b.Position.ID && a.NotBefore.Equal(b.NotBefore) && a.Silent == b.Silent && slices.Equal(a.Claims, b.Claims) &&
		a.HeldFirst == b.HeldFirst && does(a) == does(b) && (a.Kind == flowd.ActionInvite || a.Reason == b.Reason)
}

// waits tells whether an edited rule that differs waits for a time: what it does
// then is not asked for yet.
func (c *comparison) waits(edited []flowd.Decision) bool {
	return slices.ContainsFunc(edited, func(d flowd.Decision) bool {
		return c.edited.Has(d.Rule) && slices.ContainsFunc(d.Actions, func(a flowd.Action) bool { return a.Kind == flowd.ActionTimer })
	})
}

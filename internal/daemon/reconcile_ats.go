package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/web"
	"flowd/state"
)

// systems asks each ATS that can be asked about everybody who was invited.
func (c *comparison) systems(ctx context.Context) error {
	asking := map[string]connectors.Source{}
	for _, s := range c.sources {
		if s.Fetcher != nil {
			asking[s.ATS] = s
		}
	}
	mute := map[string]int{}
	var ask []application
	for _, of := range c.apps {
		if _, ok := asking[of.ats]; ok {
			ask = append(ask, of)
		} else {
			mute[of.ats]++
		}
	}
	names := make([]string, 0, len(mute))
	for ats := range mute {
		names = append(names, ats)
	}
	slices.Sort(names)
	for _, ats := range names {
		c.note("%s cannot be asked how its applications stand: %d were compared with Hireflix alone", ats, mute[ats])
	}
	if len(ask) > mostAsked {
		c.note("%d applications were invited: their ATS was asked about the newest %d", len(ask), mostAsked)
		ask = ask[:mostAsked]
	}
	silent := map[string]*silence{}
	for i, of := range ask {
		if i%20 == 0 {
			c.step(fmt.Sprintf("ATS: application %d of %d", i+1, len(ask)))
		}
		quiet := silent[of.ats]
		if quiet == nil {
			quiet = &silence{}
			silent[of.ats] = quiet
		}
		if quiet.row >= mostFailures {
			quiet.all++
			continue
		}
		if err := c.asks.Wait(ctx); err != nil {
			return err
		}
		refused, err := c.ask(ctx, asking[of.ats], of)
		switch {
		case err != nil:
			return err
		case refused != nil:
			quiet.all, quiet.row, quiet.why = quiet.all+1, quiet.row+1, refused
		default:
			quiet.row = 0
			c.found.Asked++
		}
	}
	for _, ats := range slices.Sorted(maps.Keys(silent)) {
		if q := silent[ats]; q.all > 0 {
			c.note("%s did not answer for %d of its applications: %v", ats, q.all, q.why)
		}
	}
	return nil
}

// silence is how an ATS did not answer.
type silence struct {
	all, row int // in all, and in a row
	why      error
}

// mostFailures in a row end the asking of one ATS.
const mostFailures = 5

// ask compares what the ATS says of an application with what was known last.
// refused is why the ATS did not say; err ends the comparison.
func (c *comparison) ask(ctx context.Context, src connectors.Source, of application) (refused, err error) {
	stories, err := c.store.Story(ctx, state.Ref{Application: of.id})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(stories, func(s state.Story) bool { return s.ATS == of.ats })
	if i < 0 {
		return nil, nil
	}
	known := stories[i].Application
	if forgotten(known) {
		return nil, nil // nothing is asked about whom nothing may be known of
	}
	id := known.ID
	if known.OriginalID != "" {
		id = known.OriginalID
	}
	now, err := src.Fetcher.Fetch(ctx, id)
	d := web.Difference{ATS: of.ats, Application: of.id}
	switch {
	case fault.Is(err, fault.NotFound):
		if known.Status != flowd.StatusDeleted {
			d.What, d.Do = "the ATS does not have the application any more", "if it was deleted there: flowd privacy erase "+of.id
			c.differs(d)
		}
		return nil, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return err, nil
	}
	now.ID, now.OriginalID = known.ID, known.OriginalID
	now.Stage.Kind = src.StageKind(now.Stage)
	if d.What = moved(known, now); d.What == "" {
		return nil, nil
	}
	return nil, c.take(ctx, d, flowd.Batch{Source: src.Name, ATS: src.ATS, Events: c.events(src, stories[i], now)})
}

// forgotten tells whether the person behind an application was erased.
func forgotten(app flowd.Application) bool {
	return app.Candidate.Email == "" && app.Candidate.FullName() == ""
}

// moved is how an application stands otherwise than was known, in words, or "".
func moved(known, now flowd.Application) string {
	var parts []string
	if !now.Stage.IsZero() && !now.Stage.Same(known.Stage) {
		parts = append(parts, fmt.Sprintf("stands in %q, and flowd knew of %q", nameOrID(now.Stage.Name, now.Stage.ID), nameOrID(known.Stage.Name, known.Stage.ID)))
	}
	before := known.Status
	if before == "" {
		before = flowd.StatusActive
	}
	if now.Status != "" && now.Status != before {
		parts = append(parts, fmt.Sprintf("is %s, and flowd knew it as %s", now.Status, before))
	}
	return strings.Join(parts, "; ")
}

// events lead from what was known of an application to how it stands: what a
// lost hook would have told.
func (c *comparison) events(src connectors.Source, s state.Story, now flowd.Application) []flowd.Event {
	k := knownOf(s, c.now())
	last := k.Changed
	var out []flowd.Event
	for _, change := range k.Moves(flowd.Snapshot{Application: now}, state.Sight{
		Source: src.Name, ATS: src.ATS, Baseline: last, Complete: last, Polled: flowd.Polled{Asked: c.now()},
	}) {
		out = append(out, change.Event)
	}
	return out
}

// knownOf is what a store remembers of an application, as far as its story tells:
// the last change is not later than the last event. Where there is none, it is at.
func knownOf(s state.Story, at time.Time) state.Known {
	if n := len(s.Events); n > 0 {
		at = s.Events[n-1].Event.Received
	}
	return state.Known{Application: s.Application, Changed: at}
}

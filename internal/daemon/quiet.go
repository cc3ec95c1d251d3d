package daemon

import (
	"context"
	"fmt"
	"time"

	"flowd"
	"flowd/internal/notify"
	"flowd/rules"
	"flowd/state"
)

// reviews remind owners of the rules whose day to be looked at has come. flowd
// changes no mode by itself.
func (c *collection) reviews(now time.Time) {
	for _, r := range c.d.engine.Rules().Rules() {
		if !r.ReviewOn.IsZero() && !now.Before(r.ReviewOn) {
			c.of(r.ID, notify.KindReview, notify.Notice{Once: true, Command: "flowd explain " + r.ID,
				Text: fmt.Sprintf("Its review_on is %s and its mode is %s. It stays so until somebody changes the rule.", r.ReviewOn.Format(time.DateOnly), r.Mode)})
		}
	}
}

const (
	quietEvery = time.Hour // how often the events are read for it
	quietMost  = 200_000   // and how many
)

// quiet is what was found at the last look; of tell alone.
type quiet struct {
	looked time.Time
	set    string // digest of the rules it was about
	found  map[string]lull
}

// lull is a rule of which less came than is expected.
type lull struct{ came, matched int }

// quiet adds the rules to whose stages people come without being invited.
func (c *collection) quiet(ctx context.Context, now time.Time) error {
	q, set := &c.d.quiet, c.d.engine.Rules()
	if q.set != set.Digest() || now.Sub(q.looked) >= quietEvery {
		found, err := silent(ctx, c.d.store, set, now)
		if err != nil {
			return err
		}
		*q = quiet{now, set.Digest(), found}
	}
	for _, r := range set.Rules() {
		s, ok := q.found[r.ID]
		if !ok {
			continue
		}
		c.of(r.ID, notify.KindQuiet, notify.Notice{Count: s.came, Command: "flowd list --state skipped --rule " + r.ID,
			Text: fmt.Sprintf("Candidates came to its stages in the last %s, and it asked for %d invites; at least %d are expected.", notify.Span(r.Within), s.matched, r.AtLeast)})
	}
	return nil
}

// silent returns the rules to whose stages somebody came within their span and of
// whom fewer were to be invited than the rule expects.
func silent(ctx context.Context, ledger state.Ledger, set *rules.Set, now time.Time) (map[string]lull, error) {
	spans := map[string]time.Duration{}
	counts := map[string]lull{}
	var widest time.Duration
	open := 0 // rules of which enough has not been seen yet
	for _, r := range set.Rules() {
		if r.AtLeast > 0 && r.Mode == flowd.Live {
			spans[r.ID] = r.Within
			widest = max(widest, r.Within)
			open++
		}
	}
	f := state.Filter{Subject: state.Events, Since: now.Add(-widest)}
	page := state.Page{Limit: 1000}
	for read := 0; open > 0 && read < quietMost; {
		found, err := ledger.Find(ctx, f, page)
		if err != nil {
			return nil, fmt.Errorf("read what came to the rules' stages: %w", err)
		}
		for _, t := range found.Told {
			if t.Event.Type != flowd.StageEntered || t.Facts.Novelty != flowd.Fresh {
				continue
			}
			for _, d := range t.Decisions {
				if span, ok := spans[d.Rule]; !ok || now.Sub(t.Event.Received) > span {
					continue
				}
				s := counts[d.Rule]
				s.came++
				if d.Verdict == flowd.Matched {
					s.matched++
				}
				counts[d.Rule] = s
				if r, _ := set.Rule(d.Rule); s.matched >= r.AtLeast {
					delete(spans, d.Rule)
					delete(counts, d.Rule)
					open--
				}
			}
		}
		read += len(found.Told)
		if found.Next == "" {
			break
		}
		page.After = found.Next
	}
	return counts, nil
}

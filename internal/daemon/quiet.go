package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
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
	quietWithin = 7 * 24 * time.Hour  // of a rule that does not say what it expects
	quietBefore = 28 * 24 * time.Hour // before that, from which it is learned
	quietEvery  = time.Hour           // how often the events are read for it
	quietMost   = 200_000             // and how many
)

// quiet is what was found at the last look; of tell alone.
type quiet struct {
	looked time.Time
	set    string // digest of the rules it was about
	found  map[string]lull
}

// lull is a rule of which less came than is expected: than it says, or than it
// did before.
type lull struct {
	share
	before share
}

// share is how many of those who came a rule was to invite.
type share struct{ came, matched int }

func (s *share) add(d flowd.Decision) {
	s.came++
	if d.Verdict == flowd.Matched {
		s.matched++
	}
}

// unlikely tells whether it is no chance that nobody of so many is invited who are
// like those before: less than one time in a hundred. Of few before little is
// known, so that their share is taken for nearer to a half (Laplace's rule).
func (s share) unlikely(came int) bool {
	invited := float64(s.matched+1) / float64(s.came+2)
	return s.matched > 0 && math.Pow(1-invited, float64(came)) < 0.01
}

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
		text := fmt.Sprintf("Candidates came to its stages in the last %s, and it asked for %d invites; at least %d are expected.", notify.Span(r.Within), s.matched, r.AtLeast)
		if r.Within == 0 {
			text = fmt.Sprintf("In the last %s %d candidates came to its stages, and nobody was to be invited; in the four weeks before it was %d of %d. That is learned: alert_if_quiet in the rule says what is expected, or with at_least: 0 that this is as it should be.",
				notify.Span(quietWithin), s.came, s.before.matched, s.before.came)
		}
		c.of(r.ID, notify.KindQuiet, notify.Notice{Count: s.came, Command: "flowd list --state skipped --rule " + r.ID, Text: text})
	}
	return nil
}

// silent returns the rules to whose stages somebody came within their span and of
// whom fewer were to be invited than the rule expects, or than it is used to.
func silent(ctx context.Context, ledger state.Ledger, set *rules.Set, now time.Time) (map[string]lull, error) {
	spans := map[string]time.Duration{}
	counts := map[string]lull{}
	var widest time.Duration
	open := 0 // rules of which enough has not been seen yet
	for _, r := range set.Rules() {
		if r.Mode != flowd.Live || r.Reaction || r.Within > 0 && r.AtLeast == 0 {
			continue
		}
		spans[r.ID] = cmp.Or(r.Within, quietWithin)
		widest = max(widest, cmp.Or(r.Within, quietWithin+quietBefore))
		open++
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
				span, ok := spans[d.Rule]
				r, _ := set.Rule(d.Rule)
				s, ago := counts[d.Rule], now.Sub(t.Event.Received)
				switch {
				case !ok || ago > span && r.Within > 0:
					continue
				case ago > span && s.came == 0: // nobody came of late, so that nothing is missed
					delete(spans, d.Rule)
					open--
					continue
				case ago > span:
					s.before.add(d)
				default:
					s.add(d)
				}
				counts[d.Rule] = s
				if s.matched >= max(r.AtLeast, 1) {
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
	maps.DeleteFunc(counts, func(id string, s lull) bool {
		r, _ := set.Rule(id)
		return r.Within == 0 && !s.before.unlikely(s.came)
	})
	return counts, nil
}

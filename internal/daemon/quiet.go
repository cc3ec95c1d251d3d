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
	quietEvery  = time.Hour          // how often the events are read for it
	quietMost   = 200_000            // and how many
	quietWithin = 7 * 24 * time.Hour // of a rule that does not say what it expects
	quietWeeks  = 4                  // of that length until it fell silent, from which it is learned
	quietFew    = 3                  // of these weeks, or candidates: fewer show nothing
	quietBack   = 9 * quietWithin    // as far as is looked for them
)

// quiet is what was found at the last look; of tell alone.
type quiet struct {
	looked time.Time
	set    string // digest of the rules it was about
	found  map[string]lull
}

// lull is a rule of which less came than is expected: than it says, or than in the
// weeks until it fell silent.
type lull struct {
	share
	before share
	last   time.Duration    // how long ago somebody was to be invited
	weeks  [quietWeeks]bool // those until then in which somebody was
}

// share is how many of those who came a rule was to invite.
type share struct{ came, matched int }

func (s *share) add(d flowd.Decision) {
	s.came++
	if d.Verdict == flowd.Matched {
		s.matched++
	}
}

// earlier adds what was decided before the span; the newest first. The silence does
// not count, however long it is: nobody shall get used to it.
func (l *lull) earlier(d flowd.Decision, ago time.Duration) {
	invited := d.Verdict == flowd.Matched
	switch {
	case l.before.matched > 0:
	case !invited:
		return
	default:
		l.last = ago
	}
	if week := int((ago - l.last) / quietWithin); week < quietWeeks {
		l.before.add(d)
		l.weeks[week] = l.weeks[week] || invited
	}
}

// heard tells whether nothing so old tells more of the rule.
func (l lull) heard(r *rules.Rule, ago time.Duration) bool {
	switch {
	case r.Within > 0:
		return ago > r.Within
	case l.came == 0:
		return ago > quietWithin
	}
	return l.before.matched > 0 && ago-l.last > quietWeeks*quietWithin
}

// unlikely tells whether it is no chance that nobody is invited of those who came,
// if they are like those before: less than one time in a hundred. Of few before
// little is known, so that their share is taken for nearer to a half (Laplace's
// rule). People of one job come together, and are not by chance alike: one good
// week is no habit.
func (l lull) unlikely() bool {
	weeks := 0
	for _, invited := range l.weeks {
		if invited {
			weeks++
		}
	}
	invited := float64(l.before.matched+1) / float64(l.before.came+2)
	return weeks >= quietFew && l.came >= quietFew && math.Pow(1-invited, float64(l.came)) < 0.01
}

// inWords is what came, and what was expected instead.
func (l lull) inWords(r *rules.Rule) string {
	if r.Within > 0 {
		return fmt.Sprintf("Candidates came to its stages in the last %s, and it asked for %d invites; at least %d are expected.", notify.Span(r.Within), l.matched, r.AtLeast)
	}
	return fmt.Sprintf("In the last %s %d candidates came to its stages, and nobody was to be invited; in the four weeks until it fell silent it was %d of %d. "+
		"That is learned from those weeks: alert_if_quiet: {at_least: 1, per: 7d} in the rule says instead what is expected, and at_least: 0 that this is as it should be.",
		notify.Span(quietWithin), l.came, l.before.matched, l.before.came)
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
		c.of(r.ID, notify.KindQuiet, notify.Notice{Count: s.came, Command: "flowd list --state skipped --rule " + r.ID, Text: s.inWords(r)})
	}
	return nil
}

// silent returns the rules to whose stages somebody came within their span and of
// whom fewer were to be invited than the rule expects, or than it is used to.
func silent(ctx context.Context, ledger state.Ledger, set *rules.Set, now time.Time) (map[string]lull, error) {
	open := map[string]*rules.Rule{} // of which enough has not been seen yet
	counts := map[string]lull{}
	var widest time.Duration
	for _, r := range set.Rules() {
		if r.Mode == flowd.Live && !r.Reaction && (r.Within == 0 || r.AtLeast > 0) {
			open[r.ID] = r
			widest = max(widest, cmp.Or(r.Within, quietBack))
		}
	}
	f := state.Filter{Subject: state.Events, Since: now.Add(-widest)}
	page := state.Page{Limit: 1000}
	for read := 0; len(open) > 0 && read < quietMost; {
		found, err := ledger.Find(ctx, f, page)
		if err != nil {
			return nil, fmt.Errorf("read what came to the rules' stages: %w", err)
		}
		var ago time.Duration
		for _, t := range found.Told {
			ago = now.Sub(t.Event.Received)
			if t.Event.Type != flowd.StageEntered || t.Facts.Novelty != flowd.Fresh {
				continue
			}
			for _, d := range t.Decisions {
				r, s := open[d.Rule], counts[d.Rule]
				switch {
				case r == nil || s.heard(r, ago):
					continue
				case ago > cmp.Or(r.Within, quietWithin):
					s.earlier(d, ago)
				default:
					s.add(d)
				}
				counts[d.Rule] = s
				if s.matched >= max(r.AtLeast, 1) {
					delete(open, d.Rule)
					delete(counts, d.Rule)
				}
			}
		}
		maps.DeleteFunc(open, func(id string, r *rules.Rule) bool { return counts[id].heard(r, ago) })
		read += len(found.Told)
		if found.Next == "" {
			break
		}
		page.After = found.Next
	}
	maps.DeleteFunc(counts, func(id string, s lull) bool {
		r, _ := set.Rule(id)
		return r.Within == 0 && !s.unlikely()
	})
	return counts, nil
}

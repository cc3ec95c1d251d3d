package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/state"
)

// Bounds of a census: what is beyond them is told.
const (
	mostShown    = 200_000         // applications of one source
	mostNews     = 1000            // differences of one source that are told
	censusAtMost = 4 * time.Minute // of one source
)

// everybody looks at all who stand in a mapped stage, as flowd knows it and then as
// each ATS that can show all its open applications does.
func (c *comparison) everybody(ctx context.Context) error {
	c.step("who stands in a mapped stage")
	counted, stand := web.Balances{}, map[application]bool{} // whether their ATS was asked about them as about the invited
	q := web.Presence{Store: c.store, Rules: c.rules, Decide: engine.Decide, Now: c.now()}
	err := q.Each(ctx, func(p web.Present, _ flowd.Stage) error {
		counted.Add(p)
		stand[application{p.ATS, p.Application}] = p.Kind == flowd.ActionInvite && p.State != flowd.Cancelled
		if p.Word == flowd.WordNotInvited && len(c.found.NotInvited) < web.MaxNotInvited {
			c.found.NotInvited = append(c.found.NotInvited, p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, src := range c.shown() {
		if err := c.count(ctx, src, counted, stand); err != nil {
			return err
		}
	}
	c.found.Present = counted.Sorted()
	return nil
}

// shown are the sources that may show all open applications, one of each ATS. One
// that wants to hear what became of what it brought takes it away.
func (c *comparison) shown() (out []connectors.Source) {
	for _, src := range c.sources {
		_, takes := src.Poller.(connectors.Settler)
		if src.Poller != nil && !takes && !slices.ContainsFunc(out, func(o connectors.Source) bool { return o.ATS == src.ATS }) {
			out = append(out, src)
		}
	}
	return out
}

// errEnough ends a census that shows more than is looked at.
var errEnough = errors.New("more applications than are looked at")

// count compares everybody whom a source shows with what is known of them.
func (c *comparison) count(ctx context.Context, src connectors.Source, counted web.Balances, stand map[application]bool) error {
	n := &census{comparison: c, source: src, open: map[string]bool{}}
	within, cancel := context.WithTimeout(ctx, censusAtMost)
	defer cancel()
	err := c.census(within, src, func(b flowd.Batch) error { return n.page(ctx, b) })
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case n.failed != nil:
		return n.failed
	case errors.Is(err, errEnough):
		c.note("%s shows more than %d applications: the others were not compared", src.ATS, mostShown)
	case err != nil:
		c.note("%s did not show all its applications (%d were compared): %v", src.ATS, n.shown, err)
	case n.shown == 0:
		return nil // it tells of moves, or has nobody
	default:
		if of := counted[src.ATS]; of != nil {
			of.Shown = &n.mapped
		}
		if err := n.missing(ctx, stand); err != nil {
			return err
		}
	}
	if n.news > mostNews {
		c.note("%s differs in %d applications: the first %d are told", src.ATS, n.news, mostNews)
	}
	c.found.Shown += n.shown
	return nil
}

// census is one look at everybody whom a source shows.
type census struct {
	*comparison
	source connectors.Source
	open   map[string]bool // applications, by their safe id
	shown  int
	mapped int // of them, in a mapped stage
	news   int // differences
	failed error
}

// page compares a page. A fault of the state ends the comparison, one of the source
// only the census.
func (n *census) page(ctx context.Context, b flowd.Batch) error {
	take := flowd.Batch{Source: n.source.Name, ATS: n.source.ATS, Polled: b.Polled}
	take.Polled.Complete = false // the source's own poll says when it came to its end
	for _, s := range b.Seen {
		if n.shown >= mostShown {
			return errEnough
		}
		s.Stage.Kind = n.source.StageKind(s.Stage)
		differs, err := n.one(ctx, s, b.Polled.Asked)
		if err != nil {
			n.failed = err
			return err
		}
		if differs {
			take.Seen = append(take.Seen, s)
		}
	}
	if n.shown > 0 {
		n.step(fmt.Sprintf("%s: %d applications so far", n.source.ATS, n.shown))
	}
	if !n.fix || len(take.Seen) == 0 {
		return nil
	}
	n.failed = n.admit(ctx, take)
	return n.failed
}

// one compares an application, and tells whether it differs from what is known.
func (n *census) one(ctx context.Context, s flowd.Snapshot, asked time.Time) (differs bool, err error) {
	id, _ := flowd.SafeID(s.ID)
	if n.open[id] {
		return false, nil // pages overlap
	}
	n.open[id] = true
	n.shown++
	active := s.Status == "" || s.Status == flowd.StatusActive
	mapped := active && len(n.rules.Mapped(n.source.ATS, s.Stage)) > 0
	if mapped {
		n.mapped++
	}
	known, found, err := n.known(ctx, id)
	if err != nil {
		return false, err
	}
	d := web.Difference{ATS: n.source.ATS, Application: id}
	switch {
	case found && (forgotten(known.Application) || known.Changed.After(asked)):
		return false, nil
	case found:
		d.What = strings.Trim(moved(known.Application, s.Application)+"; "+handed(known.Application.Candidate, s.Candidate), "; ")
	case mapped:
		d.What = fmt.Sprintf("stands in %q, and flowd never heard of it", nameOrID(s.Stage.Name, s.Stage.ID))
	}
	if d.What == "" { // nothing new, or nobody that a rule looks at
		return false, nil
	}
	n.tell(d)
	return true, nil
}

// handed is whose an application is otherwise than was known, in words, or "".
func handed(known, now flowd.Candidate) string {
	id, _ := flowd.SafeID(now.ID)
	switch {
	case id != "" && known.ID != "" && id != known.ID:
		return "is another candidate's now"
	case now.Email != "" && known.Email != "" && state.Address(now.Email) != state.Address(known.Email):
		return "the person has another address"
	}
	return ""
}

// tell notes a difference that --fix takes in.
func (n *census) tell(d web.Difference) {
	n.news++
	if d.Fixed = n.fix; !n.fix && d.Do == "" {
		d.Do = "flowd reconcile --fix takes it in"
	}
	if n.news <= mostNews {
		n.differs(d)
	}
}

func (n *census) known(ctx context.Context, id string) (state.Known, bool, error) {
	stories, err := n.store.Story(ctx, state.Ref{Application: id})
	if err != nil {
		return state.Known{}, false, err
	}
	i := slices.IndexFunc(stories, func(s state.Story) bool { return s.ATS == n.source.ATS })
	if i < 0 {
		return state.Known{}, false, nil
	}
	return knownOf(stories[i], time.Time{}), true, nil
}

// missing asks about those who stand in a mapped stage as far as flowd knows, and
// whom the ATS does not show: what became of them was not told. Those who were
// invited have been asked about already, where the ATS can be asked.
func (n *census) missing(ctx context.Context, stand map[application]bool) error {
	i := slices.IndexFunc(n.sources, func(s connectors.Source) bool { return s.ATS == n.source.ATS && s.Fetcher != nil })
	var gone []application
	for of, invited := range stand {
		if of.ats == n.source.ATS && !n.open[of.id] && (i < 0 || !invited) {
			gone = append(gone, of)
		}
	}
	slices.SortFunc(gone, func(a, b application) int { return strings.Compare(a.id, b.id) })
	if len(gone) > mostSingles {
		n.note("%s does not show %d applications that flowd knows as open: the first %d were looked at", n.source.ATS, len(gone), mostSingles)
		gone = gone[:mostSingles]
	}
	for _, of := range gone {
		if i < 0 {
			n.differs(web.Difference{ATS: of.ats, Application: of.id, What: "flowd knows it as open, and the ATS does not show it among its open applications",
				Do: "look at it there: a call about it may be lost"})
			continue
		}
		if err := n.asks.Wait(ctx); err != nil {
			return err
		}
		refused, err := n.ask(ctx, n.sources[i], of)
		if err != nil {
			return err
		}
		if refused != nil {
			n.note("%s did not answer for %s, which it does not show any more: %v", of.ats, of.id, refused)
		}
	}
	return nil
}

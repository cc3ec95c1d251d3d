package foresight

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/state"
)

// peopleAtOnce are looked at before what was found of them is told, so that it is
// told in order.
const peopleAtOnce = 1024

// people looks closer at everybody for whom something may change.
func (c *comparison) people(ctx context.Context) error {
	if c.more {
		c.note("more than %d applications may be concerned: the others were not looked at one by one", mostPeople)
	}
	all := make([]application, 0, len(c.differ))
	for a := range c.differ {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b application) int { return cmp.Or(cmp.Compare(a.ats, b.ats), cmp.Compare(a.id, b.id)) })
	var done atomic.Int64
	for from := 0; from < len(all); from += peopleAtOnce {
		some := all[from:min(from+peopleAtOnce, len(all))]
		found := make([][]finding, len(some))
		work, within := errgroup.WithContext(ctx)
		work.SetLimit(workers())
		for i, a := range some {
			work.Go(func() (err error) {
				found[i], err = c.closer(within, a)
				if n := int(done.Add(1)); n%64 == 0 || n == len(all) {
					c.step("people", n, len(all))
				}
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
		for _, f := range slices.Concat(found...) {
			c.tell(f)
		}
	}
	return nil
}

// finding is what is otherwise for one application.
type finding struct {
	who     flowd.Candidate
	change  *web.Planned
	follows []web.Planned // what follows an interview or a move
	invites int           // how many more are asked for
}

func (c *comparison) tell(f finding) {
	c.plan.After += f.invites
	if f.change != nil {
		c.plan.Changes[f.change.Change]++
		if reason := c.Bars(f.who.Email); reason != flowd.ReasonNone && f.change.Change == web.WouldInvite {
			c.barred[reason]++
		}
		c.causes[causeOf(*f.change)]++
		c.plan.People = c.named(c.plan.People, *f.change, f.who)
	}
	counted := map[cause]bool{} // a person counts once for each
	for _, p := range f.follows {
		c.plan.Reactions[p.Change]++
		if of := causeOf(p); !counted[of] {
			counted[of] = true
			c.causes[of]++
		}
		c.plan.Reacted = c.named(c.plan.Reacted, p, f.who)
	}
}

// named adds somebody to a list while it has room.
func (c *comparison) named(list []web.Planned, p web.Planned, who flowd.Candidate) []web.Planned {
	if len(list) >= web.MaxPlanned {
		return list
	}
	return append(list, web.NamePlanned(p, who, c.Show))
}

// closer compares what both sets would have done for an application. Where a rule
// invites a person once, all their applications are looked at together, under the
// first of them.
func (c *comparison) closer(ctx context.Context, a application) ([]finding, error) {
	stories, err := c.Store.Story(ctx, state.Ref{Application: a.id})
	if err != nil {
		return nil, err
	}
	stories = slices.DeleteFunc(stories, func(s state.Story) bool { return s.ATS != a.ats })
	if len(stories) == 0 {
		return nil, nil
	}
	if candidate := stories[0].Application.Candidate.ID; c.once && candidate != "" {
		if stories, err = c.Store.Story(ctx, state.Ref{Candidate: candidate}); err != nil {
			return nil, err
		}
		stories = slices.DeleteFunc(stories, func(s state.Story) bool { return s.ATS != a.ats })
		first := slices.IndexFunc(stories, func(s state.Story) bool { return c.differ[application{s.ATS, s.Application.ID}] })
		if first < 0 || stories[first].Application.ID != a.id {
			return nil, nil
		}
	}
	return c.compare(ctx, stories)
}

func (c *comparison) compare(ctx context.Context, stories []state.Story) ([]finding, error) {
	lacks := make([]lack, len(stories))
	for i := range stories {
		var err error
		if lacks[i], err = c.prepare(ctx, &stories[i]); err != nil {
			return nil, err
		}
	}
	before, after := c.replay(c.Served, stories), c.replay(c.Edited, stories)
	var out []finding
	for i, s := range stories {
		app := s.Application
		p := web.Planned{ATS: s.ATS, Application: app.ID, Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(app.Stage.Name, app.Stage.ID),
			Rule: cmp.Or(after[i].rule, before[i].rule)}
		f := finding{who: app.Candidate}
		if lacks[i] != (lack{}) {
			p.Change, p.Rule, p.Why = web.CannotTell, lacks[i].rule, lacks[i].field
			f.change = &p
		} else {
			if p, differs := compared(p, before[i], after[i]); differs {
				f.change = &p
			}
			f.invites = len(after[i].invites) - len(before[i].invites)
			f.follows = c.followed(p, before[i], after[i])
		}
		if f.change != nil || len(f.follows) > 0 || f.invites != 0 {
			out = append(out, f)
		}
	}
	return out, nil
}

// prepare leaves the events that both sets are asked about, each with what is
// known of its day, and returns what nobody kept and the answer to one of them
// hangs on.
func (c *comparison) prepare(ctx context.Context, s *state.Story) (lacks lack, err error) {
	s.Events = slices.DeleteFunc(slices.Clone(s.Events), func(t state.Told) bool {
		return t.Event.Received.Before(c.Since) || t.Event.Type.Ordered() && !t.Event.Type.Enters()
	})
	invites := promised(*s)
	for i := range s.Events {
		t := &s.Events[i]
		t.Facts.Invites = invites
		t.Facts = c.Marked(t.Facts)
		at := decidedAt(*t)
		hangs := c.hangs(*t, at, engine.DecideActing(c.Edited, t.Event, t.Facts, at))
		if hangs == (lack{}) {
			continue
		}
		again, err := c.decoded(ctx, *t)
		if err != nil {
			return lack{}, err
		}
		if again == nil {
			lacks = hangs
			continue
		}
		t.Event.Application.Fields, t.Facts.Application.Fields = again, again
		t.Facts = c.Marked(t.Facts)
	}
	return lacks, nil
}

// promised are the invites of an application, as facts tell of them.
func promised(s state.Story) (invites []flowd.Invite) {
	for _, row := range s.Rows {
		if in, is := (&state.Entry{Row: row}).Invite(); is {
			invites = append(invites, in)
		}
	}
	return invites
}

// workers is how many look side by side.
func workers() int { return max(runtime.GOMAXPROCS(0), 2) }

// compared is what is otherwise of the invite after than before, with what made
// it so.
func compared(p web.Planned, before, after replayed) (web.Planned, bool) {
	gone := without(before.invites, after.invites)
	come := without(after.invites, before.invites)
	switch {
	case len(come) > 0 && len(gone) > 0:
		p.Change, p.Was, p.Why = web.OtherPosition, positionOf(gone[0]), after.row()
	case len(come) > 0:
		p.Change, p.Why = web.WouldInvite, after.row()
		if why := before.why(come[0].Rule); why != "" {
			p.Why += "; before: " + why
		}
	case len(gone) > 0 && after.held != nil:
		p.Change, p.Was, p.Why = web.WouldHold, positionOf(gone[0]), after.why(after.held.Rule)
	case len(gone) > 0:
		p.Change, p.Was, p.Why = web.WouldNotInvite, positionOf(gone[0]), after.why(gone[0].Rule)
	case len(after.invites) == 0 && before.held != nil && after.held == nil:
		p.Change, p.Why = web.WouldNotHold, after.why(before.held.Rule)
	case len(after.invites) == 0 && before.held == nil && after.held != nil:
		p.Change, p.Why = web.WouldHold, after.why(after.held.Rule)
	default:
		return moved(p, before, after)
	}
	if len(come) > 0 {
		p.Position, p.At = positionOf(come[0]), come[0].NotBefore
	}
	return p, true
}

// moved is the same invite at another time, or with another e-mail.
func moved(p web.Planned, before, after replayed) (web.Planned, bool) {
	for _, a := range after.invites {
		i := slices.IndexFunc(before.invites, func(b flowd.Action) bool { return b.Position.ID == a.Position.ID })
		if i < 0 {
			continue
		}
		was := before.invites[i]
		p.Position, p.At = positionOf(a), a.NotBefore
		if !was.NotBefore.Equal(a.NotBefore) {
			p.Change, p.Was, p.Why = sooner(was, a), timeOf(was.NotBefore), goesOut(a)
			return p, true
		}
		if was.Silent != a.Silent {
			p.Change, p.Why = web.OtherMail, "Hireflix writes to the candidate"
			if a.Silent {
				p.Why = "mail: none: Hireflix writes to nobody"
			}
			return p, true
		}
	}
	return p, false
}

// sooner is how an action's time changed.
func sooner(was, is flowd.Action) web.Change {
	if is.NotBefore.Before(was.NotBefore) {
		return web.WouldBeEarlier
	}
	return web.WouldBeLater
}

// goesOut is why an action is done when it is, in words.
func goesOut(a flowd.Action) string {
	if a.Detail != "" {
		return a.Detail
	}
	return "at once"
}

func timeOf(t time.Time) string {
	if t.IsZero() {
		return "at once"
	}
	return t.UTC().Format(time.RFC3339)
}

func without(all, other []flowd.Action) []flowd.Action {
	return slices.DeleteFunc(slices.Clone(all), func(a flowd.Action) bool {
		return slices.ContainsFunc(other, func(b flowd.Action) bool { return a.Position.ID == b.Position.ID })
	})
}

func positionOf(a flowd.Action) string { return nameOf(a.Position.Name, a.Position.ID) }

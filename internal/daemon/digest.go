package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/internal/notify"
	"flowd/internal/web"
	"flowd/state"
)

// digest sends the message of a working morning to each owner who has not had it
// yet. That it comes, even when nothing happened, is the proof that flowd lives.
func (d *Daemon) digest(ctx context.Context, now time.Time) {
	r, m := d.router.Load(), d.morning()
	for _, owner := range r.Owners() {
		var last time.Time
		if err := take(ctx, d.store, shelfDigest, owner, &last); err != nil {
			d.log.Error().Err(err).Msg("when the last digest went out cannot be read")
			return
		}
		if last.IsZero() { // the first start: the next morning is the first
			last = now
			d.told(ctx, owner, last)
		}
		if !m.Due(last, now) || now.Sub(d.tried[owner]) < digestRetry {
			continue
		}
		d.tried[owner] = now
		data, err := d.day(ctx, owner, last, now)
		if err != nil {
			d.log.Error().Err(err).Msg("the digest cannot be put together; trying again")
			continue
		}
		if err = r.Send(ctx, owner, notify.Digest(data, now)); err != nil {
			d.log.Warn().Str("fault", string(fault.KindOf(err))).Str("owner", owner).Err(err).Msg("the digest was not delivered to all channels")
		}
		if notify.Reached(err) {
			d.told(ctx, owner, now)
		}
	}
}

func (d *Daemon) told(ctx context.Context, owner string, at time.Time) {
	if err := put(ctx, d.store, shelfDigest, owner, at); err != nil {
		d.log.Error().Err(err).Msg("when the digest went out could not be kept: it may come twice")
	}
}

const (
	shelfDigest = "digest"
	digestRetry = 10 * time.Minute
)

func (d *Daemon) morning() notify.Morning {
	c := d.config.Digest
	zone, err := time.LoadLocation(c.Zone) // checked by the configuration
	if err != nil {
		zone = time.UTC
	}
	return notify.Morning{Hour: c.At.Hour, Minute: c.At.Minute, Days: c.Days, Zone: zone}
}

// day is what a digest tells: what happened since the last one, to the people of
// the owner's rules, and how things stand.
func (d *Daemon) day(ctx context.Context, owner string, since, now time.Time) (notify.DigestData, error) {
	data := notify.DigestData{Owner: owner, Since: since, DryRun: d.opts.DryRun, Running: d.since, Zone: d.morning().Zone}
	if at := d.backup.Load(); at != 0 {
		data.Backup = time.Unix(at, 0)
	}
	counts, err := d.store.Counts(ctx, now)
	if err != nil {
		return data, err
	}
	data.SentButUnchecked, data.Undecidable = counts.States[flowd.Uncertain], counts.Quarantined
	pauses, err := d.store.Pause(ctx, state.PauseChange{}, now)
	if err != nil {
		return data, err
	}
	for _, p := range pauses {
		stop := notify.Stop{What: string(p.Scope), Why: said(p.Reason.InWords(), p.Detail), Since: p.Since, Command: "flowd resume --all"}
		if kind, id := p.Scope.Split(); kind == "rule" {
			stop.What, stop.Command = id, "flowd resume "+id
		} else if p.Scope == state.ScopeAll {
			stop.What = "everything"
		}
		data.Quota.Stopped = data.Quota.Stopped || p.Reason == flowd.ReasonQuota
		data.Stops = append(data.Stops, stop)
	}
	late := d.polls.Overdue(now)
	for _, s := range d.sources {
		data.Sources = append(data.Sources, notify.Source{Name: s.Name, Last: counts.LastEvent[s.Name], Overdue: slices.Contains(late, s.Name)})
	}
	if q := d.quota.Load(); q != nil {
		data.Quota.Used = q.Used
	}
	t := &tallies{d: d, owner: owner, since: since, data: &data, why: map[flowd.Word]map[string]int{}}
	return data, errors.Join(t.read(ctx), t.theMap(ctx, now))
}

// tallies counts the people of an owner's rules.
type tallies struct {
	d     *Daemon
	owner string
	since time.Time
	data  *notify.DigestData
	why   map[flowd.Word]map[string]int
}

// maxTallied bounds what a digest reads of each subject.
const maxTallied = 50_000

func (t *tallies) read(ctx context.Context) error {
	err := t.each(ctx, state.Filter{Subject: state.Actions, Kind: flowd.ActionInvite}, func(r state.Row, _ state.Told) { t.invite(r) })
	if err != nil {
		return err
	}
	err = t.each(ctx, state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Held, flowd.NeedsPerson, flowd.GivenUp}}, func(r state.Row, _ state.Told) {
		if r.Action.Kind != flowd.ActionInvite && t.mine(r.Action.Rule) {
			t.count(r.State.Word(), r.Reason)
		}
	})
	if err != nil {
		return err
	}
	err = t.each(ctx, state.Filter{Subject: state.Left, Since: t.since}, func(_ state.Row, told state.Told) {
		for _, dec := range told.Decisions {
			if dec.Rule != "" && t.mine(dec.Rule) && dec.Reason != flowd.ReasonNone {
				t.count(flowd.WordNotInvited, dec.Reason)
				return
			}
		}
	})
	d := t.data
	d.LeftOut, d.LeftOutWhy = t.of(flowd.WordNotInvited)
	d.Waiting, d.WaitingWhy = t.of(flowd.WordWaiting)
	d.Held, d.HeldWhy = t.of(flowd.WordHeld)
	d.Failed, d.FailWhy = t.of(flowd.WordFailed)
	if d.Held > 0 {
		d.Todo = append(d.Todo, notify.Todo{What: "held for a person", N: d.Held, Command: "flowd list --state held"})
	}
	if d.Failed > 0 {
		d.Todo = append(d.Todo, notify.Todo{What: "failed", N: d.Failed, Command: "flowd list --state failed"})
	}
	return err
}

func (t *tallies) each(ctx context.Context, f state.Filter, do func(state.Row, state.Told)) error {
	read := 0
	for page := (state.Page{Limit: 1000}); read < maxTallied; {
		found, err := t.d.store.Find(ctx, f, page)
		if err != nil {
			return err
		}
		for _, r := range found.Rows {
			do(r, state.Told{})
		}
		for _, told := range found.Told {
			do(state.Row{}, told)
		}
		read += len(found.Rows) + len(found.Told)
		if found.Next == "" {
			return nil
		}
		page.After = found.Next
	}
	return nil
}

func (t *tallies) invite(r state.Row) {
	if r.Action.Mode == flowd.Shadow || !t.mine(r.Action.Rule) {
		return
	}
	switch w := flowd.WordOf(r.State, r.Interview); w {
	case flowd.WordInvited, flowd.WordFinished, flowd.WordWithdrawn:
		if r.Interview.CreatedAt.After(t.since) || r.Interview.CreatedAt.IsZero() && r.Created.After(t.since) {
			t.data.Invited++
		}
		if w == flowd.WordFinished && r.Interview.CompletedAt.After(t.since) {
			t.data.Finished++
		}
	case flowd.WordWaiting, flowd.WordHeld, flowd.WordFailed:
		t.count(w, r.Reason)
	case flowd.WordNotInvited:
		if r.Updated.After(t.since) && r.State == flowd.Cancelled {
			t.count(w, r.Reason)
		}
	}
}

func (t *tallies) count(w flowd.Word, why flowd.Reason) {
	if t.why[w] == nil {
		t.why[w] = map[string]int{}
	}
	words := why.InWords()
	if words == "" {
		words = "goes out as soon as there is room"
	}
	t.why[w][words]++
}

func (t *tallies) of(w flowd.Word) (int, []notify.Tally) {
	total := 0
	var out []notify.Tally
	for what, n := range t.why[w] {
		total += n
		out = append(out, notify.Tally{What: what, N: n})
	}
	slices.SortFunc(out, func(a, b notify.Tally) int {
		if a.N != b.N {
			return b.N - a.N
		}
		if a.What < b.What {
			return -1
		}
		return 1
	})
	return total, out
}

// theMap tells what the map of the owner's rules forgot, and what of it leads to
// nothing.
func (t *tallies) theMap(ctx context.Context, now time.Time) error {
	info := t.d.info()
	q := web.Presence{Store: t.d.store, Rules: t.d.engine.Rules(), Decide: engine.Decide, Now: now}
	found, err := q.Unmapped(ctx, info)
	if err != nil {
		return err
	}
	for _, u := range found.Jobs {
		switch {
		case !slices.ContainsFunc(u.Rules, t.mine):
		case u.People == 0:
			t.data.MoreUnmapped++
		default:
			t.data.Unmapped = append(t.data.Unmapped, notify.Tally{What: u.Job, N: u.People})
		}
	}
	for _, row := range found.Rows {
		if t.mine(row.Rule) {
			t.data.Dangling = append(t.data.Dangling, fmt.Sprintf("%s:%d names the %s %q: %s", row.File, row.Line, row.Kind, row.Name, row.Why))
		}
	}
	return nil
}

// mine tells whether a rule is the owner's, or nobody's who has channels.
func (t *tallies) mine(rule string) bool {
	r, ok := t.d.engine.Rules().Rule(rule)
	if t.owner == notify.Default {
		return !ok || !t.d.hasOwn(r.Owner)
	}
	return ok && r.Owner == t.owner
}

// hasOwn tells whether an owner has channels of its own.
func (d *Daemon) hasOwn(owner string) bool { return slices.Contains(d.router.Load().Owners(), owner) }

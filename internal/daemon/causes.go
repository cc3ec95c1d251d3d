package daemon

import (
	"context"
	"fmt"
	"time"

	"flowd"
	"flowd/internal/notify"
	"flowd/state"
)

// causes are all things that people are to be told of as they stand: each once,
// however many candidates it concerns.
func (d *Daemon) causes(ctx context.Context, now time.Time) ([]notify.Notice, error) {
	counts, err := d.store.Counts(ctx, now)
	if err != nil {
		return nil, err
	}
	pauses, err := d.store.Pause(ctx, state.PauseChange{}, now)
	if err != nil {
		return nil, err
	}
	c := &collection{d: d, seen: map[notify.Cause]bool{}}
	for _, p := range pauses {
		c.pause(p, counts)
	}
	if d.pausedByFile() {
		c.everyone(notify.KindPaused, "", notify.Notice{Text: "The file PAUSED lies beside the state: nothing goes out.", Command: "rm PAUSED"})
	}
	if err := c.rows(ctx, now); err != nil {
		return nil, err
	}
	c.reviews(now)
	if err := c.quiet(ctx, now); err != nil {
		return nil, err
	}
	c.sources(counts, now)
	for id, name := range d.mailbox.empty() {
		c.everyone(notify.KindMailless, id, notify.Notice{Name: name,
			Text: "Hireflix accepted an invite there and sent no message. Fill the position's Messages box in Hireflix; those invited so far have heard nothing."})
	}
	c.rules()
	if counts.Quarantined > 0 {
		c.everyone(notify.KindUnread, "", notify.Notice{Count: counts.Quarantined, Text: "They are kept for a while; flowd's log says what was wrong with them."})
	}
	return c.list, nil
}

// collection gathers notices by owner.
type collection struct {
	d    *Daemon
	list []notify.Notice
	seen map[notify.Cause]bool
}

func (c *collection) add(owner string, kind notify.Kind, subject string, n notify.Notice) {
	n.Cause = notify.Cause{Kind: kind, Subject: subject, Owner: owner}
	if c.d.router.Load().Has(owner) && !c.seen[n.Cause] {
		c.seen[n.Cause] = true
		c.list = append(c.list, n)
	}
}

// everyone adds what concerns the whole of flowd: it goes to the default's
// channels, or to all owners where there are none.
func (c *collection) everyone(kind notify.Kind, subject string, n notify.Notice) {
	r := c.d.router.Load()
	if r.Has(notify.Default) {
		c.add(notify.Default, kind, subject, n)
		return
	}
	for _, owner := range r.Owners() {
		c.add(owner, kind, subject, n)
	}
}

// of adds what concerns one rule.
func (c *collection) of(rule string, kind notify.Kind, n notify.Notice) {
	if r, ok := c.d.engine.Rules().Rule(rule); ok {
		c.add(r.Owner, kind, rule, n)
		return
	}
	if rule == "" {
		n.Name = "orders by hand"
	}
	c.everyone(kind, rule, n)
}

// rules adds each file that is not served as it is on disk. What waits for
// somebody to apply it is no fault.
func (c *collection) rules() {
	_, _, whole := c.d.reloads.last()
	files := c.d.reloads.stale()
	if whole == "" || whole == waitsForApply {
		return
	}
	for _, f := range files {
		c.everyone(notify.KindRules, f.Name, notify.Notice{Text: "What served before serves on.", Command: "flowd check"})
	}
	if len(files) == 0 {
		c.everyone(notify.KindRules, "", notify.Notice{Text: "What served before serves on.", Command: "flowd check"})
	}
}

func (c *collection) pause(p state.Pause, counts state.Counts) {
	kind, id := p.Scope.Split()
	waiting := counts.States[flowd.Due] + counts.States[flowd.Waiting]
	switch {
	case p.Scope == state.ScopeAll:
		c.everyone(notify.KindPaused, "", notify.Notice{Text: said("Everything waits in its order.", p.Detail), Count: waiting, Command: "flowd resume --all"})
	case p.Scope == state.ScopeAccount && p.Reason == flowd.ReasonQuota:
		c.everyone(notify.KindQuota, "", notify.Notice{Text: "Everybody keeps their place; flowd tries again by itself and goes on when the next period begins or invites are bought.", Count: waiting})
	case p.Scope == state.ScopeAccount:
		c.everyone(notify.KindKey, "", notify.Notice{Text: "Nothing is lost: everything goes on when a valid key is in its place.", Count: waiting})
	case kind == "position":
		name := id
		for _, known := range c.d.positions() {
			if known.ID == id {
				name = known.Name
			}
		}
		c.everyone(notify.KindPosition, id, notify.Notice{Name: name, Text: said("Its queue keeps its order and goes on by itself when the position is open.", p.Detail),
			Count: counts.Reasons[flowd.Held][flowd.ReasonPosition]})
	case kind == "rule":
		text := said("Its people wait.", p.Detail)
		if batch := p.Batch(); batch != "" {
			text += " flowd list --batch " + batch + " --show names them; flowd cancel --batch " + batch + " leaves them out, before the rule goes on."
		}
		c.of(id, notify.KindPaused, notify.Notice{Text: text, Count: counts.Pending[id][flowd.Held], Command: "flowd resume " + id})
	}
}

// maxLooked bounds how many rows a look reads; more than that is one message too.
const maxLooked = 2000

// rows adds what is held or has failed, once a rule.
func (c *collection) rows(ctx context.Context, now time.Time) error {
	type group struct {
		rule  string
		kind  notify.Kind
		batch string // of approvals
	}
	counts := map[group]int{}
	f := state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Held, flowd.NeedsPerson, flowd.GivenUp}}
	read := 0
	for page := (state.Page{Limit: 500}); read < maxLooked; {
		found, err := c.d.store.Find(ctx, f, page)
		if err != nil {
			return fmt.Errorf("read what is held: %w", err)
		}
		for _, r := range found.Rows {
			switch {
			case r.Reason == flowd.ReasonPosition, r.Reason == flowd.ReasonPaused, r.Reason == flowd.ReasonFlood: // told by their pause
			case r.Reason == flowd.ReasonApproval:
				counts[group{r.Action.Rule, notify.KindApproval, r.Action.Batch}]++
			case r.Action.Kind == flowd.ActionTie:
				counts[group{"", notify.KindUntied, ""}]++
			case r.Reason == flowd.ReasonCannotWrite || r.Reason == flowd.ReasonUnauthorized && r.Action.Kind.AtATS():
				counts[group{r.Action.Rule, notify.KindUnwritten, ""}]++
			case r.State == flowd.GivenUp:
				counts[group{r.Action.Rule, notify.KindFailed, ""}]++
			default:
				counts[group{r.Action.Rule, notify.KindHeld, ""}]++
			}
		}
		read += len(found.Rows)
		if found.Next == "" {
			break
		}
		page.After = found.Next
	}
	rounds, err := c.d.rounds(ctx)
	if err != nil {
		return err
	}
	for g, n := range counts {
		switch g.kind {
		case notify.KindApproval:
			c.approval(g.rule, g.batch, n, rounds[g.batch], now)
		case notify.KindUntied:
			c.everyone(g.kind, "", notify.Notice{Count: n, Text: "Say whose they are, or cancel them.", Command: "flowd list --state held"})
		case notify.KindFailed:
			c.of(g.rule, g.kind, notify.Notice{Count: n, Text: "It says with each what to do.", Command: "flowd list --state failed"})
		default:
			c.of(g.rule, g.kind, notify.Notice{Count: n, Text: "Nothing happens to them until somebody decides.", Command: "flowd list --state held"})
		}
	}
	return nil
}

// silentAfter is how long a source that calls may be silent before its owner
// hears of it: longer than a weekend with a holiday.
const silentAfter = 5 * 24 * time.Hour

func (c *collection) sources(counts state.Counts, now time.Time) {
	late := map[string]bool{}
	for _, name := range c.d.polls.Overdue(now) {
		late[name] = true
		c.everyone(notify.KindSilent, name, notify.Notice{Text: "It could not be asked for a while; flowd's log says why, and nothing is lost."})
	}
	for _, s := range c.d.sources {
		last := counts.LastEvent[s.Name]
		if s.Receiver != nil && !last.IsZero() && now.Sub(last) > silentAfter && !late[s.Name] {
			c.everyone(notify.KindSilent, s.Name, notify.Notice{Text: "It last called on " + last.UTC().Format(time.DateOnly) + ". If people move in the ATS, its webhook is switched off or does not arrive."})
		}
	}
}

func (d *Daemon) positions() []flowd.Position {
	list, _ := d.places.known()
	return list
}

func said(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + " (" + detail + ")"
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

type applyFlags struct {
	planFlags
	yes, waiting bool
	why          string
}

func (a *app) applyCommand() *cobra.Command {
	var o web.ApplyOrder
	var f applyFlags
	c := &cobra.Command{
		Use: "apply", Short: "Make the rules on disk serve", GroupID: groupRules, Args: cobra.NoArgs,
		Long: "Checks the rule files as a start would, shows which rules change and, as `flowd plan` does, what that changes\n" +
			"for people; asks, and returns when the running flowd serves them. All files are taken or none. What the names\n" +
			"of positions stand for is written to .flowd/names.lock beside the rules, where that may be written.\n\n" +
			"New rules act on moves from then on. With --include-waiting those who stand in a mapped stage already and were\n" +
			"never invited for it are decided by them as if they came now, with wait, window, approve, limits and safety:\n" +
			"each is named before it asks. Running it again goes on where it was stopped and invites nobody twice.\n\n" +
			"With --confirm fewer than half of the rules may be left; else that is refused.\n\n" +
			"Exit code: 0 the rules on disk serve, 1 they do not, 2 wrong use.",
		Example: "  flowd apply\n  flowd apply --yes\n  flowd apply --include-waiting --why \"new map\"",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.By = who()
			if f.why != "" && !f.waiting {
				return usage{"--why goes with --include-waiting: it is recorded with the orders"}
			}
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, running bool) error {
				if !running {
					return errors.New("flowd is not running: start it with `flowd run`, then apply")
				}
				return a.apply(cmd.Context(), c, o, f)
			})
		},
	}
	c.Flags().BoolVar(&o.Confirm, "confirm", false, "fewer than half of the rules may be left")
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&f.waiting, "include-waiting", false, "send on those who stand in a mapped stage already")
	c.Flags().StringVar(&f.why, "why", "", "`TEXT` that is recorded with --include-waiting")
	c.Flags().StringVar(&f.since, "since", "30d", "how far to look back, a `SPAN`")
	c.Flags().IntVar(&f.quota, "quota", 0, "`N` invites are in your Hireflix plan: tells when they are used up")
	c.Flags().BoolVar(&f.show, "show", false, "show names and addresses")
	return c
}

func (a *app) apply(ctx context.Context, c *web.Client, o web.ApplyOrder, f applyFlags) error {
	var shown, done web.Applied
	preview := o
	preview.Preview = true
	if err := c.Post(ctx, "/api/v1/apply", preview, &shown); err != nil {
		return err
	}
	a.changes(shown)
	if shown.Confirm != "" && !o.Confirm {
		return errors.New(shown.Confirm)
	}
	changes := shown.Digest != shown.Before
	stand, err := a.foretold(ctx, c, shown, f)
	if err != nil {
		return err
	}
	if question := whatNow(changes, stand); question != "" && !f.yes {
		ok, err := a.confirm(question)
		if err != nil {
			return err
		}
		if !ok {
			fmt.Fprintln(a.Err, "nothing was changed")
			return errFound
		}
	}
	o.Digest = shown.Digest
	if err := c.Post(ctx, "/api/v1/apply", o, &done); err != nil {
		return err
	}
	if err := serving(ctx, c, done.Digest); err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%s serving\n", a.paint(green, plural(done.Count, "rule", "rules")))
	if done.Lock != "" {
		fmt.Fprintln(a.Err, "the names of positions are pinned in "+done.Lock)
	}
	return a.sendOn(ctx, c, web.SendOnOrder{Rules: done.Digest, By: o.By, Why: f.why}, stand)
}

// foretold shows what the rules on disk change for people, and returns whom
// applying them sends on.
func (a *app) foretold(ctx context.Context, c *web.Client, shown web.Applied, f applyFlags) ([]web.Planned, error) {
	if shown.Digest == shown.Before && !f.waiting {
		return nil, nil
	}
	o, err := f.order()
	if err != nil {
		return nil, err
	}
	o.Everybody = f.waiting
	made, err := a.foresee(ctx, c, o)
	switch {
	case err != nil && f.waiting:
		return nil, err
	case err != nil: // whoever mends something must not be kept from it
		fmt.Fprintln(a.Err, a.paint(yellow, "what this changes for people cannot be told: ")+err.Error())
		return nil, nil //nolint:nilerr // it is said
	case made.Edited != shown.Digest:
		return nil, errors.New("the rule files changed while they were looked at: run it again")
	}
	made.Notes = slices.DeleteFunc(made.Notes, func(note string) bool { return slices.Contains(shown.Notes, note) })
	fmt.Fprintln(a.Out)
	if err := a.showPlan(made, planView{quota: f.quota, show: f.show, all: f.waiting}); err != nil || !f.waiting {
		return nil, err
	}
	return slices.DeleteFunc(made.Stand, func(p web.Planned) bool { return p.Change == web.CannotTell }), nil
}

// whatNow is what is asked before anything is done; "" for nothing.
func whatNow(changes bool, stand []web.Planned) string {
	send := "send " + plural(len(stand), "person", "people") + " on?"
	switch {
	case changes && len(stand) > 0:
		return "make them serve, and " + send
	case changes:
		return "make them serve?"
	case len(stand) > 0:
		return send
	}
	return ""
}

// changes shows what applying does to the rules.
func (a *app) changes(shown web.Applied) {
	if len(shown.Rules) == 0 {
		fmt.Fprintln(a.Out, "no rule does anything else than before")
	}
	colours := map[string]colour{web.RuleAdded: green, web.RuleChanged: yellow, web.RuleRemoved: red}
	for _, r := range shown.Rules {
		line := a.paint(colours[r.Change], fmt.Sprintf("%-7s", r.Change)) + " " + r.ID
		if r.Waiting > 0 {
			line += ", " + plural(r.Waiting, "action waits", "actions wait")
		}
		if r.Held > 0 {
			line += ", " + plural(r.Held, "is held", "are held")
		}
		fmt.Fprintln(a.Out, line)
	}
	for _, note := range shown.Notes {
		fmt.Fprintln(a.Out, a.paint(yellow, "note: ")+a.paragraph(len("note: "), plainText, note))
	}
}

// maxServing is how long an apply waits to see its rules serve.
const maxServing = 30 * time.Second

// serving returns when flowd says that it serves the rules of a digest.
func serving(ctx context.Context, c *web.Client, digest string) error {
	ctx, cancel := context.WithTimeout(ctx, maxServing)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var s web.Status
		if err := c.Get(ctx, "/api/v1/status", nil, &s); err != nil {
			return fmt.Errorf("whether they serve cannot be seen: %w", err)
		}
		if s.Rules.Digest == digest {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("flowd does not serve them: `flowd status` says what does")
		case <-tick.C:
		}
	}
}

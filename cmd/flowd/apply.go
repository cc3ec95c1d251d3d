package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) applyCommand() *cobra.Command {
	var o web.ApplyOrder
	var yes bool
	c := &cobra.Command{
		Use: "apply", Short: "Make the rules on disk serve", GroupID: groupRules, Args: cobra.NoArgs,
		Long: "Checks the rule files as a start would, shows which rules change and how many people wait for them, asks,\n" +
			"and returns when the running flowd serves them. All files are taken or none. What the names of positions\n" +
			"stand for is written to .flowd/names.lock beside the rules, where that may be written.\n\n" +
			"With --confirm fewer than half of the rules may be left; else that is refused.\n\n" +
			"Exit code: 0 the rules on disk serve, 1 they do not, 2 wrong use.",
		Example: "  flowd apply\n  flowd apply --yes\n  flowd apply --confirm",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.By = who()
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, running bool) error {
				if !running {
					return errors.New("flowd is not running: start it with `flowd run`, then apply")
				}
				return a.apply(cmd.Context(), c, o, yes)
			})
		},
	}
	c.Flags().BoolVar(&o.Confirm, "confirm", false, "fewer than half of the rules may be left")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func (a *app) apply(ctx context.Context, c *web.Client, o web.ApplyOrder, yes bool) error {
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
	if !yes && shown.Digest != shown.Before {
		ok, err := a.confirm("make them serve?")
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
	return nil
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

package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
)

// errDiffers ends `plan --exit-code` with exit code 2.
var errDiffers = errors.New("the edited rules differ")

type planFlags struct {
	since, rules string
	exitCode     bool
	show         bool
	quota        int
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use: "plan", Short: "What edited rules would change, as people", GroupID: groupRules, Args: cobra.NoArgs,
		Long: "Runs the rules on disk, beside those that serve, over the recorded events, the waiting and held work and the\n" +
			"invites of the period, and says for whom something would be otherwise, and which row or condition makes it so.\n" +
			"It changes nothing. Where a rule reads a custom field that nobody kept when an event came in, the event is\n" +
			"decoded again while its delivery is kept; else nobody can tell, and that is counted apart.\n\n" +
			"Exit code: 0 well, 1 failed; with --exit-code 2 where something differs.",
		Example: "  flowd plan\n  flowd plan --since 90d --rules ./edited --exit-code",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.order()
			if err != nil {
				return err
			}
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				return a.plan(cmd, c, o, f)
			})
		},
	}
	c.Flags().StringVar(&f.since, "since", "30d", "how far to look back, a `SPAN`")
	c.Flags().StringVar(&f.rules, "rules", "", "a `DIR` with the edited rules, instead of those on disk")
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit with 2 where something differs")
	c.Flags().IntVar(&f.quota, "quota", 0, "`N` invites are in your Hireflix plan: tells when they are used up")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	c.Flags().BoolVar(&f.show, "show", false, "show names and addresses")
	return c
}

// order is what the flags ask for; rule files are read here, wherever flowd runs.
func (f planFlags) order() (o web.PlanOrder, err error) {
	o.Show = f.show
	span, err := strictyaml.ParseSpan(f.since)
	if err != nil {
		return o, usage{"--since: " + err.Error()}
	}
	o.Since = time.Now().Add(-span)
	if f.rules == "" {
		return o, nil
	}
	o.Files, o.Pins, err = daemon.ReadRules(f.rules)
	o.Dir = f.rules
	return o, err
}

func (a *app) plan(cmd *cobra.Command, c *web.Client, o web.PlanOrder, f planFlags) error {
	made, err := a.foresee(cmd.Context(), c, o)
	if err != nil {
		return err
	}
	if a.json {
		out := plannedJSON{Plan: made, Of: f.quota}
		out.Before, out.After = made.RunsOut(f.quota, time.Now())
		err = a.writeJSON(out)
	} else {
		err = a.showPlan(made, planView{quota: f.quota, show: f.show})
	}
	if err == nil && f.exitCode && made.Different() {
		return errDiffers
	}
	return err
}

// foresee asks for a plan and shows how far it is.
func (a *app) foresee(ctx context.Context, c *web.Client, o web.PlanOrder) (web.Plan, error) {
	bar := a.progress()
	defer bar.end()
	return c.Plan(ctx, o, bar.at)
}

// plannedJSON is a plan with when the invites of a period run out.
type plannedJSON struct {
	web.Plan
	Of     int       `json:"quota_of,omitempty"`
	Before time.Time `json:"runs_out_before,omitzero"`
	After  time.Time `json:"runs_out_after,omitzero"`
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) reconcileCommand() *cobra.Command {
	o := web.ReconcileOrder{}
	c := &cobra.Command{
		Use: "reconcile", Short: "Compare the ATS, flowd and Hireflix, and mend what was missed", GroupID: groupDaily, Args: cobra.NoArgs,
		Long: "Looks at everybody who was invited, in all three places, and says in words where they disagree. With --fix\n" +
			"flowd takes in what the ATS says now, and its rules act on it as on any news.\n\n" +
			"Exit code: 0 they agree, 1 they do not, 2 wrong use.",
		Example: "  flowd reconcile\n  flowd reconcile --fix",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.By = who()
			return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, _ bool) error {
				return a.reconcile(cmd, c, o)
			})
		},
	}
	c.Flags().BoolVar(&o.Fix, "fix", false, "take in what was missed")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) reconcile(cmd *cobra.Command, c *web.Client, o web.ReconcileOrder) error {
	found, err := c.Reconcile(cmd.Context(), o, func(text string) {
		if isTerminal(a.Err) {
			cmd.PrintErrln(a.paint(dim, text))
		}
	})
	if err != nil {
		return err
	}
	open := 0
	for _, d := range found.Differences {
		if !d.Fixed {
			open++
		}
	}
	if a.json {
		if err := a.writeJSON(found); err != nil {
			return err
		}
	} else if err := a.differences(found); err != nil {
		return err
	}
	for _, note := range found.Notes {
		cmd.PrintErrln(note)
	}
	if !a.json {
		fmt.Fprintf(a.Out, "%s, %s and %s compared: %s, %d mended\n", plural(found.Invites, "invite", "invites"),
			plural(found.Interviews, "interview", "interviews"), plural(found.Asked, "application", "applications"),
			plural(len(found.Differences), "difference", "differences"), len(found.Differences)-open)
	}
	if open > 0 {
		return errFound
	}
	return nil
}

func (a *app) differences(found web.Reconciliation) error {
	rows := make([][]cell, len(found.Differences))
	for i, d := range found.Differences {
		is := cell{"differs", yellow}
		if d.Fixed {
			is = cell{"mended", green}
		}
		what := d.What
		if d.Do != "" {
			what += ": " + d.Do
		}
		rows[i] = append([]cell{is}, plainCells(d.ATS, d.Application, d.Interview, d.Key, what)...)
	}
	if len(rows) == 0 {
		return nil
	}
	return a.table([]string{"IS", "ATS", "APPLICATION", "INTERVIEW", "KEY", "WHY"}, rows)
}

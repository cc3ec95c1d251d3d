package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) reconcileCommand() *cobra.Command {
	o := web.ReconcileOrder{}
	c := &cobra.Command{
		Use: "reconcile", Short: "Compare the ATS, flowd and Hireflix, and mend what was missed", GroupID: groupDaily, Args: cobra.NoArgs,
		Long: "Looks at everybody who was invited, in all three places, and at everybody whom an ATS shows that can show all\n" +
			"of them, and says in words where they disagree: what a call that got lost would have told. With --fix flowd\n" +
			"takes in what the ATS says now, and its rules act on it as on any news. It lists those who stand in a mapped\n" +
			"stage and were never invited, with the reason, and counts how everybody there stands.\n\n" +
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
		if err := a.present(cmd, found); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "%s, %s and %s compared: %s, %d mended\n", plural(found.Invites, "invite", "invites"),
			plural(found.Interviews, "interview", "interviews"), plural(max(found.Asked, found.Shown), "application", "applications"),
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

// present shows who was never invited where they stand, and counts everybody.
func (a *app) present(cmd *cobra.Command, found web.Reconciliation) error {
	rows := make([][]cell, len(found.NotInvited))
	invites := false
	for i, p := range found.NotInvited {
		rows[i] = append([]cell{{string(p.Word), colourOf(p.Word)}},
			plainCells(p.Name, p.Email, p.ATS, p.Job, p.Stage, p.Position, p.Rule, p.Application, p.Why)...)
		invites = invites || p.Do != ""
	}
	if len(rows) > 0 {
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Stand in a mapped stage, and were never invited for it"))
		if err := a.table([]string{"IS", "NAME", "ADDRESS", "ATS", "JOB", "STAGE", "POSITION", "RULE", "APPLICATION", "WHY"}, rows); err != nil {
			return err
		}
		fmt.Fprintln(a.Out)
	}
	for _, of := range found.Present {
		line := fmt.Sprintf("%s: %s in a mapped stage: %s", of.ATS, plural(of.People, "person stands", "people stand"), a.words(of))
		if of.Shown != nil {
			line += fmt.Sprintf("; the ATS shows %d", *of.Shown)
		}
		fmt.Fprintln(a.Out, line)
	}
	if invites {
		cmd.PrintErrln("`flowd invite --candidate APPLICATION` invites one of them; `flowd list --state skipped --csv`, and `flowd invite --from` what it wrote, invites many")
	}
	return nil
}

// words counts people under the words of the screen, and why those are not invited
// who are not.
func (a *app) words(of web.Balance) string {
	var parts []string
	for _, w := range flowd.Words() {
		if n := of.Words[w]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, w))
		}
	}
	text := strings.Join(parts, ", ")
	if len(of.NotInvited) > 0 {
		var why []string
		for _, reason := range sortedKeys(of.NotInvited) {
			why = append(why, fmt.Sprintf("%d: %s", of.NotInvited[reason], reason))
		}
		text += " (" + strings.Join(why, "; ") + ")"
	}
	return text
}

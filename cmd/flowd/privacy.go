package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) privacyCommand() *cobra.Command {
	var why string
	var yes, show bool
	verbs := []string{"report", "export", "erase"}
	c := &cobra.Command{
		Use: "privacy (report | export | erase) X", Short: "What flowd holds of a person, a copy of it, or its end", GroupID: groupOperate, Args: cobra.ExactArgs(2),
		Long: "report says what kinds of data are held and until when; export writes all of it as JSON; erase makes flowd\n" +
			"forget the person in every system that told of them, and lists the interviews at Hireflix that have to be\n" +
			"deleted there. What remains holds ids alone, so that an old delivery invites nobody again.\n\n" +
			"X is an address, a candidate or an application.",
		Example:   "  flowd privacy report rosa.field@example.com\n  flowd privacy export rosa.field@example.com > rosa.json\n  flowd privacy erase rosa.field@example.com --why \"request of 2 March\"",
		ValidArgs: verbs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(verbs, args[0]) {
				return usage{"say report, export or erase, and whom"}
			}
			access := daemon.Reading
			if args[0] == "erase" {
				access = daemon.Writing
			}
			return a.reach(cmd.Context(), access, func(c *web.Client, _ bool) error {
				if args[0] == "erase" {
					return a.erase(cmd, c, web.EraseOrder{Who: args[1], By: who(), Why: why, Show: show}, yes)
				}
				return a.dossier(cmd, c, args[0], args[1])
			})
		},
	}
	c.Flags().StringVar(&why, "why", "", "`TEXT` that is recorded with the order")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&show, "show", false, "show names and addresses")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) dossier(cmd *cobra.Command, c *web.Client, verb, x string) error {
	q := url.Values{"x": {x}}
	if verb == "export" {
		q.Set("export", "1")
		q.Set("show", "1")
	}
	var d web.Dossier
	if err := c.Get(cmd.Context(), "/api/v1/privacy", q, &d); err != nil {
		return err
	}
	if a.json || verb == "export" {
		return a.writeJSON(d)
	}
	for _, h := range d.Holdings {
		line := h.What
		if !h.Since.IsZero() {
			line += ", since " + when(h.Since)
		}
		fmt.Fprintln(a.Out, "- "+a.paragraph(2, plainText, line))
		fmt.Fprintln(a.Out, "  "+a.paragraph(2, dim, "kept: "+h.Until))
	}
	return nil
}

func (a *app) erase(cmd *cobra.Command, c *web.Client, o web.EraseOrder, yes bool) error {
	preview := o
	preview.Preview = true
	var e web.Erasure
	if err := c.Post(cmd.Context(), "/api/v1/privacy", preview, &e); err != nil {
		return err
	}
	if !a.json {
		rows := make([][]cell, len(e.Applications))
		for i, app := range e.Applications {
			rows[i] = plainCells(app.Name, app.Email, app.ATS, app.Application, app.Job, app.Stage)
		}
		if err := a.table([]string{"NAME", "ADDRESS", "ATS", "APPLICATION", "JOB", "STAGE"}, rows); err != nil {
			return err
		}
	}
	if !yes {
		ok, err := a.confirm("forget this person in " + plural(len(e.Applications), "application", "applications") + "? It cannot be undone.")
		if err != nil {
			return err
		}
		if !ok {
			cmd.PrintErrln("nothing was changed")
			return errFound
		}
	}
	if err := c.Post(cmd.Context(), "/api/v1/privacy", o, &e); err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(e)
	}
	fmt.Fprintf(a.Out, "forgotten: %s\n", plural(len(e.Applications), "application", "applications"))
	if e.Compacted {
		fmt.Fprintln(a.Out, "the state was rewritten: nothing of the person is left in its unused parts")
	}
	for i, in := range e.Interviews {
		if i == 0 {
			fmt.Fprintln(a.Out, a.paint(yellow, "still at Hireflix, to be deleted there:"))
		}
		fmt.Fprintln(a.Out, "  "+strings.TrimSpace(fmt.Sprintf("interview %s  %s  %s", in.ID, in.Status, in.Page)))
	}
	for _, note := range e.Notes {
		cmd.PrintErrln(note)
	}
	return nil
}

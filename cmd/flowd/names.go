package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flowd/connectors/all"
	"flowd/internal/daemon"
	"flowd/internal/web"
	"flowd/rules"
)

func (a *app) namesCommand() *cobra.Command {
	unmapped := false
	what := []string{"positions", "jobs", "stages", "fields", "values", "connectors"}
	c := &cobra.Command{
		Use: "names [positions|jobs|stages|fields|values [MEMBER]|connectors]", Short: "What can be written in a rule", GroupID: groupRules,
		Args: func(cmd *cobra.Command, args []string) error {
			if first(args) == "values" {
				return cobra.MaximumNArgs(2)(cmd, args)
			}
			return cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)(cmd, args)
		},
		ValidArgs: what,
		Long: "Lists Hireflix's positions and the custom fields that the sources brought, as flowd knows them since it last\n" +
			"ran; `jobs` and `stages` are those that events have told of, and `values` what candidate.source, another\n" +
			"MEMBER or a custom field had in the last 30 days, and how often: what tells who somebody is, free text and\n" +
			"what the law protects is not counted. `connectors` are the kinds that a source may have. With --unmapped it\n" +
			"lists the jobs at whose mapped stage people stand whom no row covers: an open job that the map forgot.",
		Example: "  flowd names positions\n  flowd names fields --json\n  flowd names values candidate.source\n  flowd names --unmapped",
		RunE: func(cmd *cobra.Command, args []string) error {
			if unmapped && len(args) > 0 {
				return usage{"--unmapped lists jobs: leave out " + args[0]}
			}
			if first(args) == "connectors" {
				return a.connectors()
			}
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				if unmapped {
					return a.unmapped(cmd, c)
				}
				q := url.Values{}
				if w := first(args); w == "jobs" || w == "stages" || w == "values" {
					q.Set("seen", "1")
				}
				var n web.Names
				if err := c.Get(cmd.Context(), "/api/v1/names", q, &n); err != nil {
					return err
				}
				switch {
				case first(args) == "values":
					return a.values(n, args[1:])
				case a.json:
					return a.writeJSON(n)
				}
				return a.nameTables(first(args), n)
			})
		},
	}
	c.Flags().BoolVar(&unmapped, "unmapped", false, "the jobs that no row covers, and how many stand there")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) nameTables(which string, n web.Names) error {
	switch which {
	case "jobs":
		return a.oneColumn("Jobs that events have told of", "JOB", n.Jobs)
	case "stages":
		return a.oneColumn("Stages that events have told of", "STAGE", n.Stages)
	}
	if which != "fields" {
		fmt.Fprintf(a.Out, "%s\n", a.paint(bold, "Positions in Hireflix"+readNote(n)))
		rows := make([][]cell, len(n.Positions))
		for i, p := range n.Positions {
			note := ""
			if p.Archived {
				note = "archived"
			}
			rows[i] = plainCells(p.Name, p.ID, note)
		}
		if err := a.table([]string{"NAME", "ID", "NOTE"}, rows); err != nil {
			return err
		}
	}
	if which == "" {
		fmt.Fprintln(a.Out)
	}
	if which == "positions" {
		return nil
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, "Custom fields seen"))
	rows := make([][]cell, len(n.Fields))
	for i, f := range n.Fields {
		rows[i] = plainCells(f.Name, f.Type, f.ATS, f.Day)
	}
	return a.table([]string{"NAME", "TYPE", "ATS", "LAST SEEN"}, rows)
}

func (a *app) oneColumn(title, head string, names []string) error {
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, title))
	rows := make([][]cell, len(names))
	for i, name := range names {
		rows[i] = plainCells(name)
	}
	return a.table([]string{head}, rows)
}

// values shows what members and custom fields had, or those of one.
func (a *app) values(n web.Names, member []string) error {
	seen := n.Values
	if len(member) > 0 {
		of := rules.FindValues(seen, member[0])
		if of == nil {
			var known []string
			for _, v := range seen {
				known = append(known, v.Member)
			}
			return fmt.Errorf("no values of %s are counted: there are those of %s", member[0], nameOf(strings.Join(known, ", "), "nothing yet"))
		}
		seen = []rules.ValuesSeen{*of}
	}
	if a.json {
		return a.writeJSON(seen)
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, "Values of events since "+n.ValuesSince.Local().Format(time.DateOnly)))
	var rows [][]cell
	for _, of := range seen {
		if of.Free {
			rows = append(rows, plainCells(of.Member, "(free text: not counted)", ""))
		}
		for _, v := range of.Values {
			rows = append(rows, plainCells(of.Member, v.Value, strconv.Itoa(v.Times)))
		}
	}
	return a.table([]string{"MEMBER", "VALUE", "TIMES"}, rows)
}

func readNote(n web.Names) string {
	if n.ReadAt.IsZero() {
		return " (not read yet: flowd reads them when it runs)"
	}
	return ", read " + ago(n.ReadAt)
}

func (a *app) connectors() error {
	var rows [][]cell
	for _, k := range all.Kinds() {
		rows = append(rows, plainCells(k.Name, strings.TrimSpace(k.Doc)))
	}
	return a.table([]string{"KIND", "WHAT"}, rows)
}

// unmapped shows what no row covers.
func (a *app) unmapped(cmd *cobra.Command, c *web.Client) error {
	var found web.UnmappedJobs
	if err := c.Get(cmd.Context(), "/api/v1/unmapped", nil, &found); err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(found)
	}
	if len(found.Jobs) == 0 {
		cmd.PrintErrln("every job with people at a mapped stage has a row")
		return nil
	}
	rows := make([][]cell, len(found.Jobs))
	for i, u := range found.Jobs {
		held := ""
		if u.Held > 0 {
			held = strconv.Itoa(u.Held)
		}
		rows[i] = plainCells(u.Job, u.ID, u.Stage, strconv.Itoa(u.People), held, strings.Join(u.Rules, ", "), u.ATS)
	}
	if found.Partial {
		cmd.PrintErrln("there are more applications than were looked at: the older ones are not counted")
	}
	return a.table([]string{"JOB", "ID", "STAGE", "PEOPLE", "HELD", "RULES", "ATS"}, rows)
}

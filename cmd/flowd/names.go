package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"flowd/connectors/all"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) namesCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "names [positions|fields|connectors]", Short: "What can be written in a rule", GroupID: groupRules,
		Args: cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs), ValidArgs: []string{"positions", "fields", "connectors"},
		Long: "Lists Hireflix's positions and the custom fields that the sources brought, as flowd knows them since it last\n" +
			"ran, or with `connectors` the kinds that a source may have.",
		Example: "  flowd names positions\n  flowd names fields --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if first(args) == "connectors" {
				return a.connectors()
			}
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				var n web.Names
				if err := c.Get(cmd.Context(), "/api/v1/names", nil, &n); err != nil {
					return err
				}
				if a.json {
					return a.writeJSON(n)
				}
				return a.nameTables(first(args), n)
			})
		},
	}
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) nameTables(which string, n web.Names) error {
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

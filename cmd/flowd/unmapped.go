package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"flowd/internal/web"
	"flowd/rules"
)

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
		cmd.PrintErrln("there are more applications than were looked at: the rest is not counted")
	}
	if len(rows) > 0 {
		if err := a.table([]string{"JOB", "ID", "STAGE", "PEOPLE", "HELD", "RULES", "ATS"}, rows); err != nil {
			return err
		}
	}
	return a.dangling(found.Rows)
}

// dangling shows the rows of the map that lead to nothing.
func (a *app) dangling(all []rules.Dangling) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([][]cell, len(all))
	for i, d := range all {
		why := d.Why
		if d.Hint != "" {
			why += "; " + d.Hint
		}
		rows[i] = plainCells(d.File+":"+strconv.Itoa(d.Line), d.Rule, d.Kind, d.Name, why)
	}
	fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Rows that lead to nothing"))
	return a.table([]string{"ROW", "RULE", "NAMES", "NAME", "WHY"}, rows)
}

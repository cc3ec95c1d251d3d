package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
	"flowd/rules"
)

func (a *app) namesCommand() *cobra.Command {
	unmapped := false
	what := []string{"positions", "jobs", "stages", "fields", "values", "connectors"}
	c := &cobra.Command{
		Use: "names [positions|jobs|stages|fields|values [MEMBER]|connectors [KIND]]", Short: "What can be written in a rule", GroupID: groupRules,
		Args: func(cmd *cobra.Command, args []string) error {
			if w := first(args); w == "values" || w == "connectors" {
				return cobra.MaximumNArgs(2)(cmd, args)
			}
			return cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)(cmd, args)
		},
		ValidArgs: what,
		Long: "Lists what flowd knows since it last ran: Hireflix's positions, the jobs, stages and custom fields that each\n" +
			"ATS lists, or that events have told of where it cannot be asked, and the `values` to choose from, with how\n" +
			"often candidate.source, another MEMBER or a custom field had them in the last 30 days: what tells who\n" +
			"somebody is, free text and what the law protects is not counted. `connectors` are the kinds that a source\n" +
			"may have; with a KIND its text is printed, to copy and change. With --unmapped it lists the open jobs that the map forgot, with how many stand there at a mapped\n" +
			"stage, and the rows of the map that lead to nothing.",
		Example: "  flowd names positions\n  flowd names fields --json\n  flowd names values candidate.source\n  flowd names --unmapped",
		RunE: func(cmd *cobra.Command, args []string) error {
			if unmapped && len(args) > 0 {
				return usage{"--unmapped lists jobs: leave out " + args[0]}
			}
			if first(args) == "connectors" {
				if len(args) > 1 {
					return a.connector(args[1])
				}
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
	c.Flags().BoolVar(&unmapped, "unmapped", false, "the jobs that no row covers, with how many stand there, and the rows that lead to nothing")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) nameTables(which string, n web.Names) error {
	switch which {
	case "jobs":
		return a.jobs(n)
	case "stages":
		return a.stages(n)
	case "fields":
		return a.fields(n)
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, "Positions in Hireflix"+readNote(n.ReadAt)))
	rows := make([][]cell, len(n.Positions))
	for i, p := range n.Positions {
		note := ""
		if p.Archived {
			note = "archived"
		}
		rows[i] = plainCells(p.Name, p.ID, note)
	}
	if err := a.table([]string{"NAME", "ID", "NOTE"}, rows); err != nil || which == "positions" {
		return err
	}
	fmt.Fprintln(a.Out)
	return a.fields(n)
}

func (a *app) jobs(n web.Names) error {
	return a.listings(n, "Jobs", []string{"NAME", "ID", "DEPARTMENT", "LOCATION"}, n.Jobs, func(s web.System) (rows [][]cell) {
		for _, j := range s.Jobs {
			rows = append(rows, plainCells(j.Name, j.ID, j.Department, j.Location))
		}
		return rows
	})
}

func (a *app) stages(n web.Names) error {
	return a.listings(n, "Stages", []string{"NAME", "ID", "KIND"}, n.Stages, func(s web.System) (rows [][]cell) {
		for _, stage := range s.Stages {
			rows = append(rows, plainCells(stage.Name, stage.ID, stage.Kind))
		}
		return rows
	})
}

// listings shows a table of each ATS that can be asked, and then what events told
// of the others.
func (a *app) listings(n web.Names, what string, head []string, told []string, of func(web.System) [][]cell) error {
	for _, s := range n.Systems {
		if s.Problem != "" {
			fmt.Fprintf(a.Err, "%s cannot be asked what it has: %s\n", s.ATS, s.Problem)
		}
		if s.ReadAt.IsZero() {
			continue
		}
		fmt.Fprintf(a.Out, "%s\n", a.paint(bold, what+" of "+s.ATS+readNote(s.ReadAt)))
		if err := a.table(head, of(s)); err != nil {
			return err
		}
		fmt.Fprintln(a.Out)
	}
	mute := untold(n)
	if len(mute) == 0 {
		return nil
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, what+" that events have told of, since this ATS cannot list them: "+strings.Join(mute, ", ")))
	rows := make([][]cell, len(told))
	for i, name := range told {
		rows[i] = plainCells(name)
	}
	return a.table(head[:1], rows)
}

// untold are the ATSs that have not listed what they have.
func untold(n web.Names) (names []string) {
	for _, src := range n.Sources {
		listed := slices.ContainsFunc(n.Systems, func(s web.System) bool { return s.ATS == src.ATS && !s.ReadAt.IsZero() })
		if src.ATS != "" && !listed && !slices.Contains(names, src.ATS) {
			names = append(names, src.ATS)
		}
	}
	return names
}

// fields shows the custom fields that an ATS lists, or that events had.
func (a *app) fields(n web.Names) error {
	type field struct{ ats, name string }
	rows, at := [][]cell{}, map[field]int{}
	for _, s := range n.Systems {
		for _, f := range s.Fields {
			if f.Member == "" {
				at[field{s.ATS, rules.FoldName(f.Field.Name)}] = len(rows)
				rows = append(rows, plainCells(f.Field.Name, f.Field.Type, s.ATS, ""))
			}
		}
	}
	for _, f := range n.Fields {
		if i, ok := at[field{f.ATS, rules.FoldName(f.Name)}]; ok {
			rows[i][3].text = f.Day
			continue
		}
		rows = append(rows, plainCells(f.Name, f.Type, f.ATS, f.Day))
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, "Custom fields"))
	return a.table([]string{"NAME", "TYPE", "ATS", "LAST SEEN"}, rows)
}

// values shows what members and custom fields can have, as far as an ATS lists it,
// and what they had; or those of one.
func (a *app) values(n web.Names, member []string) error {
	seen := offered(n)
	if len(member) > 0 {
		of := rules.FindValues(seen, member[0])
		if of == nil {
			var known []string
			for _, v := range seen {
				known = append(known, v.Member)
			}
			return fmt.Errorf("no values of %s are known: there are those of %s", member[0], nameOf(strings.Join(known, ", "), "nothing yet"))
		}
		seen = []rules.ValuesSeen{*of}
	}
	if a.json {
		return a.writeJSON(seen)
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, "Values to choose from, and how many events had them since "+n.ValuesSince.Local().Format(time.DateOnly)))
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

// offered adds the values that an ATS lists to those that were seen: no event had
// them.
func offered(n web.Names) []rules.ValuesSeen {
	all := slices.Clone(n.Values)
	for _, s := range n.Systems {
		for _, f := range s.Fields {
			if len(f.Values) == 0 {
				continue
			}
			name := nameOf(f.Member, nameOf(f.Field.Name, f.Field.Key))
			i := slices.IndexFunc(all, func(v rules.ValuesSeen) bool { return rules.FindValues([]rules.ValuesSeen{v}, name) != nil })
			if i < 0 {
				i, all = len(all), append(all, rules.ValuesSeen{Member: name, Key: f.Field.Key, Field: f.Member == "", Values: []rules.ValueSeen{}})
			}
			of := &all[i]
			of.Free, of.Values = false, slices.Clone(of.Values)
			for _, text := range f.Values {
				if !slices.ContainsFunc(of.Values, func(v rules.ValueSeen) bool { return rules.FoldName(v.Value) == rules.FoldName(text) }) {
					of.Values = append(of.Values, rules.ValueSeen{Value: text})
				}
			}
		}
	}
	return all
}

func readNote(at time.Time) string {
	if at.IsZero() {
		return " (not read yet: flowd reads them when it runs)"
	}
	return ", read " + ago(at)
}

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/strictyaml"
)

func (a *app) checkCommand() *cobra.Command {
	var o daemon.CheckOptions
	var strict bool
	var token newToken
	c := &cobra.Command{
		Use: "check [PATH...]", Short: "Find what is wrong before it acts: exactly what a reload does", GroupID: groupRules,
		Long: "Reads the configuration and the rules, runs their tests and shows every problem with its place and, in\n" +
			"brackets, its section in docs/lint.md. With PATHs it checks those rule files\n" +
			"alone. It writes nothing, unless --fix asks for it. With --new-token it makes a personal token instead, by\n" +
			"which somebody works from another machine or opens the pages.\n\nExit code: 0 nothing refuses a start, 1 something does, 2 wrong use.",
		Example: "  flowd check\n  flowd check --online --state\n  flowd check --fix rules/sales.yaml\n  flowd check --new-token ana --role operator > ana.token",
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("new-token") {
				return token.make(a, time.Now())
			}
			o.Paths = args
			bar := a.progress()
			opts := a.options(zerolog.Nop())
			opts.Progress = bar.at
			report := daemon.Check(cmd.Context(), opts, o)
			bar.end()
			if a.json {
				if err := a.writeJSON(report); err != nil {
					return err
				}
			} else {
				a.showReport(report)
			}
			if report.Failed(strict) {
				return errFound
			}
			return nil
		},
	}
	c.Flags().BoolVar(&o.Online, "online", false, "ask Hireflix for its positions and each ATS for its jobs, stages and fields")
	c.Flags().BoolVar(&o.State, "state", false, "verify the state file, and look names up in what flowd knows")
	c.Flags().BoolVar(&o.Fix, "fix", false, "quote what wants quotes in the rule files, lay them out, and write the schema that editors complete by")
	c.Flags().BoolVar(&strict, "strict", false, "warnings count as errors")
	token.flags(c)
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) showReport(r *daemon.Report) {
	for _, p := range r.Problems {
		where, rest, _ := strings.Cut(p.Text(), "\n")
		c := yellow
		if p.Severity == strictyaml.Error {
			c = red
		}
		fmt.Fprintln(a.Out, a.paint(c, where)+" ["+p.Code+"]")
		if rest = strings.TrimRight(rest, "\n"); rest != "" {
			fmt.Fprintln(a.Out, rest)
		}
		fmt.Fprintln(a.Out)
	}
	failed := 0
	for _, t := range r.Tests {
		if !t.OK {
			failed++
			fmt.Fprintln(a.Out, a.paint(red, "FAIL")+" "+daemon.FailedTest(t)+"\n")
		}
	}
	for _, fault := range r.State {
		fmt.Fprintln(a.Out, a.paint(red, "state")+" "+fault)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(a.Out, note)
	}
	errs, warnings := 0, 0
	for _, p := range r.Problems {
		if p.Severity == strictyaml.Error {
			errs++
		} else {
			warnings++
		}
	}
	line := fmt.Sprintf("%s with %s and %s", plural(r.Rules, "rule", "rules"), plural(r.Rows, "row", "rows"), plural(len(r.Tests), "test", "tests"))
	switch {
	case errs > 0 || failed > 0 || len(r.State) > 0:
		line = a.paint(red, fmt.Sprintf("%s, %s", plural(errs+len(r.State), "error", "errors"), plural(failed, "failed test", "failed tests")))
	default:
		line = a.paint(green, "well: ") + line
	}
	if warnings > 0 {
		line += ", " + plural(warnings, "warning", "warnings")
	}
	fmt.Fprintln(a.Out, line)
}

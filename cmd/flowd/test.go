package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/rules"
)

func (a *app) testCommand() *cobra.Command {
	var run string
	var verbose, cover bool
	var least int
	c := &cobra.Command{
		Use: "test [PATH...]", Short: "Run the rules' own tests", GroupID: groupRules,
		Long: "Runs the tests that stand in the rule files, offline and against the code that decides in earnest.\n" +
			"With --cover it tells which parts of each rule's conditions its tests never saw come out true, or\n" +
			"false, and which rows none of them picks.\n\n" +
			"Exit code: 0 all pass, 1 one fails, a file is broken or a rule is below --min-cover, 2 wrong use.",
		Example: "  flowd test\n  flowd test --run referral -v\n  flowd test --cover --min-cover 80\n  flowd test add hooks:evt-1842",
		RunE: func(cmd *cobra.Command, args []string) error {
			var pattern *regexp.Regexp
			if run != "" {
				p, err := regexp.Compile("(?i)" + run)
				if err != nil {
					return usage{"--run: " + err.Error()}
				}
				pattern = p
			}
			bounded := cmd.Flags().Changed("min-cover")
			if least < 0 || least > 100 {
				return usage{"--min-cover is a percentage, from 0 to 100"}
			}
			bar := a.progress()
			opts := a.options(zerolog.Nop())
			opts.Progress = bar.at
			var report *daemon.Report
			var covered []rules.Coverage
			if cover || bounded {
				report, covered = daemon.Cover(opts, args, pattern)
			} else {
				report = daemon.Test(opts, args, pattern)
			}
			bar.end()
			if a.json {
				if err := a.writeJSON(tested{report, covered}); err != nil {
					return err
				}
			} else {
				a.showTested(report, covered, verbose, least)
			}
			if pattern != nil && len(report.Tests) == 0 {
				fmt.Fprintln(a.Err, "no test has a rule or name that fits "+run)
			}
			if report.Failed(false) || below(covered, least) > 0 {
				return errFound
			}
			return nil
		},
	}
	c.AddCommand(a.testAddCommand())
	c.Flags().StringVar(&run, "run", "", "only tests whose rule or name fits this `PATTERN`")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "name the tests that pass")
	c.Flags().BoolVar(&cover, "cover", false, "tell what the tests do not see of each rule")
	c.Flags().IntVar(&least, "min-cover", 0, "exit with 1 where a rule's tests see less than `N` percent of it; implies --cover")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

// asGoTest takes the pattern of tests as `go test` has it, with one dash.
func asGoTest(args []string) []string {
	if len(args) == 0 || args[0] != "test" {
		return args
	}
	out := slices.Clone(args)
	for i, arg := range out {
		if arg == "-run" || strings.HasPrefix(arg, "-run=") {
			out[i] = "-" + arg
		}
	}
	return out
}

// tested is what programs read.
type tested struct {
	*daemon.Report
	Coverage []rules.Coverage `json:",omitempty"`
}

func (a *app) showTested(report *daemon.Report, covered []rules.Coverage, verbose bool, least int) {
	if verbose {
		a.passed(report.Tests)
	}
	for _, c := range covered {
		a.showCoverage(c, least)
	}
	if len(covered) > 0 {
		fmt.Fprintln(a.Out)
	}
	a.showReport(report)
	if n := below(covered, least); n > 0 {
		fmt.Fprintln(a.Out, a.paint(red, fmt.Sprintf("%s below --min-cover %d", plural(n, "rule is", "rules are"), least)))
	}
}

func (a *app) passed(tests []rules.TestResult) {
	for _, t := range tests {
		if t.OK {
			fmt.Fprintln(a.Out, a.paint(green, "ok")+"   "+t.Rule+": "+t.Name)
		}
	}
}

// maxRowsShown is how many rows that no test picks are shown of each rule; with
// --json all are there.
const maxRowsShown = 10

func (a *app) showCoverage(c rules.Coverage, least int) {
	colour := green
	switch {
	case c.Percent < least:
		colour = red
	case c.Percent < 100:
		colour = yellow
	}
	what := fmt.Sprintf("%d of %s seen by %s", c.Seen, plural(c.Answers, "answer", "answers"), plural(c.Tests, "test", "tests"))
	switch {
	case c.Tests == 0:
		what = "no test"
	case c.Answers == 0:
		what = "no condition, " + plural(c.Tests, "test", "tests")
	}
	fmt.Fprintf(a.Out, "%s %s:%d %s: %s\n", a.paint(colour, fmt.Sprintf("%3d %%", c.Percent)), c.File, c.Line, c.Rule, what)
	for _, leaf := range c.Missing {
		fmt.Fprintf(a.Out, "      %s\n", leaf)
	}
	for i, row := range c.Rows {
		if i == maxRowsShown {
			fmt.Fprintf(a.Out, "      and %s that no test picks\n", plural(len(c.Rows)-i, "more row", "more rows"))
			break
		}
		fmt.Fprintf(a.Out, "      no test picks %s\n", row)
	}
}

// below counts the rules whose tests see less of them than they should.
func below(covered []rules.Coverage, least int) (n int) {
	for _, c := range covered {
		if c.Percent < least {
			n++
		}
	}
	return n
}

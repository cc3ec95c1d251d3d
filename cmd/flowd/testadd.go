package main

import (
	"fmt"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
)

func (a *app) testAddCommand() *cobra.Command {
	var o daemon.TestOrder
	c := &cobra.Command{
		Use: "add EVENT", Short: "Make a test of an event that happened", Args: cobra.ExactArgs(1),
		Long: "Writes a recorded event into the folder fixtures beside the rule files, with everybody in it made up, and a test\n" +
			"under the rule that decided about it, which expects what the rules on this machine say of it. EVENT is a key\n" +
			"that `flowd list events` or `flowd explain` shows. What the rules ask for of the person is kept, and named;\n" +
			"look at the file before you share it. No file is overwritten, comments and layout stay as they are, and nothing\n" +
			"is written where the event would come out otherwise without what tells who the person is.\n\n" +
			"Exit code: 0 the test is written and all tests pass, 1 it is not or one fails, 2 wrong use.",
		Example: "  flowd list events --since 2d\n  flowd test add hooks:evt-1842 --name \"a referral is not invited\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Event = args[0]
			if cmd.Flags().Changed("name") && strings.TrimSpace(o.Name) == "" {
				return usage{"--name is what the test shows, in words"}
			}
			added, err := daemon.AddTest(cmd.Context(), a.options(zerolog.Nop()), o)
			if err != nil {
				return err
			}
			if a.json {
				err = a.writeJSON(added)
			} else {
				a.showAdded(added)
			}
			if err == nil && added.Report.Failed(false) {
				return errFound
			}
			return err
		},
	}
	c.Flags().StringVar(&o.Rule, "rule", "", "the id of the `RULE` whose test it is, where several decide about the event")
	c.Flags().StringVar(&o.File, "file", "", "the rule `FILE` that it goes into; a test of all rules where none of the file looks at the event")
	c.Flags().StringVar(&o.Name, "name", "", "what the test shows, as a `SENTENCE`")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) showAdded(t daemon.AddedTest) {
	fmt.Fprintf(a.Out, "wrote    %s\n", t.FixtureFile)
	whose := "all rules"
	if t.Rule != "" {
		whose = "rule " + t.Rule
	}
	fmt.Fprintf(a.Out, "changed  %s, %s:\n", t.RuleFile, whose)
	for i, line := range t.Lines {
		mark := "  "
		if i == 0 {
			mark = "- "
		}
		fmt.Fprintln(a.Out, "  "+mark+line)
	}
	if len(t.Kept) > 0 {
		fmt.Fprintln(a.Out, "kept     "+strings.Join(t.Kept, ", "))
	}
	if t.Note != "" {
		fmt.Fprintln(a.Out, a.paint(yellow, "note     "+t.Note))
	}
	a.showReport(t.Report)
}

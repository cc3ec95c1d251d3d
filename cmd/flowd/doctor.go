package main

import (
	"fmt"
	"slices"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
)

func (a *app) doctorCommand() *cobra.Command {
	var fix bool
	c := &cobra.Command{
		Use: "doctor", Short: "Is everything in place that flowd needs around it", GroupID: groupOperate, Args: cobra.NoArgs,
		Long: "Looks at the files and the clock; tries the key of Hireflix and of each source, read-only: what it may see,\n" +
			"what its next poll would bring, and where on the way a call fails. It says whether calls arrive, whether the\n" +
			"jobs, stages and positions of the rules are there, who is told of what, and what the rules write to; and\n" +
			"goes through what has to be set up in Hireflix, with what cannot be seen from here. With --fix it creates or\n" +
			"repairs the webhook at Hireflix (it needs server.public_url); it changes nothing else.\n\n" +
			"Exit code: 0 nothing is wrong, 1 something is, 2 wrong use.",
		Example: "  flowd doctor\n  flowd doctor --fix",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := daemon.Doctor(cmd.Context(), a.options(zerolog.Nop()), fix, func(text string) {
				if isTerminal(a.Err) {
					cmd.PrintErrln(a.paint(dim, text))
				}
			})
			if a.json {
				if err := a.writeJSON(found); err != nil {
					return err
				}
			} else {
				a.findings(found)
			}
			if slices.ContainsFunc(found, func(f daemon.Finding) bool { return f.Health == daemon.Wrong }) {
				return errFound
			}
			return nil
		},
	}
	c.Flags().BoolVar(&fix, "fix", false, "create or repair the webhook at Hireflix")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) findings(list []daemon.Finding) {
	signs := map[daemon.Health]cell{daemon.Well: {"✓", green}, daemon.Weak: {"!", yellow}, daemon.Wrong: {"✗", red}, daemon.Unknown: {"?", dim}}
	for _, f := range list {
		sign := signs[f.Health]
		fmt.Fprintln(a.Out, a.paint(sign.colour, sign.text)+" "+a.paragraph(2, plainText, f.What))
		if f.Do != "" {
			fmt.Fprintln(a.Out, "  "+a.paragraph(2, dim, f.Do))
		}
	}
}

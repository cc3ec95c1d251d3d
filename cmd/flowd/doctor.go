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
		Long: "Looks at the files, tries Hireflix's key, and says whether Hireflix calls flowd, who is told of what, and\n" +
			"what the rules write to. With --fix it creates or repairs the webhook at Hireflix (it needs\n" +
			"server.public_url); it changes nothing else.\n\nExit code: 0 nothing is wrong, 1 something is, 2 wrong use.",
		Example: "  flowd doctor\n  flowd doctor --fix",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := daemon.Doctor(cmd.Context(), a.options(zerolog.Nop()), fix)
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
	signs := map[daemon.Health]cell{daemon.Well: {"✓", green}, daemon.Weak: {"!", yellow}, daemon.Wrong: {"✗", red}}
	for _, f := range list {
		sign := signs[f.Health]
		fmt.Fprintln(a.Out, a.paint(sign.colour, sign.text)+" "+a.paragraph(2, plainText, f.What))
		if f.Do != "" {
			fmt.Fprintln(a.Out, "  "+a.paragraph(2, dim, f.Do))
		}
	}
}

package main

import (
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
)

func (a *app) runCommand() *cobra.Command {
	var dryRun bool
	var level string
	c := &cobra.Command{
		Use: "run", Short: "Run the daemon", GroupID: groupOperate, Args: cobra.NoArgs,
		Long: "Takes in what the sources bring, decides, invites and records, until it is told to stop.\n\n" +
			"SIGTERM ends it in order; SIGHUP reads flowd.yaml and the rules again; a changed rule file is served by\n" +
			"itself. With --dry-run nothing is sent: it works on a copy of the state and records what would be.",
		Example: "  flowd run\n  flowd run --dry-run --config /etc/flowd/flowd.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts := a.options(zerolog.Nop())
			gate := &levelGate{}
			opts.Log = a.logger(gate)
			opts.DryRun = dryRun
			opts.LockWait = 30 * time.Second
			opts.Level = func(l zerolog.Level) {
				if level == "" {
					gate.set(l)
				}
			}
			if level != "" {
				l, err := zerolog.ParseLevel(level)
				if err != nil {
					return usage{"--log-level is debug, info, warn or error"}
				}
				gate.set(l)
			}
			return daemon.Run(cmd.Context(), opts, a.reload)
		},
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "send nothing; record what would be sent")
	c.Flags().StringVar(&level, "log-level", "", "`LEVEL` debug, info, warn or error; goes before the configuration's")
	return c
}

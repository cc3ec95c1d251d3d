package main

import (
	"os"
	"slices"

	"github.com/spf13/cobra"
)

// remoteFlags lets commands speak to a flowd on another machine. A command that
// works on this machine's files refuses them: it would do something else than it
// was asked for. What the environment says is for the commands that it concerns.
func (a *app) remoteFlags(root *cobra.Command) {
	root.PersistentFlags().StringVar(&a.remote.Server, "server", "", "the `URL` of a flowd on another machine (or FLOWD_SERVER)")
	root.PersistentFlags().StringVar(&a.remote.TokenFile, "token-file", "", "the `FILE` that holds your personal token for it (or FLOWD_TOKEN_FILE)")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if slices.Contains([]string{"check", "test", "run", "demo", "init", "doctor", "restore", "version", "completion"}, cmd.Name()) {
			if a.remote.Server != "" || a.remote.TokenFile != "" {
				return usage{cmd.CommandPath() + " works on this machine's files: --server and --token-file are not for it"}
			}
			return nil
		}
		if a.remote.Server == "" {
			a.remote.Server = os.Getenv("FLOWD_SERVER")
		}
		if a.remote.TokenFile == "" {
			a.remote.TokenFile = os.Getenv("FLOWD_TOKEN_FILE")
		}
		return nil
	}
}

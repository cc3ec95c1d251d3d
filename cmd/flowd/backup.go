package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
)

func (a *app) backupCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use: "backup FILE", Short: "Copy the state while flowd runs", GroupID: groupOperate, Args: cobra.ExactArgs(1),
		Long: "Writes a consistent copy of the state, readable by its owner alone: it holds the names and addresses\n" +
			"of candidates. The file appears whole or not at all.",
		Example: "  flowd backup /var/backups/flowd-$(date +%F).db",
		RunE: func(cmd *cobra.Command, args []string) error {
			size, err := a.backupTo(cmd.Context(), args[0], force)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, "%s: %d KiB\n", args[0], (size+1023)/1024)
			return err
		},
	}
	c.Flags().BoolVar(&force, "force", false, "replace a file that is there")
	return c
}

func (a *app) backupTo(ctx context.Context, path string, force bool) (int64, error) {
	if _, err := os.Stat(path); err == nil && !force {
		return 0, fmt.Errorf("%s is there already; pass --force to replace it", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".flowd-backup-*") // created 0600
	if err != nil {
		return 0, err
	}
	err = daemon.Backup(ctx, a.options(zerolog.Nop()), f)
	size, serr := f.Seek(0, 1)
	err = errors.Join(err, serr, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	return size, nil
}

func (a *app) restoreCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the state's place; flowd then starts paused", GroupID: groupOperate, Args: cobra.ExactArgs(1),
		Long: "Checks the backup, keeps the present state beside it under another name, and puts the backup in its place.\n" +
			"flowd must not run. It starts paused, because what happened since the backup is not in it: compare with\n" +
			"Hireflix, then `flowd resume --all`. People invited since then are not invited again: Hireflix refuses\n" +
			"a second invite of an address to a position, and flowd then adopts the first as its own.",
		Example: "  flowd restore /var/backups/flowd-2026-03-02.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				ok, err := a.confirm("put " + args[0] + " in the place of the state?")
				if err != nil {
					return err
				}
				if !ok {
					cmd.PrintErrln("nothing was changed")
					return errFound
				}
			}
			kept, err := daemon.Restore(cmd.Context(), a.options(zerolog.Nop()), args[0], who(), time.Now())
			if err != nil {
				return err
			}
			if kept != "" {
				fmt.Fprintf(a.Out, "the state until now is kept as %s\n", kept)
			}
			fmt.Fprintln(a.Out, "restored; flowd starts paused: `flowd run`, look at `flowd status`, then `flowd resume --all`")
			return nil
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	var once bool
	c := &cobra.Command{
		Use: "demo", Short: "See it work: two days in a few seconds, with nothing to set up", GroupID: groupOperate, Args: cobra.NoArgs,
		Long: "Runs the daemon itself against a simulated Hireflix and a simulated ATS on this machine's loopback, with\n" +
			"the example rules: people are invited, they answer, and what became of it is written into the ATS. It writes\n" +
			"to a temporary folder only, and contacts nobody. Afterwards it stays up for a look; Ctrl-C ends it.",
		Example: "  flowd demo\n  flowd demo --once",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), once)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "end when everything has happened")
	return c
}

// demoTimeout bounds the whole scenario.
const demoTimeout = 60 * time.Second

func (a *app) demo(ctx context.Context, once bool) (err error) {
	dir, err := os.MkdirTemp("", "flowd-demo-")
	if err != nil {
		return err
	}
	defer func() {
		if rerr := os.RemoveAll(dir); err == nil {
			err = rerr
		}
	}()
	stage, err := newDemoStage(ctx, dir)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := stage.close(); err == nil {
			err = cerr
		}
	}()
	if err := stage.start(ctx); err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%s\n", a.paragraph(0, bold, "flowd demo: the daemon, a simulated Hireflix and a simulated ATS, all on this machine"))
	fmt.Fprintf(a.Out, "%s\n\n", a.paint(dim, "rules and state lie in "+dir))
	show := &demoShow{app: a, stage: stage, seen: map[string]string{}, begun: time.Now()}
	run, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	for _, act := range []func(context.Context, *demoShow) error{stage.subscribe, stage.invitesGoOut, stage.resultsComeBack, stage.ending} {
		if err := act(run, show); err != nil {
			return err
		}
	}
	if once {
		return nil
	}
	return a.demoStays(ctx, stage)
}

func (a *app) demoStays(ctx context.Context, s *demoStage) error {
	flowd := "flowd --config " + filepath.Join(s.dir, "flowd.yaml")
	fmt.Fprintf(a.Out, "\n%s\n\n", a.paragraph(0, plainText, "It stays up for a look. In another terminal (with `go run ./cmd/flowd` in place of `flowd` where it is not installed):"))
	for _, command := range []string{"status", "list --state held --show", "explain lea.moss@example.com --show", "explain ada.birch@example.com --show", "explain sdr-german"} {
		fmt.Fprintf(a.Out, "    %s %s\n", flowd, command)
	}
	fmt.Fprintf(a.Out, "\n%s\n\n", a.paragraph(0, plainText, "In a browser, with the token that was made for the pages:"))
	for _, line := range [][2]string{
		{"the pages", s.daemon.AdminURL()},
		{"the token", s.token},
		{"Ada Birch's recording", s.recording},
	} {
		fmt.Fprintf(a.Out, "    %-21s  %s\n", line[0], line[1])
	}
	fmt.Fprintf(a.Out, "\nCtrl-C ends it.\n")
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.daemon.Failed():
		return err
	}
}

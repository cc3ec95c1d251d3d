package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/connectors/all"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) demoCommand() *cobra.Command {
	var once bool
	c := &cobra.Command{
		Use: "demo", Short: "See it work: a whole day in a few seconds, with nothing to set up", GroupID: groupOperate, Args: cobra.NoArgs,
		Long: "Runs the daemon itself against a simulated Hireflix and a simulated ATS on this machine's loopback, with\n" +
			"the example rules. It writes to a temporary folder only, and contacts nobody. Afterwards it stays up for a\n" +
			"look; Ctrl-C ends it.",
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
	defer stage.close()

	gate := &levelGate{}
	log, err := os.OpenFile(stage.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the folder goes away
	d, err := daemon.New(ctx, daemon.Options{
		Config: stage.config, Version: version(), Kinds: all.Kinds(),
		Log: zerolog.New(gate.over(log)).With().Timestamp().Logger(), LockWait: time.Second,
	})
	if err != nil {
		return err
	}
	d.Start()
	defer func() {
		if serr := d.Stop(); err == nil {
			err = serr
		}
	}()

	fmt.Fprintf(a.Out, "%s\n", a.paragraph(0, bold, "flowd demo: the daemon, a simulated Hireflix and a simulated ATS, all on this machine"))
	fmt.Fprintf(a.Out, "%s\n\n", a.paint(dim, "rules and state lie in "+dir))
	api, err := daemon.DialFile(stage.config)
	if err != nil {
		return err
	}
	show := &demoShow{app: a, api: api, seen: map[string]string{}, cast: stage.names(), begun: time.Now()}
	run, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	if err := stage.play(run, d, show); err != nil {
		return err
	}
	if err := show.ending(run, stage); err != nil || once {
		return err
	}
	return a.demoStays(ctx, d, dir)
}

func (a *app) demoStays(ctx context.Context, d *daemon.Daemon, dir string) error {
	fmt.Fprintf(a.Out, "\n%s\n\n", a.paragraph(0, plainText, "It stays up for a look. In another terminal (with `go run ./cmd/flowd` in place of `flowd` where it is not installed):"))
	for _, command := range []string{"status", "list --state held --show", "explain lea.moss@example.com --show", "explain sdr-german"} {
		fmt.Fprintf(a.Out, "    flowd --config %s %s\n", filepath.Join(dir, "flowd.yaml"), command)
	}
	fmt.Fprintf(a.Out, "\nHealth: %s/readyz   Ctrl-C ends it.\n", d.AdminURL())
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.Failed():
		return err
	}
}

// demoShow prints what became of each person, as it happens.
type demoShow struct {
	app   *app
	api   *web.Client
	seen  map[string]string
	cast  map[string]string // application → name
	begun time.Time
}

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/setup"
)

// initiation is what `flowd init` is told by flags, and asks for where it is not.
type initiation struct {
	daemon.InitOptions
	keyFile  string
	keyStdin bool
	ats      []string // answers to what the kind asks, as KEY=VALUE
	yes      bool

	app *app
}

func (a *app) initCommand() *cobra.Command {
	i := &initiation{app: a}
	c := &cobra.Command{
		Use: "init", Short: "Set up flowd: its configuration and a first rule", GroupID: groupOperate, Args: cobra.NoArgs,
		Long: "Asks for the kind of source and for the keys of Hireflix and of the ATS, looks at the positions, jobs and stages that\n" +
			"they have, and writes flowd.yaml and a first rule with its tests. Keys go into files of their own that only you may\n" +
			"read. It pairs jobs and positions of one name, and leaves the others as comments; with --from it takes over the table\n" +
			"in which you kept them, and tells of each row that it could not resolve. Nothing is ever overwritten, and until you\n" +
			"change safety.only_to nobody outside your own domain is invited.\n\n" +
			"Exit code: 0 written and valid, 1 nothing was written or it is not valid yet, 2 wrong use.",
		Example: "  flowd init\n  flowd init --source webhook --domain example.com --key-file key.txt --from mapping.csv --yes\n" +
			"  flowd init --source KIND --ats key=ats-key.txt --domain example.com --key-file key.txt --yes\n" +
			"  pass hireflix | flowd init --source dropfolder --domain example.com --key-stdin --dir /etc/flowd --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("config") {
				return usage{"init writes flowd.yaml into a folder: name the folder with --dir"}
			}
			return i.run(cmd.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&i.Kind, "source", "", "the `KIND` of the source: "+strings.Join(daemon.StartKinds(a.options(zerolog.Nop())), ", "))
	f.StringVar(&i.Name, "name", "", "the source's `NAME`, a part of the hook's address (default: its kind)")
	f.StringVar(&i.Domain, "domain", "", "the `DOMAIN` of your own addresses: nobody else is invited until you say so")
	f.StringVar(&i.Stage, "stage", "", "the `STAGE` of the ATS whose entering invites (default \"Video interview\")")
	f.StringVar(&i.Owner, "owner", "", "who is answerable for the rules, a `NAME` (default \"recruiting-ops\")")
	f.StringVar(&i.keyFile, "key-file", "", "the `FILE` that holds Hireflix's API key")
	f.BoolVar(&i.keyStdin, "key-stdin", false, "read Hireflix's API key from the input")
	f.StringVar(&i.Table, "from", "", "a table of jobs and positions to take over, a CSV `FILE`")
	f.StringVar(&i.Dir, "dir", ".", "the `FOLDER` to set up")
	f.StringVar(&i.URL, "hireflix-url", "", "the `URL` of Hireflix, where it is not its own")
	f.StringArrayVar(&i.ats, "ats", nil, "a `KEY=VALUE` that the kind asks for, such as url=https://acme.example.com; of a secret, the FILE that holds it")
	f.BoolVar(&i.yes, "yes", false, "ask nothing: take what the flags say, and the defaults")
	return c
}

func (i *initiation) run(ctx context.Context) error {
	a := i.app
	if i.keyStdin && i.keyFile != "" {
		return usage{"--key-file and --key-stdin are two places for one key"}
	}
	if found := setup.Found(i.Dir, i.keyFile); len(found) > 0 {
		return a.alreadyThere(i.Dir, found)
	}
	err := i.answers()
	if err == nil || !i.asking() { // whoever calls it from a script hears of all that is missing
		err = errors.Join(err, i.key())
	}
	if err != nil {
		return err
	}
	if err := i.Validate(); err != nil {
		return usage{err.Error()}
	}
	done, err := daemon.Init(ctx, a.options(zerolog.Nop()), i.InitOptions)
	for errors.Is(err, daemon.ErrKeyRefused) && i.asking() && i.keyFile == "" {
		fmt.Fprintln(a.Err, err)
		if err := i.key(); err != nil {
			return err
		}
		done, err = daemon.Init(ctx, a.options(zerolog.Nop()), i.InitOptions)
	}
	for _, p := range done.Import {
		fmt.Fprint(a.Err, p.Text())
	}
	for _, note := range done.Notes {
		fmt.Fprintln(a.Err, note)
	}
	if err != nil {
		return err
	}
	return i.finish(ctx, done)
}

// alreadyThere says what a folder holds.
func (a *app) alreadyThere(dir string, found []string) error {
	for _, name := range found {
		fmt.Fprintln(a.Out, filepath.Join(dir, name)+" is there already")
	}
	fmt.Fprintf(a.Out, "\nflowd check%s shows whether it is valid, flowd doctor%[1]s what is missing around it\n", configFlag(dir))
	return setup.ErrThere
}

// finish shows what was written, checks it and says how to go on.
func (i *initiation) finish(ctx context.Context, done *daemon.Initiated) error {
	a := i.app
	rows := make([][]cell, len(done.Written))
	for n, f := range done.Written {
		rows[n] = plainCells(filepath.Join(i.Dir, f.Name), f.What)
	}
	if err := a.table([]string{"WRITTEN", "WHAT"}, rows); err != nil {
		return err
	}
	fmt.Fprintln(a.Out)
	a.config = filepath.Join(i.Dir, setup.ConfigFile)
	report := daemon.Check(ctx, a.options(zerolog.Nop()), daemon.CheckOptions{})
	a.showReport(report)
	flag := configFlag(i.Dir)
	fmt.Fprintf(a.Out, "\nNext, after a look at %s and %s:\n", filepath.Join(i.Dir, setup.ConfigFile), filepath.Join(i.Dir, setup.RuleFile))
	for _, next := range [][2]string{
		{"flowd check --online" + flag, "is it valid, and does Hireflix have the positions"},
		{"flowd run --dry-run" + flag, "beside your process: who would be invited; nobody is written to"},
		{"flowd doctor" + flag, "what is missing around it"},
	} {
		fmt.Fprintf(a.Out, "  %-*s  %s\n", len("flowd check --online")+len(flag), next[0], next[1])
	}
	if report.Failed(false) {
		return errFound
	}
	return nil
}

// configFlag is what a command needs to find the configuration of a folder.
func configFlag(dir string) string {
	if filepath.Clean(dir) == "." {
		return ""
	}
	return " --config " + filepath.Join(dir, setup.ConfigFile)
}

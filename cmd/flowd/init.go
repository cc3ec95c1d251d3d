package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"flowd/internal/daemon"
	"flowd/internal/secret"
	"flowd/internal/setup"
)

// initiation is what `flowd init` is told by flags, and asks for where it is not.
type initiation struct {
	daemon.InitOptions
	keyFile  string
	keyStdin bool
	yes      bool

	app   *app
	input *bufio.Reader
}

func (a *app) initCommand() *cobra.Command {
	i := &initiation{app: a}
	c := &cobra.Command{
		Use: "init", Short: "Set up flowd: its configuration and a first rule", GroupID: groupOperate, Args: cobra.NoArgs,
		Long: "Asks for the kind of source and for Hireflix's key, looks at the positions that Hireflix has, and writes flowd.yaml\n" +
			"and a first rule with its tests. The key goes into a file of its own that only you may read. It pairs jobs and\n" +
			"positions of one name, and leaves the others as comments; with --from it takes over the table in which you kept\n" +
			"them, and tells of each row that it could not resolve. Nothing is ever overwritten, and until you change\n" +
			"safety.only_to nobody outside your own domain is invited.\n\n" +
			"Exit code: 0 written and valid, 1 nothing was written or it is not valid yet, 2 wrong use.",
		Example: "  flowd init\n  flowd init --source webhook --domain example.com --key-file key.txt --from mapping.csv --yes\n" +
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
	i.input = bufio.NewReader(a.In)
	err := i.answers()
	if err == nil || !i.asking() { // whoever calls it from a script hears of all that is missing
		err = errors.Join(err, i.key())
	}
	if err != nil {
		return err
	}
	i.Domain = strings.ToLower(strings.TrimPrefix(i.Domain, "@"))
	if err := i.Validate(); err != nil {
		return usage{err.Error()}
	}
	done, err := daemon.Init(ctx, a.options(zerolog.Nop()), i.InitOptions)
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

// answers completes what the flags leave out.
func (i *initiation) answers() error {
	kinds := daemon.StartKinds(i.app.options(zerolog.Nop()))
	if err := i.ask(&i.Kind, "--source", "Where do candidates move? One of: "+strings.Join(kinds, ", "), ""); err != nil {
		return err
	}
	if !slices.Contains(kinds, i.Kind) {
		return usage{fmt.Sprintf("there is no kind %q of source: it is one of %s", i.Kind, strings.Join(kinds, ", "))}
	}
	return errors.Join(
		i.ask(&i.Name, "--name", "How is the source to be called?", i.Kind),
		i.ask(&i.Stage, "--stage", "Whoever enters which stage is invited?", "Video interview"),
		i.ask(&i.Domain, "--domain", "What is the domain of your own e-mail addresses? Only they are invited at first.", ""),
		i.ask(&i.Owner, "--owner", "Who is answerable for the rules?", "recruiting-ops"),
	)
}

// asking tells whether somebody is there to be asked.
func (i *initiation) asking() bool { return !i.yes && !i.keyStdin && isTerminal(i.app.In) }

// ask asks for one answer that no flag gave. Where nobody can be asked it takes
// the default, and wants the flag where there is none.
func (i *initiation) ask(into *string, flag, question, standard string) error {
	if *into != "" {
		return nil
	}
	if !i.asking() {
		if *into = standard; standard == "" {
			return usage{"pass " + flag + ": nobody is there to be asked"}
		}
		return nil
	}
	if standard != "" {
		question += " [" + standard + "]"
	}
	fmt.Fprint(i.app.Err, question+" ")
	line, err := i.input.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s was not answered: %w", flag, err)
	}
	if *into = strings.TrimSpace(line); *into == "" {
		*into = standard
	}
	return nil
}

// key reads Hireflix's key from where it is given. On a terminal it is not shown.
func (i *initiation) key() error {
	switch {
	case i.keyFile != "":
		i.KeyInPlace = setup.InKeyPlace(i.Dir, i.keyFile)
		key, err := secret.Source{File: i.keyFile}.Read()
		i.Key = key
		return err
	case i.keyStdin:
		text, err := io.ReadAll(io.LimitReader(i.app.In, secret.MaxSize))
		if err != nil {
			return err
		}
		i.Key = secret.New(strings.TrimSpace(string(text)))
	case !i.asking():
		return usage{"pass --key-file or --key-stdin: nobody is there to be asked for Hireflix's key"}
	default:
		fmt.Fprint(i.app.Err, "Hireflix's API key (admin.hireflix.com, my account; it is not shown): ")
		in, _ := i.app.In.(*os.File) // it is a terminal
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(i.app.Err)
		if err != nil {
			return err
		}
		i.Key = secret.New(strings.TrimSpace(string(text)))
	}
	if i.Key.IsZero() {
		return errors.New("no key was given")
	}
	return nil
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
	fmt.Fprintf(a.Out, "\nNext, after a look at %s:\n", filepath.Join(i.Dir, setup.RuleFile))
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

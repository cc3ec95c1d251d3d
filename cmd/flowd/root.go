package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"flowd/connectors/all"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// Exit codes, the same for every command.
const (
	exitWell  = 0 // nothing to say
	exitFound = 1 // found something, or failed
	exitWrong = 2 // used in a way that cannot work

	exitDiffers = 2 // of plan --exit-code: the edited rules change something
)

type streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// app is what commands share.
type app struct {
	streams
	config string
	remote daemon.Remote // a flowd elsewhere; on this machine the state's own
	plain  bool
	json   bool
	reload <-chan struct{}
	ended  <-chan struct{} // an interrupt, for whoever waits for a person
}

// found ends a command with exit code 1 without another word: it has said what
// it found.
var errFound = errors.New("found something")

// usage is an error of how a command was called.
type usage struct{ text string }

func (u usage) Error() string { return u.text }

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, s streams, reload <-chan struct{}) int {
	a := &app{streams: s, reload: reload, ended: ctx.Done()}
	root := a.root()
	root.SetArgs(asGoTest(args))
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitWell
	case errors.Is(err, errFound):
		return exitFound
	case errors.Is(err, errDiffers):
		return exitDiffers
	}
	text := strings.TrimRight(err.Error(), "\n")
	if m := oneDash.FindStringSubmatch(text); m != nil && cmd.Flags().Lookup(m[1]) != nil {
		text = fmt.Sprintf("there is no flag -%s: write --%[1]s", m[1])
	}
	if strings.HasPrefix(text, "accepts ") {
		text = "it is called as: " + cmd.UseLine()
	}
	fmt.Fprintf(s.Err, "flowd: %s\n", text)
	var wrong usage
	if errors.As(err, &wrong) || isUsage(err) {
		hint := "`flowd help` lists the commands"
		if cmd != root {
			hint = fmt.Sprintf("`%s --help` explains it", cmd.CommandPath())
		}
		fmt.Fprintf(s.Err, "flowd: %s\n", hint)
		return exitWrong
	}
	return exitFound
}

// oneDash is the parser's complaint of a long flag with one dash.
var oneDash = regexp.MustCompile(`^unknown shorthand flag: '.' in -([\w-]+)$`)

// isUsage recognises the parser's own complaints.
func isUsage(err error) bool {
	for _, words := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs an argument", "invalid argument", "accepts ", "requires at least"} {
		if strings.HasPrefix(err.Error(), words) {
			return true
		}
	}
	return false
}

// The groups of the help, in the order a day brings them.
const (
	groupDaily   = "daily"
	groupAct     = "act"
	groupRules   = "rules"
	groupOperate = "operate"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "flowd",
		Short: "Invites candidates to Hireflix interviews when they move in your ATS",
		Long: "flowd watches an Applicant Tracking System and invites each candidate who reaches a mapped stage\n" +
			"to a Hireflix interview, exactly once. `flowd demo` shows it at work, with nothing to set up.",
		SilenceUsage: true, SilenceErrors: true, Version: version(),
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.PersistentFlags().StringVar(&a.config, "config", "flowd.yaml", "the configuration `FILE`; paths in it are relative to its folder")
	root.PersistentFlags().BoolVar(&a.plain, "plain", false, "no colours")
	a.remoteFlags(root)
	root.AddGroup(
		&cobra.Group{ID: groupDaily, Title: "Every day:"},
		&cobra.Group{ID: groupAct, Title: "Act:"},
		&cobra.Group{ID: groupRules, Title: "Change rules:"},
		&cobra.Group{ID: groupOperate, Title: "Operate:"},
	)
	root.SetHelpCommandGroupID(groupOperate)
	root.SetCompletionCommandGroupID(groupOperate)
	root.AddCommand(
		a.statusCommand(), a.listCommand(), a.explainCommand(), a.reconcileCommand(),
		a.inviteCommand(), a.withdrawCommand(),
		a.orderCommand("release"), a.orderCommand("cancel"), a.pauseCommand(), a.resumeCommand(),
		a.namesCommand(), a.checkCommand(), a.testCommand(), a.planCommand(), a.applyCommand(),
		a.initCommand(), a.runCommand(), a.demoCommand(), a.backupCommand(), a.restoreCommand(),
		a.doctorCommand(), a.privacyCommand(), a.versionCommand(),
	)
	return root
}

// options are what a daemon, or a look at its files, needs.
func (a *app) options(log zerolog.Logger) daemon.Options {
	return daemon.Options{Config: a.config, Remote: a.remote, Version: version(), Log: log, Kinds: all.Kinds(), LockWait: 2 * time.Second}
}

// reach runs a command against the daemon, or the same handler in this process.
func (a *app) reach(ctx context.Context, access daemon.Access, do func(c *web.Client, running bool) error) error {
	c, running, closing, err := daemon.Reach(ctx, a.options(zerolog.Nop()), access)
	if err != nil {
		return err
	}
	return errors.Join(do(c, running), closing())
}

// who is the person at the keyboard, for the record of an order.
func who() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	if name := os.Getenv("USER"); name != "" {
		return name
	}
	return "unknown"
}

// version is what the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which flowd this is", GroupID: groupOperate, Args: cobra.NoArgs,
		Example: "  flowd version",
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.Out, "flowd", version())
			return err
		},
	}
}

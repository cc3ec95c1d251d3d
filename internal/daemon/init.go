package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/examples"
	"flowd/hireflix"
	"flowd/internal/config"
	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/setup"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
	"flowd/state/bolt"
)

// InitOptions say what is set up.
type InitOptions struct {
	Dir string
	setup.Answers
	Key secret.Value // Hireflix's
	// KeyInPlace tells that the key stands where it belongs already.
	KeyInPlace bool
	Table      string // path of a table to import; empty for none
}

// Initiated is what a set-up did. Its slices are filled also where it ended with
// an error; nothing was written then.
type Initiated struct {
	Written []setup.File
	Notes   []string             // in words
	Import  []strictyaml.Problem // what of the table could not be resolved
}

// StartKinds are the kinds that a set-up knows how to begin with.
func StartKinds(opts Options) (kinds []string) {
	for _, k := range opts.Kinds {
		if _, ok := examples.Start(k.Name); ok {
			kinds = append(kinds, k.Name)
		}
	}
	return kinds
}

// Init sets up an installation in a folder: it tries the key, asks Hireflix for
// the positions, drafts flowd.yaml and a first rule, and writes them. A refused
// key or a wrong answer writes nothing; a Hireflix that cannot be reached only
// leaves the positions unknown.
func Init(ctx context.Context, opts Options, o InitOptions) (*Initiated, error) {
	done := &Initiated{}
	if err := o.Validate(); err != nil {
		return done, err
	}
	stanza, ok := examples.Start(o.Kind)
	if !ok {
		return done, fmt.Errorf("there is no kind %q: it is one of %s", o.Kind, strings.Join(StartKinds(opts), ", "))
	}
	draft, err := setup.Files(o.Answers, stanza, setup.Known{}, nil)
	if err != nil {
		return done, err
	}
	c := config.Parse(filepath.Join(o.Dir, setup.ConfigFile), draft[0].Data)
	sources := opts.Kinds.Build(c.Sources, connectors.Options{Dir: c.Dir, SkipSecrets: true})
	if hasErrors(c.Problems()) { // before the key goes anywhere
		return done, &Problems{List: c.Problems()}
	}
	known, err := o.known(ctx, opts, c, done)
	if err == nil {
		err = o.listed(ctx, opts, draft, &known, done)
	}
	if err != nil {
		return done, err
	}
	o.compareStage(known, done)
	var table *setup.Table
	if o.Table != "" {
		data, err := os.ReadFile(o.Table)
		if err != nil {
			return done, err
		}
		if table, done.Import, err = setup.Import(o.Table, data, o.Answers, known, suppliers(sources)); err != nil {
			return done, err
		}
		all, used := table.Rows()
		done.Notes = append(done.Notes, fmt.Sprintf("%s: %d of %s can be used", o.Table, used, counted(all, "row", "rows")))
	}
	files, err := setup.Files(o.Answers, stanza, known, table)
	if err != nil {
		return done, err
	}
	if !o.KeyInPlace {
		files = append(files, setup.File{Name: setup.KeyFile, What: "Hireflix's key", Data: []byte(o.Key.Reveal() + "\n"), Secret: true})
	}
	if err := setup.Write(o.Dir, files); err != nil {
		return done, err
	}
	done.Written = files
	return done, nil
}

// known asks Hireflix, and the state where one is there.
func (o InitOptions) known(ctx context.Context, opts Options, c *config.Config, done *Initiated) (setup.Known, error) {
	known, err := seen(ctx, c, opts)
	if err != nil {
		done.Notes = append(done.Notes, "the state's jobs and stages cannot be read: "+err.Error())
	}
	co, err := clientOptions(c)
	if err != nil {
		return known, err
	}
	co.Key = func() (secret.Value, error) { return o.Key, nil }
	client, err := hireflix.New(co)
	if err != nil {
		return known, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, laterRefresh)
	defer cancel()
	known.Positions, err = client.Positions(ctx)
	switch {
	case fault.Is(err, fault.Unauthorized):
		return known, ErrKeyRefused
	case err != nil:
		known.Positions = nil
		done.Notes = append(done.Notes, "Hireflix cannot be asked, so no position is known: "+err.Error())
	default:
		open := slices.DeleteFunc(slices.Clone(known.Positions), func(p flowd.Position) bool { return p.Archived })
		done.Notes = append(done.Notes, "Hireflix takes the key and has "+counted(len(open), "open position", "open positions"))
	}
	return known, nil
}

// ErrKeyRefused says that Hireflix does not take the key.
var ErrKeyRefused = errors.New("Hireflix refuses the key: copy it again from admin.hireflix.com, my account; nothing was written")

// listed asks the ATS for its jobs and stages, where the answers hold what that
// takes. The draft lies in a folder that is nobody else's meanwhile: a connector
// reads its secrets from files, and nothing is written to the installation until
// all is known to be good. A refused answer is an error; an ATS that cannot be
// reached only leaves its jobs unknown.
func (o InitOptions) listed(ctx context.Context, opts Options, draft []setup.File, known *setup.Known, done *Initiated) (err error) {
	if len(o.Given) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "flowd-init-") // 0700
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := setup.Write(dir, draft); err != nil {
		return err
	}
	c := config.Parse(filepath.Join(dir, setup.ConfigFile), draft[0].Data)
	ctx, cancel := context.WithTimeout(ctx, inventoryWait)
	defer cancel()
	for _, s := range opts.Kinds.Build(c.Sources, connectors.Options{Dir: dir}) {
		if s.Catalog == nil {
			continue
		}
		in, err := connectors.TakeInventory(ctx, s.Catalog)
		if in.Jobs == nil && in.Stages == nil && fault.Is(err, fault.Unauthorized) {
			return fmt.Errorf("%s refuses what it was given to sign in with: %s; nothing was written", o.Name, firstLine(err))
		}
		if err != nil {
			done.Notes = append(done.Notes, o.Name+" does not tell all that it has: "+firstLine(err))
		}
		for _, j := range in.Jobs {
			known.Jobs = with(known.Jobs, j.Name)
		}
		for _, s := range in.Stages {
			known.Stages = with(known.Stages, s.Name)
		}
		if in.Jobs != nil || in.Stages != nil {
			done.Notes = append(done.Notes, fmt.Sprintf("%s answers with %s and %s", o.Name,
				counted(len(in.Jobs), "job", "jobs"), counted(len(in.Stages), "stage", "stages")))
		}
	}
	slices.Sort(known.Jobs)
	slices.Sort(known.Stages)
	return nil
}

// maxNamedStages bounds the stages that a note lists.
const maxNamedStages = 20

// compareStage tells of a stage that neither the ATS nor the state knows.
func (o InitOptions) compareStage(known setup.Known, done *Initiated) {
	if len(known.Stages) == 0 || slices.ContainsFunc(known.Stages, func(s string) bool { return rules.FoldName(s) == rules.FoldName(o.Stage) }) {
		return
	}
	names := known.Stages
	rest := ""
	if len(names) > maxNamedStages {
		names, rest = names[:maxNamedStages], ", …"
	}
	done.Notes = append(done.Notes, fmt.Sprintf("there is no stage %q; there are: %s%s. Write the right one under stage: in %s",
		o.Stage, strings.Join(names, ", "), rest, setup.RuleFile))
}

// maxSeenPages bounds how much of an old state is looked through for names.
const maxSeenPages = 100

// seen are the jobs and stages of the events that a state holds already.
func seen(ctx context.Context, c *config.Config, opts Options) (k setup.Known, err error) {
	if _, err := os.Stat(c.State.Path); err != nil {
		return k, nil // there is none, as for nearly everybody
	}
	store, err := bolt.OpenReadOnly(c.State.Path, bolt.Options{Lock: opts.LockWait})
	if err != nil {
		return k, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	p := state.Page{Limit: 1000}
	for range maxSeenPages {
		found, err := store.Find(ctx, state.Filter{Subject: state.Events}, p)
		if err != nil {
			return k, err
		}
		for _, t := range found.Told {
			k.Jobs = with(k.Jobs, t.Event.Application.Job.Name)
			k.Stages = with(k.Stages, t.Event.Stage.Name)
		}
		if p.After = found.Next; p.After == "" {
			break
		}
	}
	slices.Sort(k.Jobs)
	slices.Sort(k.Stages)
	return k, nil
}

func with(list []string, name string) []string {
	if name == "" || slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

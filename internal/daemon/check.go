package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"flowd/connectors"
	"flowd/engine"
	"flowd/hireflix"
	"flowd/internal/config"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
)

// CheckOptions say how far a check goes.
type CheckOptions struct {
	Paths  []string // rule files or folders; none means those of the configuration
	Online bool     // ask Hireflix for its positions, and each ATS what it has
	State  bool     // verify the state's own structure; either looks names up in what is known of the ATS
	// Fix quotes what wants quotes in the rule files, lays them out, and writes their
	// schema, before they are looked at. Nothing else writes.
	Fix bool
}

// Report is what a check found.
type Report struct {
	Problems []strictyaml.Problem
	Tests    []rules.TestResult
	Rules    int
	Rows     int
	State    []string // what is wrong with the state
	// Notes are what was looked at, or could not be, in words.
	Notes []string
}

// Failed tells whether something refuses a start; with strict, warnings do too.
func (r *Report) Failed(strict bool) bool {
	for _, t := range r.Tests {
		if !t.OK {
			return true
		}
	}
	return hasErrors(r.Problems) || len(r.State) > 0 || strict && len(r.Problems) > 0
}

// Check does what a start or a reload does up to the swap. It writes nothing
// unless Fix is asked for.
func Check(ctx context.Context, opts Options, o CheckOptions) *Report {
	r := &Report{}
	if o.Fix {
		r.fix(ctx, opts, o.Paths)
	}
	var sets []checked
	var p *plan
	if len(o.Paths) > 0 {
		sets = r.paths(opts, o.Paths, nil)
	} else {
		p = survey(opts, false)
		r.Problems, r.Tests = append(r.Problems, p.problems...), p.tests
		if p.rules != nil {
			sets = []checked{{p.config.Rules.Path, p.rules}}
			r.Rules, r.Rows = len(p.rules.Rules()), p.rules.Rows()
		}
	}
	r.kept(ctx, opts, sets)
	if !o.Online && !o.State {
		return r
	}
	if p == nil {
		p = survey(opts, false)
		if broken := p.config.Problems(); hasErrors(broken) {
			r.Problems = append(r.Problems, broken...)
		}
	}
	if hasErrors(p.config.Problems()) {
		return r
	}
	var fresh []web.System
	if o.Online && len(sets) > 0 {
		asked := catalogues(p.sources)
		opts.Progress.Tell("asking Hireflix", 0, 1+len(asked))
		r.online(ctx, p.config, sets)
		for i, src := range asked {
			opts.Progress.Tell("asking "+src.Name, 1+i, 1+len(asked))
			fresh = append(fresh, r.listed(ctx, p.config, src))
		}
	}
	if len(sets) > 0 {
		r.unseen(ctx, opts, sets, fresh)
	}
	if o.State {
		r.state(ctx, p.config, p.sources, opts)
	}
	return r
}

// checked is a set without errors of its own, and where it was read from.
type checked struct {
	path string
	set  *rules.Set
}

// paths checks rule files alone, each path for itself. Where there is a
// configuration its sources say what conditions may read; without one,
// everything may be read.
func (r *Report) paths(opts Options, paths []string, run *regexp.Regexp) (sets []checked) {
	var sources []connectors.Source
	if _, err := os.Stat(opts.Config); err == nil {
		sources = survey(opts, true).sources
	}
	for _, path := range paths {
		files, err := rules.ReadDir(path)
		if err != nil {
			r.Problems = append(r.Problems, strictyaml.Problem{File: path, Severity: strictyaml.Error, Code: "config", Message: err.Error()})
			continue
		}
		set, problems := rules.Compile(files, rules.Options{Sources: suppliers(sources), Progress: opts.Progress})
		r.Problems = append(r.Problems, under(path, problems)...)
		if hasErrors(problems) {
			continue
		}
		sets = append(sets, checked{path, set})
		r.Rules, r.Rows = r.Rules+len(set.Rules()), r.Rows+set.Rows()
		r.Tests = append(r.Tests, testsUnder(path, rules.RunTests(set, engine.Decide, rules.TestOptions{Match: run, Progress: opts.Progress}))...)
	}
	return sets
}

func (r *Report) online(ctx context.Context, c *config.Config, sets []checked) {
	o, err := clientOptions(c)
	if err != nil {
		r.fault(c.File, err.Error())
		return
	}
	client, err := hireflix.New(o)
	if err != nil {
		r.fault(c.File, err.Error())
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, laterRefresh)
	defer cancel()
	positions, err := client.Positions(ctx)
	if err != nil {
		r.fault(c.File, "Hireflix cannot be asked at "+c.Hireflix.URL+": "+err.Error())
		return
	}
	for _, of := range sets {
		names, err := readNames(lockFile(of.path))
		if err != nil {
			r.fault(lockFile(of.path), err.Error())
		}
		_, _, problems := of.set.Bind(positions, names)
		for i := range problems {
			// A running daemon holds the queue of an archived position; a person who
			// asks wants to hear it as the fault it is. What a pinned name stands for is
			// plain, whatever it is called now.
			if c := problems[i].Code; c != "renamed" && c != "second-name" {
				problems[i].Severity = strictyaml.Error
			}
		}
		r.Problems = append(r.Problems, under(of.path, problems)...)
	}
	r.Notes = append(r.Notes, fmt.Sprintf("Hireflix answered with %d positions", len(positions)))
}

// listed asks an ATS what it has.
func (r *Report) listed(ctx context.Context, c *config.Config, src connectors.Source) web.System {
	ctx, cancel := context.WithTimeout(ctx, inventoryWait)
	defer cancel()
	in, err := connectors.TakeInventory(ctx, src.Catalog)
	if err != nil {
		r.fault(c.File, "the source "+src.Name+" cannot be asked what its ATS has: "+strings.ReplaceAll(firstLines(err), "\n", "; "))
	} else {
		r.Notes = append(r.Notes, fmt.Sprintf("%s answered with %s, %s and %s", src.ATS, counted(len(in.Jobs), "job", "jobs"),
			counted(len(in.Stages), "stage", "stages"), counted(len(in.Fields), "field", "fields")))
	}
	return web.System{ATS: src.ATS, Inventory: in}
}

// unseen looks the rules' names up in what the ATSs list, as it was just asked or
// as flowd knows it, and in what the state has seen.
func (r *Report) unseen(ctx context.Context, opts Options, sets []checked, fresh []web.System) {
	seen, err := seenNames(ctx, opts)
	if err != nil {
		r.Notes = append(r.Notes, "stages, jobs, fields and values were not looked up in what events told: "+err.Error())
	}
	known := map[string]web.System{}
	for _, s := range seen.Systems {
		known[s.ATS] = s
	}
	for _, s := range fresh {
		known[s.ATS] = renewed(known[s.ATS], s.Inventory, time.Now())
	}
	told := rules.Seen{Jobs: seen.Jobs, Stages: seen.Stages, Fields: seen.Fields, Values: seen.Values, ValuesSince: seen.ValuesSince}
	for ats, s := range known {
		s.ATS = ats
		told.Systems = append(told.Systems, s.Rules())
	}
	for _, of := range sets {
		r.Problems = append(r.Problems, under(of.path, of.set.Unseen(told, time.Now()))...)
	}
}

// kept names the custom fields that the rules read and that are not kept yet: of
// what came before they serve, nobody can tell them.
func (r *Report) kept(ctx context.Context, opts Options, sets []checked) {
	c := config.Load(opts.Config)
	if hasErrors(c.Problems()) {
		return
	}
	if _, err := os.Stat(c.State.Path); err != nil {
		return // nothing came yet
	}
	var read []string
	for _, of := range sets {
		read = append(read, of.set.Fields()...)
	}
	if slices.Sort(read); len(read) == 0 {
		return
	}
	known, err := knownNames(ctx, opts, nil)
	switch {
	case err != nil:
		r.Notes = append(r.Notes, "which fields the rules begin to keep was not looked up: "+err.Error())
		return
	case known.Kept == nil:
		return
	}
	for _, name := range slices.Compact(read) {
		if !slices.Contains(known.Kept, name) {
			r.Notes = append(r.Notes, fmt.Sprintf("the field %q is kept from when these rules serve: of who came before, nobody can tell it", name))
		}
	}
}

func (r *Report) state(ctx context.Context, c *config.Config, sources []connectors.Source, opts Options) {
	if _, err := os.Stat(c.State.Path); errors.Is(err, os.ErrNotExist) {
		r.Notes = append(r.Notes, "there is no state yet")
		return
	}
	store, closing, err := openToLook(ctx, c, opts.LockWait)
	if err != nil {
		r.fault(c.State.Path, err.Error())
		return
	}
	begun := time.Now()
	faults, err := store.Check(ctx)
	missing := knownSystems(ctx, store, sources)
	if err := errors.Join(err, closing()); err != nil {
		r.fault(c.State.Path, err.Error())
		return
	}
	if missing != nil {
		r.fault(c.File, missing.Error())
	}
	if open := openToOthers(c.State.Path); open != "" {
		r.fault(c.State.Path, open)
	}
	r.State = faults
	if len(faults) == 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("the state is sound (%s)", time.Since(begun).Round(time.Millisecond)))
	}
}

func (r *Report) fault(file, message string) {
	r.Problems = append(r.Problems, strictyaml.Problem{File: file, Severity: strictyaml.Error, Code: "check", Message: message})
}

// Test runs the tests of the configuration's rules whose name fits, offline.
func Test(opts Options, paths []string, run *regexp.Regexp) *Report {
	r := &Report{}
	if len(paths) == 0 {
		c := config.Load(opts.Config)
		if hasErrors(c.Problems()) {
			r.Problems = c.Problems()
			return r
		}
		paths = []string{c.Rules.Path}
	}
	r.paths(opts, paths, run)
	return r
}

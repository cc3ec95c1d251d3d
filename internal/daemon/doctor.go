package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"flowd/internal/notify"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
)

// Health is how one thing that a doctor looked at is.
type Health string

// Wrong keeps something from working; Weak works, and could fail or be missed.
// Unknown could not be looked at: a person has to.
const (
	Well    Health = "well"
	Weak    Health = "weak"
	Wrong   Health = "wrong"
	Unknown Health = "unknown"
)

// Finding is what a doctor found of one thing, and what to do about it.
type Finding struct {
	Health Health `json:"health"`
	What   string `json:"what"`
	Do     string `json:"do,omitempty"`
}

// examination collects what a doctor finds.
type examination struct {
	plan      *plan
	fix       bool
	isRunning bool
	list      []Finding
	ends      []func() error
}

func (e *examination) add(h Health, do, format string, args ...any) {
	e.list = append(e.list, Finding{Health: h, What: fmt.Sprintf(format, args...), Do: do})
}

// doctorTime bounds the whole look.
const doctorTime = 5 * time.Minute

// Doctor looks at everything that flowd needs around it: the files, Hireflix and
// each source as far as they can be asked, the addresses and the clock, who is
// told of what, and what the rules write to; and at what has to be set up in
// Hireflix (docs/hireflix-setup.md), as far as that can be seen from here. It calls
// step with what it is at. With fix it creates or repairs the webhook at Hireflix;
// it changes nothing else.
func Doctor(ctx context.Context, opts Options, fix bool, step func(string)) []Finding {
	e := &examination{plan: survey(opts, false), fix: fix}
	defer func() {
		for _, end := range e.ends {
			_ = end() // it was only read
		}
	}()
	e.files()
	if hasErrors(e.plan.config.Problems()) {
		return e.list // nothing in it can be relied upon
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	for _, part := range []struct {
		what string
		look func(context.Context)
	}{{"flowd", e.running}, {"Hireflix", e.hireflix}, {"the sources", e.sources}} {
		step("looking at " + part.what)
		part.look(ctx)
	}
	e.pages()
	e.owners()
	e.writers()
	return e.list
}

// files are the configuration and the rules, as a start reads them.
func (e *examination) files() {
	errs, warnings := 0, 0
	for _, p := range e.plan.problems {
		if p.Severity == strictyaml.Error {
			errs++
		} else {
			warnings++
		}
	}
	failed := slices.ContainsFunc(e.plan.tests, func(t rules.TestResult) bool { return !t.OK })
	switch {
	case errs > 0 || failed:
		e.add(Wrong, "flowd check shows each with its place", "the configuration or the rules have problems that refuse a start")
	case warnings > 0:
		e.add(Weak, "flowd check shows them", "the configuration and the rules are valid, with %s", counted(warnings, "warning", "warnings"))
	default:
		e.add(Well, "", "the configuration and the rules are valid")
	}
	if path := e.plan.config.State.Path; path != "" {
		if open := openToOthers(path); open != "" {
			e.add(Wrong, "", "%s", open)
		}
	}
}

func (e *examination) running(ctx context.Context) {
	client, err := Dial(e.plan.config)
	if errors.Is(err, ErrNotRunning) {
		e.add(Weak, "start it with `flowd run`", "flowd is not running")
		return
	}
	e.isRunning = true
	var status web.Status
	if err == nil {
		err = client.Get(ctx, "/api/v1/status", nil, &status)
	}
	switch {
	case err != nil:
		e.add(Wrong, "look at its log", "the flowd that runs does not answer: %v", err)
	case status.Rules.Stale != "":
		e.add(Wrong, "flowd check shows why", "flowd runs with older rules than the files say")
	case len(status.Problems) > 0:
		e.add(Weak, "flowd status shows them", "flowd runs, and has problems")
	default:
		e.add(Well, "", "flowd runs and answers")
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// pages need an address that people can keep.
func (e *examination) pages() {
	c := e.plan.config
	_, port, err := net.SplitHostPort(c.Server.Admin)
	switch {
	case err != nil:
	case port == "0":
		e.add(Weak, "give server.admin a port, such as 127.0.0.1:9090", "the pages have no fixed address: each start takes another port")
	case len(c.Server.Tokens) == 0:
		e.add(Weak, "flowd check --new-token NAME makes one", "the pages and commands from other machines are closed: there are no personal tokens")
	default:
		e.add(Well, "", "the pages are at %s, for %s", c.Server.Admin, counted(len(c.Server.Tokens), "personal token", "personal tokens"))
	}
}

// owners are told of what goes wrong with their rules.
func (e *examination) owners() {
	if e.plan.rules == nil {
		return
	}
	r := router(e.plan.config, nil, nil)
	var mute []string
	for _, rule := range e.plan.rules.Rules() {
		if !r.Has(rule.Owner) && !r.Has(notify.Default) && !slices.Contains(mute, rule.Owner) {
			mute = append(mute, rule.Owner)
		}
	}
	if len(mute) > 0 {
		slices.Sort(mute)
		e.add(Weak, "add them, or default, under notify: in "+e.plan.config.File, "nobody is told when rules of these owners fail or stall: %s", strings.Join(mute, ", "))
		return
	}
	e.add(Well, "", "every owner of a rule has a channel")
}

// writers are what the rules' write-backs need.
func (e *examination) writers() {
	missing := slices.DeleteFunc(slices.Clone(e.plan.problems), func(p strictyaml.Problem) bool { return p.Code != "no-way" })
	for _, p := range missing {
		e.add(Weak, p.Hint, "%s:%d: %s", p.File, p.Line, p.Message)
	}
	if len(missing) == 0 && e.plan.rules != nil && len(e.plan.rules.Writes()) > 0 {
		e.add(Well, "", "every system can be written to as the rules ask")
	}
}

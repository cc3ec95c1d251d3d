package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// sourceTime bounds the look at one source.
const sourceTime = 45 * time.Second

// sources tries what each source can be asked, and writes nothing.
func (e *examination) sources(ctx context.Context) {
	roots, err := trusted(e.plan.config)
	if err != nil {
		e.add(Wrong, "", "%v", err)
		return
	}
	known := e.lastKnown(ctx)
	listed := map[string]web.System{}
	for _, s := range e.plan.sources {
		e.source(ctx, s, roots, known, listed)
	}
	e.named(listed)
	e.hooks(ctx, roots)
}

// lastKnown opens the state to read, where a source is polled from what it says;
// nil where there is none, or it cannot be.
func (e *examination) lastKnown(ctx context.Context) state.Store {
	polls := slices.ContainsFunc(e.plan.sources, func(s connectors.Source) bool { return s.Poller != nil })
	if _, err := os.Stat(e.plan.config.State.Path); err != nil || !polls {
		return nil
	}
	store, closing, err := openToLook(ctx, e.plan.config, 0)
	if err != nil {
		e.add(Unknown, "", "what the next polls would bring cannot be told: %v", err)
		return nil
	}
	e.ends = append(e.ends, closing)
	return store
}

// source tries one: what it lists, what its next poll would bring, and whether it
// can be asked about one application.
func (e *examination) source(ctx context.Context, s connectors.Source, roots *x509.CertPool, known state.Store, listed map[string]web.System) {
	ctx, cancel := context.WithTimeout(ctx, sourceTime)
	defer cancel()
	h := &hops{}
	ctx = h.on(ctx)
	if s.Catalog != nil {
		e.catalog(ctx, s, h, listed)
	}
	if s.Rights != nil {
		e.rights(ctx, s, h)
	}
	_, takes := s.Poller.(connectors.Settler)
	var one string
	if s.Poller != nil && !takes {
		one = e.nextPoll(ctx, s, h, known)
	}
	if s.Fetcher != nil && one != "" {
		if _, err := s.Fetcher.Fetch(ctx, one); err != nil {
			e.refused(s, h, err, "asked about an application that it showed", "it re-checks people before they are written to, and compares them (flowd reconcile)")
		}
	}
	e.clock(ctx, s.ATS, h, plainClient(roots))
}

// refused tells of a question that a source did not answer. A right that its key
// lacks is a fault, and what it is for is told.
func (e *examination) refused(s connectors.Source, h *hops, err error, what, wants string) {
	do := "see the source " + s.Name + " in " + e.plan.config.File
	if fault.Is(err, fault.Unauthorized) {
		do = "give the key of the source " + s.Name + " this right (docs/connectors.md): " + wants
	}
	e.add(Wrong, do, "%s cannot be %s: %s", s.ATS, what, because(err, h))
}

// catalog asks for each part by itself, since each takes a right of its own.
func (e *examination) catalog(ctx context.Context, s connectors.Source, h *hops, listed map[string]web.System) {
	in, err := connectors.TakeInventory(ctx, s.Catalog)
	if err == nil {
		e.add(Well, "", "%s takes the key of %s and has %s, %s and %s", s.ATS, s.Name, counted(len(in.Jobs), "job", "jobs"),
			counted(len(in.Stages), "stage", "stages"), counted(len(in.Fields), "field", "fields"))
	} else {
		e.refused(s, h, err, "asked what it has", "rules are held against jobs, stages and fields")
	}
	if _, ok := listed[s.ATS]; !ok {
		listed[s.ATS] = web.System{ATS: s.ATS, Inventory: in}
	}
}

// rights holds what the source's key may do against what flowd asks for.
func (e *examination) rights(ctx context.Context, s connectors.Source, h *hops) {
	var writes []flowd.ActionKind
	if e.plan.rules != nil && s.Writer != nil {
		for _, w := range e.plan.rules.Writes() {
			if s.Writer.Can(w.Kind) && (w.Sources == nil || slices.Contains(w.Sources, s.Name)) {
				writes = append(writes, w.Kind)
			}
		}
	}
	lacks, vain, err := s.Rights.Rights(ctx, writes)
	switch {
	case fault.Is(err, fault.Unauthorized):
		e.add(Unknown, "look at it in the ATS; docs/connectors.md lists the least that flowd needs", "what the key of %s may do cannot be asked with it", s.Name)
		return
	case err != nil:
		e.add(Weak, "see the source "+s.Name+" in "+e.plan.config.File, "%s does not tell what the key of %s may do: %s", s.ATS, s.Name, because(err, h))
		return
	}
	if len(lacks) > 0 {
		e.add(Wrong, "give it these rights (docs/connectors.md)", "the key of %s lacks what flowd needs: %s", s.Name, strings.Join(lacks, ", "))
	}
	if len(vain) > 0 {
		e.add(Weak, "take these rights from it: whoever gets hold of the key has them", "the key of %s may do what flowd never does: %s", s.Name, strings.Join(vain, ", "))
	}
	if len(lacks)+len(vain) == 0 {
		e.add(Well, "", "the key of %s may do what flowd needs, and nothing that flowd never does", s.Name)
	}
}

// nextPoll asks for one page, from where the last poll ended as far as that is
// known, and stores nothing. It returns one of the applications.
func (e *examination) nextPoll(ctx context.Context, s connectors.Source, h *hops, known state.Store) (one string) {
	var cursor []byte
	from := "its first page shows"
	if known != nil {
		if at, err := known.Cursor(ctx, s.Name); err == nil && at != nil {
			cursor, from = at, "the next poll would bring"
		}
	}
	polls, err := connectors.NewPolls(connectors.PollOptions{Log: zerolog.Nop(),
		Cursor: func(context.Context, string) ([]byte, error) { return cursor, nil },
		Admit:  func(context.Context, flowd.Batch) error { return errors.New("nothing is stored here") }})
	if err != nil {
		e.add(Wrong, "", "%v", err)
		return ""
	}
	b, more, err := polls.Look(ctx, s, cursor)
	if err != nil {
		e.refused(s, h, err, "polled", "polls need it")
		return ""
	}
	brings := counted(len(b.Seen), "application", "applications")
	if len(b.Events) > 0 {
		brings = counted(len(b.Events), "event", "events")
	}
	if more {
		brings += ", and more behind them"
	}
	if n := e.moving(ctx, s, b, known); n > 0 {
		brings += fmt.Sprintf("; %d of them not as flowd knows them", n)
	}
	e.add(Well, "", "%s can be polled by %s: %s %s", s.ATS, s.Name, from, brings)
	if len(b.Seen) > 0 {
		return b.Seen[0].ID
	}
	return ""
}

// moving counts the snapshots that are otherwise than is known.
func (e *examination) moving(ctx context.Context, s connectors.Source, b flowd.Batch, known state.Store) (n int) {
	if known == nil {
		return 0
	}
	for _, seen := range b.Seen {
		id, _ := flowd.SafeID(seen.ID)
		stories, err := known.Story(ctx, state.Ref{Application: id})
		if err != nil {
			return n
		}
		i := slices.IndexFunc(stories, func(of state.Story) bool { return of.ATS == s.ATS })
		if i < 0 || moved(stories[i].Application, seen.Application) != "" {
			n++
		}
	}
	return n
}

// named tells of what the rules name and no system has.
func (e *examination) named(listed map[string]web.System) {
	if e.plan.rules == nil || len(listed) == 0 {
		return
	}
	var seen rules.Seen
	for _, s := range listed {
		seen.Systems = append(seen.Systems, s.Rules())
	}
	missing := under(e.plan.config.Rules.Path, e.plan.rules.Unseen(seen, time.Now()))
	missing = slices.DeleteFunc(missing, func(p strictyaml.Problem) bool { return p.Code != notListed })
	const shown = 5
	for _, p := range missing[:min(len(missing), shown)] {
		health := Wrong
		if p.Severity == strictyaml.Warning {
			health = Weak
		}
		e.add(health, p.Hint, "%s:%d: %s", p.File, p.Line, p.Message)
	}
	switch more := len(missing) - shown; {
	case more > 0:
		e.add(Wrong, "flowd check --online shows each with its place", "%d more names in the rules are not in the ATS", more)
	case len(missing) == 0:
		e.add(Well, "", "the ATS has every job and stage that the rules name, as far as it can be asked")
	}
}

// notListed is the code of what an ATS does not have.
const notListed = "not-listed"

package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	"flowd/state/bolt"
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
	known := e.lastKnown()
	listed := map[string]web.System{}
	for _, s := range e.plan.sources {
		e.source(ctx, s, roots, known, listed)
	}
	e.named(listed)
	e.hooks(ctx, roots)
}

// lastKnown opens the state to read, where no flowd has it; nil where it cannot
// be.
func (e *examination) lastKnown() state.Store {
	path := e.plan.config.State.Path
	if _, err := os.Stat(path); err != nil || e.isRunning {
		return nil
	}
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if err != nil {
		return nil // whoever has it says so above
	}
	e.ends = append(e.ends, store.Close)
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

// hooks tries, from this machine, whether the public address leads to this flowd.
func (e *examination) hooks(ctx context.Context, roots *x509.CertPool) {
	public := strings.TrimSuffix(e.plan.config.Server.PublicURL, "/")
	var called []connectors.Source
	for _, s := range e.plan.sources {
		if s.Receiver != nil && len(s.PathSecrets) == 0 { // a secret is no part of a trial
			called = append(called, s)
		}
	}
	switch {
	case len(called) == 0 && len(e.plan.config.Hireflix.WebhookSecret) == 0:
		return
	case public == "":
		return // told beside Hireflix's webhook
	case !e.isRunning:
		e.add(Unknown, "run flowd doctor again while flowd runs", "whether calls to %s arrive cannot be tried while flowd is down", public)
		return
	}
	client, h := plainClient(roots), &hops{}
	status, body, err := look(h.on(ctx), client, public+"/healthz")
	switch {
	case err != nil:
		e.add(Wrong, "see server.public_url and the proxy in front of server.listen", "%s does not answer: %s", public, because(errors.New("the call fails"), h))
		return
	case status != http.StatusOK || strings.TrimSpace(body) != "ok":
		e.add(Weak, "let the proxy in front pass /healthz on (docs/operating.md)", "%s/healthz is not answered by flowd (HTTP %d)", public, status)
	}
	for _, s := range called {
		status, _, err := look(ctx, client, public+connectors.HookPath+s.Name)
		switch {
		case err == nil && status == http.StatusMethodNotAllowed: // a hook is called with POST
			e.add(Well, "", "calls to %s arrive, tried from this machine", public+connectors.HookPath+s.Name)
		case err == nil:
			e.add(Wrong, "let the proxy in front pass "+connectors.HookPath+" on to server.listen (docs/operating.md)", "calls to %s do not arrive: HTTP %d", public+connectors.HookPath+s.Name, status)
		default:
			e.add(Wrong, "see the proxy in front of server.listen", "calls to %s do not arrive", public+connectors.HookPath+s.Name)
		}
	}
}

func look(ctx context.Context, client *http.Client, address string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	start, err := io.ReadAll(io.LimitReader(resp.Body, 64))
	return resp.StatusCode, string(start), err
}

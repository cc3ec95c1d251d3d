package daemon

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"flowd"
	"flowd/connectors"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// Bounds of one comparison: what is beyond them is told, not left out in silence.
const (
	mostInvites = 100_000 // compared
	mostSingles = 500     // interviews asked for one by one
	mostAsked   = 5_000   // applications that their ATS is asked about
	askPace     = 4       // of those, and of single interviews, in a second
	longUnsure  = 15 * time.Minute
)

// comparison is one look at everybody who was invited, in all three places. It
// is used by one goroutine.
type comparison struct {
	store    state.Store
	hireflix interface {
		Sweep(ctx context.Context, position, cursor string) (page []flowd.Sighting, next string, done bool, err error)
		Interview(ctx context.Context, id string) (flowd.Sighting, bool, error)
	}
	sources []connectors.Source
	used    []flowd.Position
	admit   func(ctx context.Context, b flowd.Batch) error
	step    func(text string)
	fix     bool
	rules   *rules.Set
	// census shows how all open applications of a source stand.
	census func(ctx context.Context, s connectors.Source, see func(flowd.Batch) error) error
	// pages and asks leave room for what goes out meanwhile.
	pages, asks *rate.Limiter
	now         func() time.Time

	rows  map[string]state.Row // by interview
	apps  []application
	swept map[string]bool // positions that were looked at whole
	seen  map[string]bool // interviews that Hireflix showed
	found web.Reconciliation
}

type application struct{ ats, id string }

// reconcile compares ATS, flowd and Hireflix, and with fix lets the rules act on
// what differs, as on any news.
func (d *Daemon) reconcile(ctx context.Context, fix bool, step func(string)) (web.Reconciliation, error) {
	c := &comparison{
		store: d.store, hireflix: d.client, sources: *d.writers.Load(), used: d.engine.Rules().PositionsUsed(), admit: d.admit,
		step: step, fix: fix, rules: d.engine.Rules(), census: d.polls.Census, pages: rate.NewLimiter(sweepPace, 1), asks: rate.NewLimiter(askPace, 1), now: time.Now,
	}
	return c.run(ctx)
}

func (c *comparison) run(ctx context.Context) (web.Reconciliation, error) {
	c.rows, c.swept, c.seen = map[string]state.Row{}, map[string]bool{}, map[string]bool{}
	c.found = web.Reconciliation{Differences: []web.Difference{}, Notes: []string{}, NotInvited: []web.Present{}}
	for _, part := range []func(context.Context) error{c.invites, c.positions, c.singles, c.systems, c.everybody} {
		if err := part(ctx); err != nil {
			return c.found, err
		}
	}
	return c.found, nil
}

func (c *comparison) differs(d web.Difference) { c.found.Differences = append(c.found.Differences, d) }

func (c *comparison) note(format string, args ...any) {
	c.found.Notes = append(c.found.Notes, fmt.Sprintf(format, args...))
}

// invites reads the ledger.
func (c *comparison) invites(ctx context.Context) error {
	c.step("reading the invites")
	known := map[application]bool{}
	f := state.Filter{Subject: state.Actions, Kind: flowd.ActionInvite}
	for page := (state.Page{Limit: 1000}); ; {
		found, err := c.store.Find(ctx, f, page)
		if err != nil {
			return err
		}
		for _, row := range found.Rows {
			c.invite(row, known)
		}
		if found.Next == "" {
			return nil
		}
		if c.found.Invites >= mostInvites {
			c.note("more than %d invites: the older ones were not compared", mostInvites)
			return nil
		}
		page.After = found.Next
	}
}

func (c *comparison) invite(row state.Row, known map[application]bool) {
	a := row.Action
	if a.Mode == flowd.Shadow || row.State == flowd.Would {
		return
	}
	c.found.Invites++
	switch row.State {
	case flowd.Uncertain:
		if c.now().Sub(row.Updated) > longUnsure {
			c.differs(web.Difference{ATS: a.ATS, Application: a.Application, Key: a.Key.Short(),
				What: "whether the invite was sent is not known since " + row.Updated.UTC().Format(time.RFC3339),
				Do:   "flowd looks it up again and again: see whether Hireflix answers (flowd doctor)"})
		}
	case flowd.Cancelled, flowd.Replaced:
		return
	}
	if row.Interview.ID != "" && row.State == flowd.Done {
		c.rows[row.Interview.ID] = row
	}
	if of := (application{a.ATS, a.Application}); !known[of] {
		known[of] = true
		c.apps = append(c.apps, of)
	}
}

// take lets flowd take in what differs, where it is to mend.
func (c *comparison) take(ctx context.Context, d web.Difference, b flowd.Batch) error {
	if c.fix {
		if err := c.admit(ctx, b); err != nil {
			return err
		}
		d.Fixed = true
	} else if d.Do == "" {
		d.Do = "flowd reconcile --fix takes it in"
	}
	c.differs(d)
	return nil
}

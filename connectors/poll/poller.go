package poll

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/fault"
)

// poller asks one system for pages. It is immutable.
type poller struct {
	pages
	name, ats string
	log       bool // items are moves
	since     *since
	sync      *expression.Mapping
	expired   *expression.Mapping
	takes     taking
}

// cursor is what is known of the source between two pages.
type cursor struct {
	// Since is a time up to which all was read, and Sync the token that the system
	// gave at the end.
	Since time.Time `json:"since,omitzero"`
	Sync  string    `json:"sync,omitempty"`
	// From is when a log was read for the first time: what was before had happened
	// already.
	From time.Time `json:"from,omitzero"`
	// Read tells that a round came to its end once.
	Read  bool   `json:"read,omitempty"`
	Round *round `json:"round,omitempty"`
}

// round is a pass over all pages that is under way.
type round struct {
	place
	Began time.Time `json:"began"`
	Sync  string    `json:"sync,omitempty"`
	// Anew tells that it shows everything, because where it was left off is lost.
	Anew bool `json:"anew,omitempty"`
	// Again is when it was begun a second time, and Moved when a page was read last.
	Again time.Time `json:"again,omitzero"`
	Moved time.Time `json:"moved,omitzero"`
	Found bool      `json:"found,omitempty"` // it has an item
}

// unmoved is how long since may stay where it is when nothing comes: a cursor
// that stays costs no write.
const unmoved = time.Hour

// restBegun is how long a round that was begun a second time is not begun a third
// time: pages that can never be followed would be asked for without end.
const restBegun = 10 * time.Minute

// patience is how long a round waits for its next page. A system may have
// forgotten the page, and have nothing better to say of it than 500.
const patience = time.Hour

// mostStored bounds a token, and so the cursor.
const mostStored = 16 << 10

// Poll implements connectors.Poller.
func (p *poller) Poll(ctx context.Context, stored []byte) (flowd.Batch, bool, error) {
	var at cursor
	if stored != nil && json.Unmarshal(stored, &at) != nil {
		at = cursor{Round: &round{Anew: true}}
	}
	now := time.Now().UTC()
	if at.Round == nil {
		at.Round = &round{}
	}
	if at.Round.Began.IsZero() {
		at.Round.Began = now
	}
	if at.Round.Moved.IsZero() {
		at.Round.Moved = at.Round.Began
	}
	b, gone, err := p.page(ctx, &at, now)
	switch {
	case gone && now.Sub(at.Round.Again) > restBegun && p.forget(&at, now):
		b, _, err = p.page(ctx, &at, now)
	case ctx.Err() == nil && fault.Is(err, fault.Unavailable) && at.Round.Next != "" && now.Sub(at.Round.Moved) > patience:
		p.forget(&at, now)
		b, err = flowd.Batch{Baseline: at.Round.Anew}, nil // asked for in the next call: in this one the system may be left alone by now
	}
	if err != nil {
		return flowd.Batch{}, false, err
	}
	if b.Cursor, err = json.Marshal(at); err != nil {
		return flowd.Batch{}, false, fault.Wrap(fault.Internal, p.op(), err)
	}
	return b, at.Round != nil, nil
}

func (p *poller) op() string { return "poll " + p.name }

// forget gives up what the system refused: a page's token, and the round begins
// again; else the token of the round before, and everything is read anew. It
// tells whether there was any.
func (p *poller) forget(at *cursor, now time.Time) bool {
	switch {
	case at.Round.Next != "":
		at.Round = &round{Began: now, Anew: at.Round.Anew, Again: now}
	case at.Sync != "":
		at.Sync = ""
		at.Round = &round{Began: now, Anew: true, Again: now}
	default:
		return false
	}
	return true
}

// page reads one page, and moves the cursor behind it.
func (p *poller) page(ctx context.Context, at *cursor, now time.Time) (b flowd.Batch, gone bool, err error) {
	r := at.Round
	from := at.From
	if p.log && from.IsZero() {
		from = r.Began
	}
	in := &expression.Input{Sync: some(at.Sync), Initial: !at.Read || r.Anew}
	if r.Anew {
		in.Sync = nil
	}
	if p.since != nil {
		in.Since = p.since.value(p.begin(at, from))
	}
	t := take{taking: &p.takes, ats: p.ats, log: p.log, first: !at.Read && !r.Anew, from: from, now: now}
	a, gone, err := p.read(ctx, r.place, in, &t)
	if err != nil {
		return flowd.Batch{}, gone, err
	}
	b = flowd.Batch{Seen: t.seen, Events: t.events, Baseline: r.Anew}
	if r.Read == 0 {
		r.Began = earlier(r.Began, a.header)
		if p.log && at.From.IsZero() {
			at.From = r.Began
		}
	}
	r.Found = r.Found || a.items > 0
	if p.sync != nil {
		if err := p.token(r, a); err != nil {
			return flowd.Batch{}, false, err
		}
	}
	if a.next != nil {
		r.place, r.Moved = *a.next, now
		return b, false, nil
	}
	p.finish(at)
	return b, false, nil
}

// begin is from when on the round reads; zero for everything.
func (p *poller) begin(at *cursor, from time.Time) time.Time {
	switch {
	case p.log && (at.Since.IsZero() || at.Round.Anew):
		return from
	case at.Round.Anew:
		return time.Time{}
	}
	return at.Since
}

// finish moves the cursor behind a round.
func (p *poller) finish(at *cursor) {
	r := at.Round
	if p.since != nil && (r.Found || r.Began.Sub(at.Since) > unmoved) {
		at.Since = r.Began
	}
	if r.Sync != "" {
		at.Sync = r.Sync
	}
	at.Read, at.Round = true, nil
}

// token takes the system's own token of where a round ends. It counts once the
// round has come there.
func (p *poller) token(r *round, a answer) error {
	v, err := p.sync.Eval(&expression.Input{Body: a.around, Header: a.header})
	if err != nil {
		if a.next != nil {
			return nil // it may stand on the last page alone
		}
		return fault.New(fault.Invalid, p.op(), "sync: %v", err)
	}
	text, err := connectors.Text(v)
	if err != nil || len(text) > mostStored {
		return fault.New(fault.Invalid, p.op(), "sync is no text, or longer than %d KiB", mostStored>>10)
	}
	if text != "" {
		r.Sync = text
	}
	return nil
}

// read asks for a page and takes its items: as they come, or at its end where the
// map reads what stands around them.
func (p *poller) read(ctx context.Context, at place, in *expression.Input, t *take) (answer, bool, error) {
	var held []any
	item := &expression.Input{}
	each := func(_ int, v any) error {
		item.Item, item.Move = v, nil
		return t.item(item, t.add)
	}
	take := func(n int, v any) error {
		if t.whole {
			held = append(held, v)
			return nil
		}
		return each(n, v)
	}
	a, gone, err := p.ask(ctx, p.op(), at, in, p.expired, take)
	if err != nil {
		return a, gone, err
	}
	item.Body, item.Header = a.around, a.header
	for n, v := range held {
		if err := ctx.Err(); err != nil {
			return a, false, fault.Wrap(fault.Unavailable, p.op(), err)
		}
		if err := each(n, v); err != nil {
			s := sheet{path: p.list}
			return a, false, fault.New(fault.Unavailable, p.op(), "the answer is not of the expected form: %s: %v", s.item(n), err)
		}
	}
	return a, false, nil
}

// earlier is the system's clock where it is behind, and not by much: what it saves
// from now on it saves later than that.
func earlier(now time.Time, h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil || at.After(now) || now.Sub(at) > 24*time.Hour {
		return now
	}
	return at.UTC()
}

func some(text string) any {
	if text == "" {
		return nil
	}
	return text
}

package odoo

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"flowd"
	"flowd/internal/fault"
)

const (
	perPage = 200 // records that one page asks for
	// overlap is how much later than its time a change may be there to read: it shows
	// when its transaction began, and hosts' clocks differ. Each round looks back so
	// far, until there has been nothing new for that long.
	overlap = 5 * time.Minute
)

// cursor is where the next page begins. A round reads all that changed from Since
// on, page by page in the order of the ids: the ids stay, while times change
// under the reader, and all records of a bulk move have one.
type cursor struct {
	Since time.Time `json:"since"`           // zero: all that are open
	After int64     `json:"after,omitempty"` // the last id of the page before
	// Until is the last change there was when the round was found to have several
	// pages: up to it all will have been read.
	Until time.Time `json:"until,omitzero"`
	// Last is the last change that was read, and Found when.
	Last  time.Time `json:"last,omitzero"`
	Found time.Time `json:"found,omitzero"`
	// Anew tells that the round began because the cursor was lost.
	Anew bool `json:"anew,omitempty"`
}

// Poll implements connectors.Poller.
func (o *odoo) Poll(ctx context.Context, stored []byte) (b flowd.Batch, more bool, err error) {
	const op = "poll Odoo"
	var at cursor
	if stored != nil && json.Unmarshal(stored, &at) != nil {
		at = cursor{Anew: true}
	}
	b.Baseline = at.Anew
	p := page{odoo: o, after: at.After}
	if err := p.read(ctx, op, at.domain()); err != nil {
		return flowd.Batch{}, false, err
	}
	if more = p.n == perPage; more {
		at.After = p.after
		if at.Until.IsZero() {
			if at.Until, err = o.lastChange(ctx, op); err != nil {
				return flowd.Batch{}, false, err
			}
		}
	} else {
		at = at.next(p.last, time.Now())
	}
	b.Seen = p.seen
	if b.Cursor, err = json.Marshal(at); err != nil {
		return flowd.Batch{}, false, fault.Wrap(fault.Internal, op, err)
	}
	return b, more, nil
}

// next is where the next round begins.
func (c cursor) next(last, now time.Time) cursor {
	if !c.Until.IsZero() {
		last = c.Until
	}
	if last.After(now) { // by a clock that is ahead, or was: what changes until then must not be missed
		last = now.UTC()
	}
	out := cursor{Since: c.Since, Last: c.Last, Found: c.Found}
	if last.After(c.Last) {
		out.Last, out.Found = last, now.UTC()
	}
	if out.Last.IsZero() {
		return out
	}
	begin := out.Last.Add(-overlap)
	if now.Sub(out.Found) > overlap {
		begin = out.Last.Add(time.Second) // of which the parts are cut off
	}
	if begin.After(out.Since) {
		out.Since = begin
	}
	return out
}

// domain selects what the page is of. A stage has a clock of its own; the other
// one tells of refusals and of what fields hold, which do not move the first.
func (c cursor) domain() []any {
	var d []any
	if c.Since.IsZero() {
		d = append(d, []any{"active", "=", true})
	} else {
		since := c.Since.UTC().Format(stamp)
		d = append(d, "|", []any{"date_last_stage_update", ">=", since}, []any{"write_date", ">=", since})
	}
	return append(d, []any{"id", ">", c.After})
}

// page is what one page of a poll brings.
type page struct {
	*odoo
	seen  []flowd.Snapshot
	n     int
	after int64     // the last id
	last  time.Time // the last change
}

// errRepeated is of a system, or a proxy before it, that does not heed what a
// page is to begin behind.
var errRepeated = errors.New("the field id does not grow from record to record: the page is not the one that was asked for")

func (p *page) read(ctx context.Context, op string, domain []any) error {
	fields, err := p.definitions(ctx, op, "")
	if err != nil {
		return err
	}
	var all []applicant
	custom := fields.custom()
	err = p.rows(ctx, search(op, "hr.applicant", domain, append(fields.wanted(), custom...), "id", perPage), perPage, func(r row) error {
		a, err := fields.applicant(r, custom)
		if err != nil {
			return err
		}
		if a.id <= p.after {
			return errRepeated
		}
		all, p.after, p.n = append(all, a), a.id, p.n+1
		if a.changed.After(p.last) {
			p.last = a.changed
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.seen, err = p.snapshots(ctx, op, all)
	return err
}

// lastChange is the time of the last change of any application.
func (o *odoo) lastChange(ctx context.Context, op string) (at time.Time, err error) {
	err = o.rows(ctx, search(op, "hr.applicant", []any{}, []string{"write_date"}, "write_date desc", 1), 1, func(r row) error {
		in := reader{row: r}
		at = in.when("write_date")
		return in.err
	})
	return at, err
}

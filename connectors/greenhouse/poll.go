package greenhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// poller asks for the applications with something new. A pass goes page by page:
// the first one over all that are active, and each one after it over those with
// an activity since the one before began.
type poller struct {
	*harvest
	ats       string
	maxAge    time.Duration
	firstSeen bool
	// stageNames leaves out the ids of stages: those of web hooks need not be those
	// of the API.
	stageNames bool

	people joined[harvestCandidate]
	stays  joined[stay] // by application
	jobs   joined[harvestJob]
	users  joined[user]
}

const (
	// overlap is how far a pass looks back behind the beginning of the one before: an
	// activity may be seen later than it happened.
	overlap = 2 * time.Minute
	maxPass = 2000 // pages of one pass: a million applications
	// again is how long after its beginning a pass begins anew whose place is lost:
	// one that is lost at once must not be asked for without end.
	again = time.Minute
)

// cursor is where the next page begins.
type cursor struct {
	Since time.Time `json:"since,omitzero"` // zero: all that are active
	Next  string    `json:"next,omitempty"` // address of the next page within a pass
	// Pages is how many pages of the pass were read, Began when it was begun, and
	// Until the same by Greenhouse's clock.
	Pages int       `json:"pages,omitempty"`
	Empty int       `json:"empty,omitempty"` // of them right before, without an application
	Began time.Time `json:"began,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Anew tells that the pass shows how things stand, because the place in what
	// happened was lost.
	Anew bool `json:"anew,omitempty"`
}

const pollOp = "list applications"

// Poll implements connectors.Poller.
func (p *poller) Poll(ctx context.Context, stored []byte) (flowd.Batch, bool, error) {
	var at cursor
	if stored != nil && json.Unmarshal(stored, &at) != nil {
		at = cursor{Anew: true}
	}
	began := time.Now()
	page, err := p.page(ctx, at)
	if lost(err) && at.Next != "" && began.Sub(at.Began).Abs() > again {
		at = cursor{Since: at.Since, Anew: at.Anew} // what it told until now is known, and comes to nothing
		page, err = p.page(ctx, at)
	}
	if err != nil {
		return flowd.Batch{}, false, err
	}
	if at.Pages == 0 {
		at.Began, at.Until = began, page.at
	}
	next := at
	if next.Next = page.next; next.Next != "" {
		next.Pages++
		if next.Empty, err = connectors.Empty(at.Empty, page.items); err != nil {
			return flowd.Batch{}, false, fault.Wrap(fault.Unavailable, pollOp, err)
		}
	} else {
		next = cursor{Since: at.Since}
		if since := at.Until.Add(-overlap); since.After(at.Since) {
			next.Since = since
		}
	}
	if next.Pages == maxPass {
		return flowd.Batch{}, false, errEndless
	}
	b := flowd.Batch{Baseline: at.Anew}
	if err := p.tell(ctx, &b, page.applications, !at.Since.IsZero() || p.firstSeen); err != nil {
		return flowd.Batch{}, false, err
	}
	if b.Cursor, err = json.Marshal(next); err != nil {
		return flowd.Batch{}, false, fault.Wrap(fault.Internal, pollOp, err)
	}
	return b, next.Next != "", nil
}

// errEndless is of a listing in which the same page follows again, or too many.
var errEndless = fault.New(fault.Unavailable, pollOp, "the next page does not lead on: the listing would never end")

// lost tells that Greenhouse refuses the page as such: its place in the listing
// is not known any more.
func lost(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) }

// page is what one page brings.
type page struct {
	items        int
	applications []harvestApplication // those that stand somewhere
	next         string
	at           time.Time // when it was asked for
}

func (p *poller) page(ctx context.Context, at cursor) (page, error) {
	u := p.base.JoinPath("v3", "applications")
	if at.Next != "" { // which holds everything else, and nothing may be added to it
		var err error
		if u, err = connectors.SameHost(p.base, at.Next); err != nil {
			return page{}, fault.Wrap(fault.Invalid, pollOp, err)
		}
	} else {
		query := url.Values{"per_page": {strconv.Itoa(perPage)}}
		if at.Since.IsZero() {
			query.Set("status", "active")
		} else {
			query.Set("last_activity_at", "gte|"+at.Since.UTC().Format(time.RFC3339))
		}
		u.RawQuery = query.Encode()
	}
	out := page{at: time.Now()}
	header, err := p.client.Stream(ctx, connectors.Call{Op: pollOp, Method: http.MethodGet, URL: u}, func(r io.Reader) error {
		out.items, out.applications = 0, nil
		return out.read(r)
	})
	if err != nil {
		return page{}, err
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil && date.Before(out.at) {
		out.at = date
	}
	next, err := connectors.NextPage(p.base, header)
	switch {
	case err != nil:
		return page{}, fault.Wrap(fault.Unavailable, pollOp, err)
	case next == nil:
		return out, nil
	case next.String() == u.String():
		return page{}, errEndless
	}
	out.next = next.String()
	return out, nil
}

// read takes a page in.
func (p *page) read(r io.Reader) error {
	return connectors.Items[harvestApplication]{Most: perPage, Each: func(a harvestApplication) error {
		p.items++
		if !isID(a.ID.String()) {
			return fmt.Errorf("id is none of Greenhouse's")
		}
		for _, t := range []struct{ part, text string }{{"created_at", a.CreatedAt}, {"last_activity_at", a.LastActivityAt}} {
			if t.text != "" && connectors.Moment(t.text).IsZero() {
				return fmt.Errorf("%s is not a time", t.part)
			}
		}
		if a.stands() {
			p.applications = append(p.applications, a)
		}
		return nil
	}}.Read(r)
}

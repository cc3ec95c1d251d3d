package ashby

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// poller asks for the applications that changed. A pass goes page by page: the
// first one over all applications, and each one after it over what changed since
// the syncToken that the last page of the pass before came with. Ashby keeps that
// place, so nothing is asked for twice to be sure.
type poller struct {
	*api
	maxAge    time.Duration
	firstSeen bool
	// known are the details of applications as they last changed, so that a page that
	// is asked for again, since Ashby had enough, goes on where it was.
	known connectors.Listing[details]
}

const (
	maxPass = 10_000 // pages of one pass: a million applications
	// again is how long after its beginning a pass begins anew whose cursor is lost:
	// one that Ashby loses at once must not be asked for without end.
	again = time.Minute
)

// cursor is where the next page begins.
type cursor struct {
	Token string `json:"token,omitempty"` // syncToken of the last pass that came to its end
	Next  string `json:"next,omitempty"`  // nextCursor within a pass
	// Pages is how many pages of the pass were read, and Began when it was begun.
	Pages int       `json:"pages,omitempty"`
	Empty int       `json:"empty,omitempty"` // of them right before, without an application
	Began time.Time `json:"began,omitzero"`
	// Retold tells that the pass begins for the second time, Anew that it shows how
	// things stand because the place in what happened was lost.
	Retold bool `json:"retold,omitempty"`
	Anew   bool `json:"anew,omitempty"`
}

// anew is where to begin after a refusal for which there is no going on. What
// changed since a token can be told again while Ashby knows the token; all else
// begins with a pass over everything, which moves nobody.
func (at cursor) anew(c code, now time.Time) (cursor, bool) {
	switch {
	case c.lostToken() && at.Token != "":
		return cursor{Anew: true}, true
	case c.lostPlace() && at.Next != "" && now.Sub(at.Began).Abs() > again:
		if at.Token != "" && !at.Retold {
			return cursor{Token: at.Token, Retold: true}, true
		}
		return cursor{Anew: true}, true
	}
	return at, false
}

// Poll implements connectors.Poller.
func (p *poller) Poll(ctx context.Context, stored []byte) (flowd.Batch, bool, error) {
	const op = "poll Ashby"
	var at cursor
	if stored != nil && json.Unmarshal(stored, &at) != nil {
		at = cursor{Anew: true}
	}
	began := time.Now()
	page, err := p.page(ctx, op, at)
	if next, ok := at.anew(codeOf(err), began); ok {
		at = next
		page, err = p.page(ctx, op, at)
	}
	if err != nil {
		return flowd.Batch{}, false, err
	}
	b := flowd.Batch{Baseline: at.Anew}
	if at.Pages == 0 {
		at.Began = began
	}
	next := cursor{Token: page.Token}
	switch {
	case page.More:
		next = at
		next.Next = page.Next
		next.Pages++
	case page.Token == "" && at.Token == "":
		return flowd.Batch{}, false, fault.New(fault.Unavailable, op, "the last page came without a syncToken, so that nobody can tell what changes from now on")
	case page.Token == "":
		next.Token = at.Token
	}
	if next.Pages == maxPass {
		return flowd.Batch{}, false, errEndless(op)
	}
	if page.More {
		if next.Empty, err = connectors.Empty(at.Empty, page.items); err != nil {
			return flowd.Batch{}, false, fault.Wrap(fault.Unavailable, op, err)
		}
	}
	for i := range page.applications {
		one, err := p.told(ctx, op, &page.applications[i], at.Token != "" || p.firstSeen)
		if err != nil {
			return flowd.Batch{}, false, err
		}
		b.Seen = append(b.Seen, one)
	}
	if b.Cursor, err = json.Marshal(next); err != nil {
		return flowd.Batch{}, false, fault.Wrap(fault.Internal, op, err)
	}
	return b, page.More, nil
}

// page is what one page brings.
type page struct {
	envelope
	items        int
	applications []application // those that stand somewhere
}

func (p *poller) page(ctx context.Context, op string, at cursor) (page, error) {
	in := map[string]any{"limit": perPage}
	if at.Token != "" {
		in["syncToken"] = at.Token
	}
	if at.Next != "" {
		in["cursor"] = at.Next
	}
	call, err := p.call(op, "application.list", in, false)
	if err != nil {
		return page{}, err
	}
	// A refusal's code says what to do, whichever status it comes with: the reference
	// says 200 of all of them and promises it of none.
	call.OK = []int{http.StatusOK, http.StatusBadRequest, http.StatusUnprocessableEntity}
	var out page
	_, err = p.client.Stream(ctx, call, func(r io.Reader) error {
		out = page{}
		return out.read(r, p.door)
	})
	if err == nil {
		err = out.refused(call)
	}
	if err == nil && out.More && (out.Next == "" || out.Next == at.Next) {
		err = errEndless(op)
	}
	return out, err
}

// read takes a page in. Applications that stand nowhere, such as leads that
// nobody has looked at, are nothing to tell of.
func (p *page) read(r io.Reader, door connectors.Door) error {
	now := time.Now()
	return connectors.Items[application]{At: "results", Most: perPage, Rest: &p.envelope, Each: func(a application) error {
		p.items++
		s, err := a.snapshot(door, now)
		if err == nil && (!s.Stage.IsZero() || ending(s.Status) != "") {
			p.applications = append(p.applications, a)
		}
		return err
	}}.Read(r)
}

func (a *application) snapshot(door connectors.Door, now time.Time) (flowd.Snapshot, error) {
	if a.ID == "" {
		return flowd.Snapshot{}, errors.New("id is missing")
	}
	for _, t := range []struct{ part, text string }{{"createdAt", a.CreatedAt}, {"updatedAt", a.UpdatedAt}} {
		if t.text != "" && connectors.Moment(t.text).IsZero() {
			return flowd.Snapshot{}, fmt.Errorf("%s is not a time", t.part)
		}
	}
	s := flowd.Snapshot{Application: a.normal(door)}
	return s, connectors.Sound(s, now)
}

package hireflix

import (
	"context"
	"errors"
	"strings"

	"flowd"
	"flowd/internal/fault"
)

// row is what a look-up reads of an interview. Not all of it comes from every
// selection.
type row struct {
	ID         word
	ExternalID word `graphql:"externalId"`
	Status     word
	Answered   instant // a boolean; read like a time, which says as much
	CreatedAt  instant
	Candidate  struct{ Email word }
	URL        struct{ Public, Short, Private word }
}

// fullRow adds what only public clients of the API show.
type fullRow struct {
	row
	Completed   instant
	CompletedAt instant
}

func (r row) bare() row { return r }

// bare counts an interview as answered that has a time of completion. A status
// of "completed" would miss those shortlisted or discarded since (the vendor's
// guide, Q20), and the same state has another word in the newer listing.
func (r fullRow) bare() row {
	r.Answered.happened = r.Answered.happened || r.Completed.happened || r.CompletedAt.happened
	return r.row
}

func (r row) interview() flowd.Interview {
	return flowd.Interview{
		ID: string(r.ID), ExternalID: string(r.ExternalID), Status: status(r.Status),
		Answered: r.Answered.happened, CreatedAt: r.CreatedAt.at,
		PublicURL: link(r.URL.Public), ShortURL: link(r.URL.Short), PrivateURL: link(r.URL.Private),
	}
}

// rowType is either of the two selections.
type rowType interface {
	row | fullRow
	bare() row
}

// look asks for one address or external id in one position.
type look struct {
	position, email, externalID string
}

// listings are the ways to list a position's interviews, the best first. Only
// scalars are variables: the names of the filter's input types are not known.
var listings = []func(context.Context, *Client, look) ([]row, error){
	lookNewer[fullRow], lookNewer[row], lookPages, lookWhole,
}

// find returns the interview with the external id, else the one of the address.
// While a listing is refused by the schema, which tells nothing about the
// interview, the next one is asked; the client remembers how far it got.
func (c *Client) find(ctx context.Context, l look) (flowd.Interview, bool, error) {
	first := int(c.listing.Load())
	for i := first; ; i++ {
		rows, err := listings[i](ctx, c, l)
		if errors.Is(err, errRefusedBySchema) && i+1 < len(listings) {
			c.listing.CompareAndSwap(int64(i), int64(i+1))
			c.notice("Hireflix's schema has changed: a way to list a position's interviews is refused and the next older one is used; look for a newer version of flowd")
			continue
		}
		if fault.Is(err, fault.NotFound) {
			return flowd.Interview{}, false, nil // no such position, so nobody in it
		}
		if err != nil {
			return flowd.Interview{}, false, err
		}
		found, ok := l.pick(rows)
		return found, ok, nil
	}
}

// pick prefers the external id to the address. Whether Hireflix compares
// addresses with regard to case is not known, so here it is without.
func (l look) pick(rows []row) (flowd.Interview, bool) {
	for _, r := range rows {
		if l.externalID != "" && string(r.ExternalID) == l.externalID {
			return r.interview(), true
		}
	}
	for _, r := range rows {
		if l.email != "" && strings.EqualFold(strings.TrimSpace(string(r.Candidate.Email)), l.email) {
			return r.interview(), true
		}
	}
	return flowd.Interview{}, false
}

package hireflix

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/shurcooL/graphql"

	"flowd"
	"flowd/internal/fault"
)

var (
	opSweep      = operation{name: "FlowdSweep", doing: "read a position's interviews"}
	opSweepPages = operation{name: "FlowdSweepPages", doing: "read a position's interviews"}
	opSweepWhole = operation{name: "FlowdSweepWhole", doing: "read a position's interviews"}
)

// The newest come first: that order alone is documented, what is new is what
// most probably changed, and what is created meanwhile stands before the cursor
// and moves nothing behind it. The first page has a query of its own, because
// whether a null cursor means the beginning is not known.

type sweepFirst[R seenType] struct {
	Position *struct {
		Name word
		Page sweepPage[R] `graphql:"interviewList(input: {filter: {}, pagination: {limit: 50, direction: FORWARD}, sort: [{field: createdAt, direction: DESC}]})"`
	} `graphql:"position(id: $id)"`
}

type sweepNext[R seenType] struct {
	Position *struct {
		Name word
		Page sweepPage[R] `graphql:"interviewList(input: {filter: {}, pagination: {limit: 50, lastCursor: $cursor, direction: FORWARD}, sort: [{field: createdAt, direction: DESC}]})"`
	} `graphql:"position(id: $id)"`
}

type sweepOlderFirst[R seenType] struct {
	Position *struct {
		Name word
		Page sweepPage[R] `graphql:"paginatedInterviews(pagination: {limit: 50})"`
	} `graphql:"position(id: $id)"`
}

type sweepOlderNext[R seenType] struct {
	Position *struct {
		Name word
		Page sweepPage[R] `graphql:"paginatedInterviews(pagination: {limit: 50, lastCursor: $cursor})"`
	} `graphql:"position(id: $id)"`
}

type sweepWhole struct {
	Position *struct {
		Name       word
		Interviews []row
	} `graphql:"position(id: $id)"`
}

type sweepPage[R seenType] struct {
	LastCursor word
	Results    []R
}

// swept is a page, whichever listing brought it. Rows is nil when the answer
// holds no list.
type swept struct {
	found bool // the position is there
	name  word
	rows  []placedRow
	next  word // "" at the end
}

// sweeps are the ways to go through a position's interviews, the best first: of
// the newer listing, of the older one, and all at once.
var sweeps = []func(context.Context, *Client, string, string) (swept, *exchange, error){
	sweepNewer[seenRow], sweepNewer[scoredRow], sweepNewer[row],
	sweepOlder[scoredRow], sweepOlder[row],
	sweepAll,
}

// maxCursor bounds what is taken for a cursor; it is stored and sent again.
const maxCursor = 2 << 10

// Sweep reads one page of a position's interviews, newest first: of at most 50,
// or all of them where Hireflix knows no listing with pages. The cursor is ""
// for the beginning, and else the next of the page before, for however long
// that was kept; one that is not of this client's making begins anew. Done says
// that the page is the last one.
//
// It is a query and repeats itself a few times. A position that does not exist
// is a fault.NotFound.
func (c *Client) Sweep(ctx context.Context, position, cursor string) (page []flowd.Sighting, next string, done bool, err error) {
	first := int(c.sweep.Load())
	way, after := readCursor(cursor)
	if way < first || way >= len(sweeps) {
		way, after = first, "" // a cursor of one listing means nothing to another
	}
	for ; ; way, after = way+1, "" {
		got, ex, err := sweeps[way](ctx, c, position, after)
		if errors.Is(err, errRefusedBySchema) && way+1 < len(sweeps) {
			c.sweep.CompareAndSwap(int64(way), int64(way+1))
			c.notice("Hireflix's schema has changed: a way to go through a position's interviews is refused and one that tells less is used; look for a newer version of flowd")
			continue
		}
		switch {
		case err != nil:
			return nil, "", false, err
		case !got.found:
			return nil, "", false, fault.New(fault.NotFound, opSweep.doing, "no position has this id")
		case got.rows == nil:
			return nil, "", false, fault.New(fault.Unknown, opSweep.doing, "the answer holds no list of interviews")
		case got.next != "" && string(got.next) == after, len(got.next) > maxCursor:
			return nil, "", false, fault.New(fault.Unknown, opSweep.doing, "the position's list of interviews does not move on")
		}
		home := flowd.Position{ID: position, Name: string(got.name)}
		for _, r := range got.rows {
			if r.ID != "" {
				page = append(page, r.sighting(home, ex.at()))
			}
		}
		if got.next == "" {
			return page, "", true, nil
		}
		return page, strconv.Itoa(way) + ":" + string(got.next), false, nil
	}
}

func readCursor(cursor string) (way int, after string) {
	before, after, found := strings.Cut(cursor, ":")
	way, err := strconv.Atoi(before)
	if !found || err != nil || len(after) > maxCursor {
		return -1, ""
	}
	return way, after
}

// sweepNewer reads a page of the current listing. That always has a lastCursor;
// its end is a page without results (the vendor's documentation on listing
// interviews).
func sweepNewer[R seenType](ctx context.Context, c *Client, position, after string) (swept, *exchange, error) {
	variables := map[string]any{"id": graphql.String(position)}
	if after == "" {
		answer, ex, err := ask[sweepFirst[R]](ctx, c, opSweep, variables)
		if err != nil || answer.Position == nil {
			return swept{}, ex, err
		}
		return pageOf(answer.Position.Name, answer.Position.Page), ex, nil
	}
	variables["cursor"] = graphql.String(after)
	answer, ex, err := ask[sweepNext[R]](ctx, c, opSweep, variables)
	if err != nil || answer.Position == nil {
		return swept{}, ex, err
	}
	return pageOf(answer.Position.Name, answer.Position.Page), ex, nil
}

func pageOf[R seenType](name word, page sweepPage[R]) swept {
	got := swept{found: true, name: name, rows: whole(page.Results), next: page.LastCursor}
	if len(got.rows) == 0 {
		got.next = ""
	}
	return got
}

// sweepOlder reads a page of the older listing, whose end is a missing
// lastCursor (the vendor's guide, Q20).
func sweepOlder[R seenType](ctx context.Context, c *Client, position, after string) (swept, *exchange, error) {
	variables := map[string]any{"id": graphql.String(position)}
	if after == "" {
		answer, ex, err := ask[sweepOlderFirst[R]](ctx, c, opSweepPages, variables)
		if err != nil || answer.Position == nil {
			return swept{}, ex, err
		}
		return pageOf(answer.Position.Name, answer.Position.Page), ex, nil
	}
	variables["cursor"] = graphql.String(after)
	answer, ex, err := ask[sweepOlderNext[R]](ctx, c, opSweepPages, variables)
	if err != nil || answer.Position == nil {
		return swept{}, ex, err
	}
	return pageOf(answer.Position.Name, answer.Position.Page), ex, nil
}

func sweepAll(ctx context.Context, c *Client, position, _ string) (swept, *exchange, error) {
	answer, ex, err := ask[sweepWhole](ctx, c, opSweepWhole, map[string]any{"id": graphql.String(position)})
	if err != nil || answer.Position == nil {
		return swept{}, ex, err
	}
	return swept{found: true, name: answer.Position.Name, rows: whole(answer.Position.Interviews)}, ex, nil
}

// whole keeps a list that is not there apart from one without interviews.
func whole[R seenType](rows []R) []placedRow {
	if rows == nil {
		return nil
	}
	list := make([]placedRow, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.whole())
	}
	return list
}

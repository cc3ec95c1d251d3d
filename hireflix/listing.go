package hireflix

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"github.com/shurcooL/graphql"

	"flowd/internal/fault"
)

var (
	opLook      = operation{name: "FlowdLookUp", doing: "look up"}
	opLookWider = operation{name: "FlowdLookUpWider", doing: "look up"}
	opLookPages = operation{name: "FlowdLookUpPages", doing: "look up"}
	opLookWhole = operation{name: "FlowdLookUpWhole", doing: "look up"}
)

// newerQuery asks for one address. The limit is written in it: see fullPage.
type newerQuery[R rowType] struct {
	Position *struct {
		List struct{ Results []R } `graphql:"interviewList(input: {filter: {email: {equal: $email}}, pagination: {limit: 10, direction: FORWARD}, sort: [{field: createdAt, direction: DESC}]})"`
	} `graphql:"position(id: $id)"`
}

// fullPage is newerQuery's limit. An address is in a position once, so that a
// full page without it means that the filter was not honoured.
const fullPage = 10

// widerQuery looks where the filter by address does not: at other spellings of
// the address, and at the newest interviews, among which an earlier attempt may
// stand whose address has been corrected in the ATS since.
type widerQuery[R rowType] struct {
	Position *struct {
		Spelled struct{ Results []R } `graphql:"spelled: interviewList(input: {filter: {email: {regex: $pattern}}, pagination: {limit: 10, direction: FORWARD}, sort: [{field: createdAt, direction: DESC}]})"`
		Newest  struct{ Results []R } `graphql:"newest: interviewList(input: {filter: {}, pagination: {limit: 50, direction: FORWARD}, sort: [{field: createdAt, direction: DESC}]})"`
	} `graphql:"position(id: $id)"`
}

// lookNewer uses the current listing. The filter by address is documented and
// decides; the wider look only adds to it, and is sent once.
func lookNewer[R rowType](ctx context.Context, c *Client, l look) ([]row, error) {
	var rows []row
	if l.email != "" {
		answer, err := query[newerQuery[R]](ctx, c, opLook, map[string]any{
			"id": graphql.String(l.position), "email": graphql.String(l.email),
		})
		if err != nil {
			return nil, err
		}
		if answer.Position == nil {
			return nil, nil
		}
		if rows, err = listed(answer.Position.List.Results); err != nil {
			return nil, err
		}
		if _, found := l.pick(rows); found {
			return rows, nil
		}
		if len(rows) >= fullPage {
			return nil, &fault.Error{Kind: fault.Unknown, Op: opLook.doing, Text: "the filter by address is not honoured", Err: errRefusedBySchema}
		}
	}
	wider, _, err := send[widerQuery[R]](ctx, c, opLookWider, map[string]any{
		"id": graphql.String(l.position), "pattern": graphql.String(anyCase(l.email)),
	})
	switch {
	case err != nil && (l.email == "" || ctx.Err() != nil):
		return nil, err
	case err != nil || wider.Position == nil:
		// It stays at what the filter has found, which is nothing: an operator
		// that Hireflix refuses must not make every look-up fail.
		return rows, nil //nolint:nilerr // said above
	}
	return append(append(rows, bare(wider.Position.Spelled.Results)...), bare(wider.Position.Newest.Results)...), nil
}

// anyCase is a regular expression for an address in any capitals. Its dialect is
// not known, so it uses nothing that dialects disagree about, such as (?i).
func anyCase(email string) string {
	var b strings.Builder
	b.WriteByte('^')
	for _, r := range email {
		if upper := unicode.ToUpper(r); upper != r {
			b.WriteString("[" + string(r) + string(upper) + "]")
		} else {
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteByte('$')
	return b.String()
}

type firstPageQuery struct {
	Position *struct {
		Page olderPage `graphql:"paginatedInterviews(pagination: {limit: 100})"`
	} `graphql:"position(id: $id)"`
}

type nextPageQuery struct {
	Position *struct {
		Page olderPage `graphql:"paginatedInterviews(pagination: {limit: 100, lastCursor: $cursor})"`
	} `graphql:"position(id: $id)"`
}

type olderPage struct {
	LastCursor word
	Results    []row
}

// maxPages bounds the older listing, which has no filter by address.
const maxPages = 200

// lookPages reads the older listing, whose end is a missing lastCursor (the
// vendor's guide, Q20), until it sees what is looked for.
func lookPages(ctx context.Context, c *Client, l look) ([]row, error) {
	cursor := word("")
	for range maxPages {
		page, err := readPage(ctx, c, l.position, cursor)
		if err != nil || page == nil {
			return nil, err
		}
		rows, err := listed(page.Results)
		if err != nil {
			return nil, err
		}
		if _, found := l.pick(rows); found || page.LastCursor == "" || len(rows) == 0 {
			return rows, nil
		}
		cursor = page.LastCursor
	}
	return nil, fault.New(fault.Unknown, opLook.doing, "the position's list of interviews does not end")
}

// readPage returns nil when there is no such position. The first page has a
// query of its own: whether a null cursor means the beginning is not known.
func readPage(ctx context.Context, c *Client, position string, cursor word) (*olderPage, error) {
	variables := map[string]any{"id": graphql.String(position)}
	if cursor == "" {
		answer, err := query[firstPageQuery](ctx, c, opLookPages, variables)
		if err != nil || answer.Position == nil {
			return nil, err
		}
		return &answer.Position.Page, nil
	}
	variables["cursor"] = graphql.String(cursor)
	answer, err := query[nextPageQuery](ctx, c, opLookPages, variables)
	if err != nil || answer.Position == nil {
		return nil, err
	}
	return &answer.Position.Page, nil
}

type wholeQuery struct {
	Position *struct{ Interviews []row } `graphql:"position(id: $id)"`
}

// lookWhole reads a position's interviews all at once.
func lookWhole(ctx context.Context, c *Client, l look) ([]row, error) {
	answer, err := query[wholeQuery](ctx, c, opLookWhole, map[string]any{"id": graphql.String(l.position)})
	if err != nil || answer.Position == nil {
		return nil, err
	}
	return listed(answer.Position.Interviews)
}

// listed refuses a list that is not there. Of a position that exists, null is
// not "nobody": on that word an invite would be sent again.
func listed[R rowType](rows []R) ([]row, error) {
	if rows == nil {
		return nil, fault.New(fault.Unknown, opLook.doing, "the answer holds no list of interviews")
	}
	return bare(rows), nil
}

func bare[R rowType](rows []R) []row {
	list := make([]row, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.bare())
	}
	return list
}

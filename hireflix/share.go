package hireflix

import (
	"context"
	"errors"
	"time"

	"github.com/shurcooL/graphql"

	"flowd"
	"flowd/internal/fault"
)

var (
	opLink       = operation{name: "FlowdLink", doing: "read the link to a recording"}
	opLinkPlain  = operation{name: "FlowdLinkPlain", doing: "read the link to a recording"}
	opShare      = operation{name: "FlowdShare", doing: "share", mutation: true, nested: true}
	opSharePlain = operation{name: "FlowdSharePlain", doing: "share", mutation: true, nested: true}
)

const (
	// defaultDays is how long a shared link lives unless told otherwise: the least
	// that the vendor suggests, and Hireflix's own default (the guide, Q4).
	defaultDays = 75
	longestDays = 3650
	// renewDays is how much longer a link has to live to be handed out again.
	renewDays = 14
	day       = 24 * time.Hour
)

// sharedLink is the one link to an interview's recording that needs no login.
// When it ends is known from public client code alone.
type sharedLink struct {
	URL     word
	Expires instant
}

type linkQuery struct {
	Interview *struct{ ExternalLink *sharedLink } `graphql:"interview(id: $id)"`
}

type linkPlainQuery struct {
	Interview *struct{ ExternalLink *struct{ URL word } } `graphql:"interview(id: $id)"`
}

type shareMutation struct {
	Interview struct {
		Share *struct{ ExternalLink *sharedLink } `graphql:"share(durationInDays: $days)"`
	} `graphql:"Interview(id: $id)"`
}

type sharePlainMutation struct {
	Interview struct {
		Share *struct{ ExternalLink *struct{ URL word } } `graphql:"share(durationInDays: $days)"`
	} `graphql:"Interview(id: $id)"`
}

// Share returns a link to an interview's recording that needs no login, and when
// it ends. It reads first: the link that is there is handed out again while it
// lives for at least as long as least, because a new one probably ends it for
// those who have it. Else a new one is made for so many days, 75 when 0; of one
// whose end Hireflix does not tell nobody knows whether it lives, so that it is
// replaced too.
//
// The vendor advises against less than 75 days, for the sake of those whom the
// link is sent on to. An interview that is not there is a fault.NotFound. A
// fault.Uncertain may have made a link, which the next call finds.
func (c *Client) Share(ctx context.Context, interviewID string, days int, least time.Duration) (url string, until time.Time, err error) {
	if days <= 0 {
		days = defaultDays
	}
	days = min(days, longestDays)
	url, until, err = c.link(ctx, interviewID)
	if err != nil || url != "" && until.After(time.Now().Add(least)) {
		return url, until, err
	}
	variables := map[string]any{"id": graphql.String(interviewID), "days": graphql.Int(days)}
	made := time.Now()
	answer, ex, err := send[shareMutation](ctx, c, opShare, variables)
	var fresh *sharedLink
	if errors.Is(err, errRefusedBySchema) {
		var plain sharePlainMutation
		plain, ex, err = send[sharePlainMutation](ctx, c, opSharePlain, variables)
		if s := plain.Interview.Share; s != nil && s.ExternalLink != nil {
			fresh = &sharedLink{URL: s.ExternalLink.URL}
		}
	} else if s := answer.Interview.Share; s != nil {
		fresh = s.ExternalLink
	}
	if err != nil {
		return "", time.Time{}, unconflicted(told(opShare, err))
	}
	if fresh == nil || link(fresh.URL) == "" {
		f := fault.New(fault.Uncertain, opShare.doing, "the answer holds no link")
		f.RequestID = ex.reply.requestID
		return "", time.Time{}, f
	}
	if until = fresh.Expires.at; until.IsZero() {
		until = made.Add(time.Duration(days) * day).UTC()
	}
	return link(fresh.URL), until, nil
}

// link reads the link that is there, or "". Until is zero where Hireflix does
// not tell it.
func (c *Client) link(ctx context.Context, interviewID string) (url string, until time.Time, err error) {
	variables := map[string]any{"id": graphql.String(interviewID)}
	answer, err := query[linkQuery](ctx, c, opLink, variables)
	if errors.Is(err, errRefusedBySchema) {
		plain, err := query[linkPlainQuery](ctx, c, opLinkPlain, variables)
		switch {
		case err != nil:
			return "", time.Time{}, told(opLink, err)
		case plain.Interview == nil:
			return "", time.Time{}, missing(opLink)
		case plain.Interview.ExternalLink == nil:
			return "", time.Time{}, nil
		}
		return link(plain.Interview.ExternalLink.URL), time.Time{}, nil
	}
	switch {
	case err != nil:
		return "", time.Time{}, err
	case answer.Interview == nil:
		return "", time.Time{}, missing(opLink)
	case answer.Interview.ExternalLink == nil:
		return "", time.Time{}, nil
	}
	return link(answer.Interview.ExternalLink.URL), answer.Interview.ExternalLink.Expires.at, nil
}

// share sees to it that the interview has a link that lives. The link itself is
// no part of the outcome: it opens the recording for everybody, so it is read
// where it is written and kept nowhere.
func (d *Driver) share(ctx context.Context, a flowd.Action) (flowd.Outcome, error) {
	seen, there, err := d.client.Interview(ctx, a.Interview)
	if err != nil {
		return flowd.Outcome{}, err
	}
	if there {
		_, _, err = d.client.Share(ctx, a.Interview, a.Days, leastLife(a.Days))
	}
	switch {
	case !there || fault.Is(err, fault.NotFound):
		return gone(a), nil
	case err != nil:
		return flowd.Outcome{}, err
	}
	return flowd.Outcome{State: flowd.Done, Interview: seen.Interview}, nil
}

// shared tells whether there is a link that need not be made anew.
func (d *Driver) shared(ctx context.Context, a flowd.Action) (flowd.Interview, bool, error) {
	seen, there, err := d.client.Interview(ctx, a.Interview)
	if err != nil || !there {
		return flowd.Interview{}, false, err
	}
	url, until, err := d.client.link(ctx, a.Interview)
	switch {
	case fault.Is(err, fault.NotFound):
		return flowd.Interview{}, false, nil
	case err != nil:
		return flowd.Interview{}, false, err
	}
	lives := until.IsZero() || until.After(time.Now().Add(leastLife(a.Days)))
	return seen.Interview, url != "" && lives, nil
}

// leastLife is how much longer a link must live to be left alone: two weeks, or
// half of what is asked for if that is shorter.
func leastLife(days int) time.Duration {
	if days <= 0 {
		days = defaultDays
	}
	return min(renewDays*day, time.Duration(days)*day/2)
}

package hireflix

import (
	"context"
	"errors"

	"github.com/shurcooL/graphql"

	"flowd"
	"flowd/internal/fault"
)

var (
	opShortlist = operation{name: "FlowdShortlist", doing: "shortlist", mutation: true, nested: true}
	opDiscard   = operation{name: "FlowdDiscard", doing: "discard", mutation: true, nested: true}
)

type shortlistMutation struct {
	Interview struct {
		Finalist *struct{ ID word } `graphql:"finalist(finalist: true)"`
	} `graphql:"Interview(id: $id)"`
}

type discardMutation struct {
	Interview struct {
		Archive *struct{ ID word } `graphql:"archive(archive: true)"`
	} `graphql:"Interview(id: $id)"`
}

// mark moves an interview to the shortlisted or the discarded ones. One that
// stands there already is left alone: a call would only make another webhook.
func (d *Driver) mark(ctx context.Context, a flowd.Action) (flowd.Outcome, error) {
	seen, there, err := d.client.Interview(ctx, a.Interview)
	switch {
	case err != nil:
		return flowd.Outcome{}, err
	case !there:
		return gone(a), nil
	case seen.Interview.Status == marked(a.Kind):
		return flowd.Outcome{State: flowd.Done, Interview: seen.Interview, Detail: "it stood there already"}, nil
	}
	done, requestID, err := d.client.mark(ctx, a.Kind, a.Interview)
	switch {
	case fault.Is(err, fault.NotFound):
		return gone(a), nil
	case err != nil:
		return flowd.Outcome{}, err
	case !done:
		f := fault.New(fault.Uncertain, string(a.Kind), "the answer does not say what became of it")
		f.RequestID = requestID
		return flowd.Outcome{}, f
	}
	seen.Interview.Status = marked(a.Kind)
	return flowd.Outcome{State: flowd.Done, Interview: seen.Interview, RequestID: requestID}, nil
}

func (c *Client) mark(ctx context.Context, kind flowd.ActionKind, id string) (done bool, requestID string, err error) {
	variables := map[string]any{"id": graphql.String(id)}
	if kind == flowd.ActionShortlist {
		answer, ex, err := send[shortlistMutation](ctx, c, opShortlist, variables)
		return answer.Interview.Finalist != nil, ex.reply.requestID, unconflicted(told(opShortlist, err))
	}
	answer, ex, err := send[discardMutation](ctx, c, opDiscard, variables)
	return answer.Interview.Archive != nil, ex.reply.requestID, unconflicted(told(opDiscard, err))
}

// isMarked tells whether the interview stands where the action puts it.
func (d *Driver) isMarked(ctx context.Context, a flowd.Action) (flowd.Interview, bool, error) {
	seen, there, err := d.client.Interview(ctx, a.Interview)
	if err != nil || !there || seen.Interview.Status != marked(a.Kind) {
		return flowd.Interview{}, false, err
	}
	return seen.Interview, true, nil
}

func marked(kind flowd.ActionKind) flowd.InterviewStatus {
	if kind == flowd.ActionShortlist {
		return flowd.InterviewShortlisted
	}
	return flowd.InterviewDiscarded
}

// gone is the end of an action about an interview that is not there any more.
func gone(a flowd.Action) flowd.Outcome {
	return flowd.Outcome{
		State: flowd.Cancelled, Reason: flowd.ReasonGone, Detail: "Hireflix has the interview no more",
		Interview: flowd.Interview{ID: a.Interview, Deleted: true},
	}
}

// unconflicted keeps fault.Conflict for invites: of an invite it says that
// something stands in its place, and of anything else nobody knows what it means.
func unconflicted(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != fault.Conflict {
		return err
	}
	unknown := *f
	unknown.Kind, unknown.Text = fault.Unknown, "Hireflix answers with a conflict"
	return &unknown
}

package hireflix

import (
	"context"
	"errors"

	"github.com/shurcooL/graphql"

	"flowd"
	"flowd/internal/fault"
)

var (
	opDelete       = operation{name: "FlowdDelete", doing: "withdraw", mutation: true, nested: true}
	opDeleteObject = operation{name: "FlowdDeleteObject", doing: "withdraw", mutation: true, nested: true}
)

// deleteMutation takes the answer for a scalar, as the guide's text on it has no
// selection (Q12).
type deleteMutation struct {
	Interview struct{ Delete instant } `graphql:"Interview(id: $id)"`
}

// deleteObjectMutation is for a schema in which it is an object.
type deleteObjectMutation struct {
	Interview struct {
		Delete *struct {
			Typename word `graphql:"__typename"`
		}
	} `graphql:"Interview(id: $id)"`
}

// withdraw deletes an interview, so that Hireflix sends no more reminders and
// the address is free again. It looks at the interview first and leaves one that
// has been answered alone, whoever asks: that end is flowd.Cancelled with
// flowd.ReasonAnsweredSince. Whether the interview is one of ours is for the
// caller to know, by its external id.
//
// Between the look and the deletion lies one request in which a candidate could
// finish; Hireflix knows no deletion that depends on it.
func (d *Driver) withdraw(ctx context.Context, a flowd.Action) (flowd.Outcome, error) {
	seen, there, err := d.client.Interview(ctx, a.Interview)
	switch {
	case err != nil:
		return flowd.Outcome{}, err
	case !there:
		return flowd.Outcome{
			State: flowd.Done, Interview: flowd.Interview{ID: a.Interview, Deleted: true}, Detail: "it was not there any more",
		}, nil
	case answeredOrJudged(seen.Interview):
		return flowd.Outcome{
			State: flowd.Cancelled, Reason: flowd.ReasonAnsweredSince, Interview: seen.Interview,
			Detail: "the candidate has answered it, so it stays",
		}, nil
	}
	withdrawn := seen.Interview
	withdrawn.Deleted = true
	requestID, err := d.client.remove(ctx, a.Interview)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return flowd.Outcome{}, err
	}
	return flowd.Outcome{State: flowd.Done, Interview: withdrawn, RequestID: requestID}, nil
}

// answeredOrJudged counts what only an answered interview has as an answer too:
// nothing brings a deleted recording back.
func answeredOrJudged(i flowd.Interview) bool {
	return i.Answered || i.Score > 0 || i.Status == flowd.InterviewToEvaluate || i.Status == flowd.InterviewShortlisted
}

// remove deletes an interview. An answer that is no clear yes is looked after,
// because nothing in the vendor's documentation says what it is.
func (c *Client) remove(ctx context.Context, id string) (requestID string, err error) {
	variables := map[string]any{"id": graphql.String(id)}
	scalar, ex, err := send[deleteMutation](ctx, c, opDelete, variables)
	done := scalar.Interview.Delete.happened
	if errors.Is(err, errRefusedBySchema) {
		var object deleteObjectMutation
		object, ex, err = send[deleteObjectMutation](ctx, c, opDeleteObject, variables)
		done = object.Interview.Delete != nil
	}
	requestID = ex.reply.requestID
	if err != nil || done {
		return requestID, unconflicted(told(opDelete, err))
	}
	if _, there, err := c.Interview(ctx, id); err == nil && !there {
		return requestID, nil
	}
	f := fault.New(fault.Uncertain, opDelete.doing, "the answer does not say that it was deleted")
	f.RequestID = requestID
	return requestID, f
}

// withdrawn tells whether the interview is gone.
func (d *Driver) withdrawn(ctx context.Context, a flowd.Action) (flowd.Interview, bool, error) {
	_, there, err := d.client.Interview(ctx, a.Interview)
	if err != nil || there {
		return flowd.Interview{}, false, err
	}
	return flowd.Interview{ID: a.Interview, Deleted: true}, true, nil
}

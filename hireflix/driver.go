package hireflix

import (
	"context"
	"strings"

	"flowd"
	"flowd/internal/fault"
)

// Driver performs invites for the engine. Its methods are safe for concurrent
// use and return by the context's deadline.
type Driver struct{ client *Client }

// NewDriver returns a driver over a client.
func NewDriver(c *Client) *Driver { return &Driver{c} }

// Perform invites a candidate once, with the action's key as the external id.
// The outcome's detail says what of the candidate could not be sent. A fault is
// classified by package fault: Uncertain may have taken effect, Conflict says
// that Find will see something in the invite's place, and all others are sure
// that nobody was invited.
func (d *Driver) Perform(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error) {
	if a.Kind != flowd.ActionInvite {
		return flowd.Outcome{}, fault.New(fault.Internal, opInvite.doing, "an action of kind %q is none for Hireflix", a.Kind)
	}
	p, notes, err := normalise(of.Candidate, a.Job.Country)
	if err != nil {
		return flowd.Outcome{}, err
	}
	made, requestID, err := d.client.invite(ctx, InviteCandidateToInterviewInput{
		PositionID: a.Position.ID,
		Candidate:  candidateInput(p),
		ExternalID: a.Key.ExternalID(),
	})
	if err != nil {
		return flowd.Outcome{}, err
	}
	return flowd.Outcome{
		State: flowd.Done, Interview: made, RequestID: requestID, Detail: strings.Join(notes, "; "),
	}, nil
}

// Find looks for what an earlier attempt left, or what else stands in its place:
// the interview with the action's external id, else the one of the candidate's
// address, in the action's position. It changes nothing.
func (d *Driver) Find(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Interview, bool, error) {
	// Without a usable address there is still the external id: the attempt may
	// have gone out before the address was changed to a wrong one.
	email, _ := address(of.Candidate.Email)
	return d.client.find(ctx, look{position: a.Position.ID, email: email, externalID: a.Key.ExternalID()})
}

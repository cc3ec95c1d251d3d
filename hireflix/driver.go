package hireflix

import (
	"context"
	"strings"

	"flowd"
	"flowd/internal/fault"
)

// Driver performs the actions of which AtHireflix holds. Its methods are safe
// for concurrent use and return by the context's deadline.
type Driver struct{ client *Client }

// NewDriver returns a driver over a client.
func NewDriver(c *Client) *Driver { return &Driver{c} }

// Perform carries an action out once. A fault is classified by package fault:
// Uncertain may have taken effect, and every other one is sure not to have.
//
// An invite has the action's key as its external id; the outcome's detail says
// what of the candidate could not be sent, and a fault.Conflict that Find will
// see something in the invite's place. The other kinds are about the interview
// that the action names, and the outcome holds it as it stands afterwards. They
// look first: what is so already is Done without a call; an interview that is
// not there is Cancelled with flowd.ReasonGone, or Done for a withdrawal; one
// that was answered is not withdrawn, which is Cancelled with
// flowd.ReasonAnsweredSince.
func (d *Driver) Perform(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error) {
	if err := d.takes(a); err != nil {
		return flowd.Outcome{}, err
	}
	switch a.Kind {
	case flowd.ActionShare:
		return d.share(ctx, a)
	case flowd.ActionShortlist, flowd.ActionDiscard:
		return d.mark(ctx, a)
	case flowd.ActionWithdraw:
		return d.withdraw(ctx, a)
	}
	return d.invite(ctx, a, of)
}

// Find looks for what an earlier attempt left. It changes nothing.
//
// Of an invite that is the interview with the action's external id, else the one
// of the candidate's address, in the action's position. Of the other kinds it is
// whether the effect is there: the interview stands where the action puts it, is
// gone, or has a link that lives.
func (d *Driver) Find(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Interview, bool, error) {
	if err := d.takes(a); err != nil {
		return flowd.Interview{}, false, err
	}
	switch a.Kind {
	case flowd.ActionShare:
		return d.shared(ctx, a)
	case flowd.ActionShortlist, flowd.ActionDiscard:
		return d.isMarked(ctx, a)
	case flowd.ActionWithdraw:
		return d.withdrawn(ctx, a)
	}
	// Without a usable address there is still the external id: the attempt may
	// have gone out before the address was changed to a wrong one.
	email, _ := address(of.Candidate.Email)
	return d.client.find(ctx, look{position: a.Position.ID, email: email, externalID: a.Key.ExternalID()})
}

func (d *Driver) takes(a flowd.Action) error {
	switch {
	case !a.Kind.AtHireflix():
		return fault.New(fault.Internal, string(a.Kind), "an action of kind %q is none for Hireflix", a.Kind)
	case a.Kind != flowd.ActionInvite && a.Interview == "":
		return fault.New(fault.Internal, string(a.Kind), "the action names no interview")
	}
	return nil
}

func (d *Driver) invite(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error) {
	p, notes, err := normalise(of.Candidate, a.Job.Country)
	if err != nil {
		return flowd.Outcome{}, err
	}
	made, requestID, err := d.client.invite(ctx, InviteCandidateToInterviewInput{
		PositionID:           a.Position.ID,
		Candidate:            candidateInput(p),
		ExternalID:           a.Key.ExternalID(),
		DisableNotifications: a.Silent,
	})
	if err != nil {
		return flowd.Outcome{}, err
	}
	return flowd.Outcome{
		State: flowd.Done, Interview: made, RequestID: requestID, Detail: strings.Join(notes, "; "),
	}, nil
}

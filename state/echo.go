package state

import (
	"strings"
	"time"

	"flowd"
)

// effective tells whether the row has taken effect or may have.
func (e *Entry) effective() bool {
	if e.Action.Mode == flowd.Shadow {
		return false
	}
	switch e.State {
	case flowd.Leased, flowd.Uncertain:
		return true
	case flowd.Done: // for any other reason it is done without having been necessary
		return e.Reason == flowd.ReasonNone || e.Reason == flowd.ReasonAdopted
	}
	return false
}

// Asked tells whether the row asked for what an interview event tells, so that
// the event is flowd's own doing. Since is when the interview was known to stand
// elsewhere last: what was asked for before that has had its effect.
func (e *Entry) Asked(ev flowd.Event, since time.Time) bool {
	if !e.effective() || e.Action.Interview != ev.Interview.ID {
		return false
	}
	switch e.Action.Kind {
	case flowd.ActionWithdraw:
		return ev.Type == flowd.InterviewDeleted
	case flowd.ActionShortlist:
		return ev.Type == flowd.InterviewStatusChanged && ev.Interview.Status == flowd.InterviewShortlisted && !e.Updated.Before(since)
	case flowd.ActionDiscard:
		return ev.Type == flowd.InterviewStatusChanged && ev.Interview.Status == flowd.InterviewDiscarded && !e.Updated.Before(since)
	}
	return false
}

// Moved tells whether the row moved its application to a stage, by the name or
// id that it was given. Since is when a stage was entered last.
func (e *Entry) Moved(to flowd.Stage, target string, since time.Time) bool {
	if e.Action.Kind != flowd.ActionMove || !e.effective() || e.Updated.Before(since) {
		return false
	}
	asked := flowd.Stage{Name: target}.Key()
	return asked != "" && (asked == flowd.Stage{Name: to.Name}.Key() || asked == strings.ToLower(strings.TrimSpace(to.ID)))
}

// MadeFor tells whether the row made an interview its application's: one that
// was adopted or is shared as well.
func (e *Entry) MadeFor(interview string) bool {
	return e.invites() && (e.State == flowd.Done || e.State == flowd.Shared) && e.Interview.ID == interview
}

// Names tells whether an interview with the row's external id is its own.
func (e *Entry) Names() bool { return e.invites() }

func (e *Entry) invites() bool {
	return e.Action.Kind == flowd.ActionInvite && e.Action.Mode != flowd.Shadow
}

// Shows takes over how the row's interview was seen last, and tells whether that
// changed the row.
func (e *Entry) Shows(i flowd.Interview) bool {
	if e.Interview == i || e.Interview.ID != "" && e.Interview.ID != i.ID {
		return false
	}
	e.Interview = i
	return true
}

// Invite is the row as facts tell of it; false when it is no live invite.
func (e *Entry) Invite() (flowd.Invite, bool) {
	a := e.Action
	return flowd.Invite{Key: a.Key, Rule: a.Rule, Position: a.Position, Generation: a.Generation,
		State: e.State, Interview: e.Interview}, e.invites()
}

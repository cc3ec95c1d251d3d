package rules

import (
	"cmp"
	"time"

	"flowd"
)

// meet puts the interview into a test's event and facts: of an event of an
// interview, and where the test or the rule's trigger speaks of one.
func (t test) meet(set *Set, ev *flowd.Event, facts *flowd.Facts) {
	var follows *trigger
	if t.rule != nil {
		follows = t.rule.trigger
	}
	follow := t.fixture == nil && follows != nil && (len(follows.of) > 0 || follows.anyOf)
	if !ev.Type.OfInterview() && t.said.Interview == nil && !follow {
		return
	}
	var g interviewKeys
	if t.said.Interview != nil {
		g = *t.said.Interview
	}
	now := t.interview(set, g, ev.Type, follows)
	if ev.Type.OfInterview() {
		ev.Interview = now
		if follows != nil && follows.timer.waits() && (t.fixture == nil || t.given.Interview != nil) { // the time begins before anything came of it
			ev.Interview = t.interview(set, interviewKeys{ID: g.ID, Position: g.Position, InvitedAt: g.InvitedAt, FinishedAt: g.FinishedAt}, ev.Type, follows)
		}
	}
	if g.Ours != nil && !*g.Ours {
		return
	}
	invite := flowd.Invite{Key: "test-invite", Rule: g.Rule, Position: now.Position, Generation: 1, State: flowd.Done, Interview: now}
	if invite.Rule == "" && follow && len(follows.of) > 0 {
		invite.Rule = follows.of[0]
	}
	facts.Invites = []flowd.Invite{invite}
}

// interview is one as an event of the type would find it, but for what the test
// says.
func (t test) interview(set *Set, g interviewKeys, on flowd.EventType, follows *trigger) flowd.Interview {
	const aDay = 24 * time.Hour
	i := flowd.Interview{ID: cmp.Or(g.ID, "test-interview"), Position: t.position(set, g, follows), Status: flowd.InterviewStatus(g.Status),
		Score: g.Score, Duration: g.Duration, Again: g.Again, Deleted: g.Deleted || on == flowd.InterviewDeleted, CreatedAt: g.InvitedAt, CompletedAt: g.FinishedAt}
	if t.fixture != nil {
		i.Answered = g.Answered != nil && *g.Answered
		return i
	}
	if i.Status == "" {
		switch on {
		case flowd.InterviewFinished, flowd.InterviewScored:
			i.Status = flowd.InterviewToEvaluate
		case flowd.InterviewStatusChanged:
			i.Status = flowd.InterviewShortlisted
			if follows != nil && len(follows.status) > 0 {
				i.Status = follows.status[0]
			}
		default:
			i.Status = flowd.InterviewPending
		}
	}
	if g.Answered != nil {
		i.Answered = *g.Answered
	} else {
		i.Answered = i.Status != flowd.InterviewPending || !g.FinishedAt.IsZero()
	}
	if on == flowd.InterviewScored && i.Score == 0 {
		i.Score = 4
	}
	if i.Answered && i.CompletedAt.IsZero() {
		i.CompletedAt = t.at
	}
	if i.CreatedAt.IsZero() {
		i.CreatedAt = t.at
		if on != flowd.InterviewInvited {
			i.CreatedAt = t.at.Add(-aDay)
		}
	}
	return i
}

// position is the interview's: of the row that fits, where the test says none.
func (t test) position(set *Set, g interviewKeys, follows *trigger) flowd.Position {
	if g.Position != "" {
		return flowd.Position{ID: FoldName(g.Position), Name: g.Position}
	}
	if t.fixture != nil {
		return flowd.Position{}
	}
	if follows != nil && len(follows.positions) > 0 {
		return set.positions[follows.positions[0]]
	}
	if r, ok := t.row(); ok {
		return set.positions[r.position]
	}
	return flowd.Position{}
}

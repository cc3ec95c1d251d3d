package rules

import (
	"slices"
	"time"

	"flowd"
)

// react is a reaction's answer to an event that set it off.
func (s *Set) react(r *Rule, q *question) Answer {
	if a, decided := r.early(q); decided {
		return a
	}
	a := r.ask(q)
	if a.Verdict == flowd.Matched {
		a.Steps = make([]Step, len(r.steps))
		for i := range r.steps {
			a.Steps[i] = r.steps[i].Step
			a.Steps[i].Adverse = s.adverse(r.steps[i], q.ev, q.facts)
		}
		a.putOff(q)
	}
	return a
}

// early is the answer where the conditions need not be asked: of a rule that is
// switched off, and of a timer before its time, or when nothing is left to do.
func (r *Rule) early(q *question) (a Answer, decided bool) {
	if r.Mode == Disabled {
		return Answer{Rule: r, Verdict: flowd.Unmatched, Reason: flowd.ReasonDisabled, Because: r.Reason}, true
	}
	wait := r.trigger.timer
	if wait.after == 0 {
		return Answer{}, false
	}
	if at := due(q.ev, wait.after); q.now.Before(at) {
		return Answer{Rule: r, Verdict: flowd.Matched, At: at}, true
	}
	if why := wait.over(q.ev, q.facts); why != "" {
		return Answer{Rule: r, Verdict: flowd.Skipped, Reason: why}, true
	}
	return Answer{}, false
}

// due is when a timer's time has come.
func due(ev flowd.Event, after time.Duration) time.Time {
	since := ev.Time()
	switch {
	case ev.Type == flowd.InterviewInvited && !ev.Interview.CreatedAt.IsZero():
		since = ev.Interview.CreatedAt
	case ev.Type == flowd.InterviewFinished && !ev.Interview.CompletedAt.IsZero():
		since = ev.Interview.CompletedAt
	}
	return since.Add(after)
}

// over is why nothing is done though the time has come, or "": by the interview
// as it is known now, and not as it was when the time began.
func (t timer) over(ev flowd.Event, facts flowd.Facts) flowd.Reason {
	app, in := facts.Application, about(ev, facts)
	switch {
	case app.Status != "" && app.Status != flowd.StatusActive:
		return flowd.ReasonEnded
	case app.Alternative && ev.Type == flowd.InterviewInvited:
		return flowd.ReasonAlternative
	case in == nil:
		return flowd.ReasonGone
	case in.Interview.Deleted:
		return flowd.ReasonWithdrawn
	}
	switch i := in.Interview; t.still {
	case "unanswered":
		switch {
		case !i.Open():
			return flowd.ReasonAnsweredSince
		case i.Status == flowd.InterviewDiscarded: // nobody waits for the answer
			return flowd.ReasonNoLongerFits
		}
	case "unscored":
		if i.Score > 0 {
			return flowd.ReasonNoLongerFits
		}
	case "unreviewed":
		if slices.Contains([]flowd.InterviewStatus{flowd.InterviewShortlisted, flowd.InterviewDiscarded}, i.Status) {
			return flowd.ReasonNoLongerFits
		}
	}
	return ""
}

package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// tie finds whose interview an untied event is about: the one open application
// of its address in a job that some row of the map leads to its position. With
// none or several it is listed for a person, and the rules answer it for what
// needs no application. Nil decisions mean that the event is not of this kind.
func (e *Engine) tie(ctx context.Context, set *rules.Set, p state.Pending, now time.Time) ([]flowd.Decision, error) {
	ev := p.Event
	if ev.ATS != flowd.Untied || !ev.Type.OfInterview() || p.Only != "" {
		return nil, nil
	}
	decisions := Decide(set, ev, p.Facts, now)
	if !inUse(set, ev.Interview.Position.ID) {
		return decisions, nil
	}
	found, err := e.fitting(ctx, set, ev, p.Facts.Application.Candidate.Email)
	if err != nil {
		return nil, err
	}
	if len(found) == 1 {
		t := state.Tie{Interview: ev.Interview.ID, ATS: found[0].ATS, Application: found[0].Application.ID,
			Why: "the one open application of this address that the map leads to this position"}
		if err := e.opts.Store.Tie(ctx, t, now); err != nil {
			return nil, fmt.Errorf("tie an interview: %w", err)
		}
		return []flowd.Decision{{Event: ev.Key, RuleSet: set.Digest(), Verdict: flowd.Skipped, Reason: flowd.ReasonUntied,
			Because: "tied to application " + t.Application + ", where it is decided"}}, nil
	}
	wait := ordered(ev, p.Facts)
	wait.Kind, wait.Key = flowd.ActionTie, flowd.TieKey(ev.Interview.ID)
	wait.Interview, wait.Position = ev.Interview.ID, ev.Interview.Position
	wait.Reason = flowd.ReasonUntied
	wait.Detail = fmt.Sprintf("%d open applications fit: say which with flowd release %s --application ID, or cancel it", len(found), wait.Key.Short())
	return append(decisions, flowd.Decision{Event: ev.Key, RuleSet: set.Digest(), Verdict: flowd.Matched, Reason: flowd.ReasonUntied,
		Actions: []flowd.Action{wait}}), nil
}

// once takes out of the decisions on an interview's event what was asked for
// while the interview was tied to none: that is done, or goes on, where it was
// asked. What was left out then stays, each step behind the one before it.
func (e *Engine) once(ctx context.Context, ev flowd.Event, decisions []flowd.Decision) error {
	plain, retold := strings.CutSuffix(ev.Key, "/"+ev.ATS+"/"+ev.Application.ID)
	if !retold || !ev.Type.OfInterview() {
		return nil
	}
	stories, err := e.opts.Store.Story(ctx, state.Ref{Event: plain})
	if err != nil {
		return fmt.Errorf("look what was done before an interview was tied: %w", err)
	}
	type step struct {
		rule, target, text string
		kind               flowd.ActionKind
		mode               flowd.Mode
	}
	asked := map[step]bool{}
	for _, s := range stories {
		for _, r := range s.Rows {
			if a := r.Action; s.ATS == flowd.Untied && a.Event == plain && a.Kind.Reaction() {
				asked[step{a.Rule, a.Target, a.Text, a.Kind, a.Mode}] = true
			}
		}
	}
	for i := range decisions {
		var left []flowd.Action
		before := map[flowd.IdempotencyKey]flowd.IdempotencyKey{} // of those taken out
		for _, a := range decisions[i].Actions {
			if to, out := before[a.After]; out {
				a.After = to
			}
			if asked[step{a.Rule, a.Target, a.Text, a.Kind, a.Mode}] {
				before[a.Key] = a.After
				continue
			}
			left = append(left, a)
		}
		if len(left) < len(decisions[i].Actions) {
			decisions[i].Actions, decisions[i].Because = left, "what needs no application was asked for before the interview was tied"
		}
	}
	return nil
}

// fitting are the open applications of an address that the map leads to the
// interview's position.
func (e *Engine) fitting(ctx context.Context, set *rules.Set, ev flowd.Event, email string) ([]state.Story, error) {
	if email == "" {
		return nil, nil
	}
	stories, err := e.opts.Store.Story(ctx, state.Ref{Email: email})
	if err != nil {
		return nil, err
	}
	var out []state.Story
	for _, s := range stories {
		if s.ATS == flowd.Untied || !active(s.Application) {
			continue
		}
		source := s.ATS
		if n := len(s.Events); n > 0 {
			source = s.Events[n-1].Event.Source
		}
		if set.Leads(s.Application, source, ev.Interview.Position.ID) {
			out = append(out, s)
		}
	}
	return out, nil
}

func inUse(set *rules.Set, position string) bool {
	for _, p := range set.PositionsUsed() {
		if p.ID == position {
			return true
		}
	}
	return false
}

// before is what has to stand before an event's decision does, so that a stop
// in between loses nothing: each part may be done again.
func (e *Engine) before(ctx context.Context, p state.Pending, now time.Time) error {
	ev := p.Event
	switch {
	case p.Only != "":
	case ev.Type == flowd.ApplicationReopened:
		_, err := e.opts.Store.Amend(ctx, state.Amendment{Verb: state.Cancel, Why: "the application was opened again", Reason: flowd.ReasonEnded,
			Select: state.Selection{Kind: flowd.ActionWithdraw, ATS: ev.ATS, Application: ev.Application.ID}}, now)
		return err
	case ev.Type == flowd.JobClosed:
		return e.closeJob(ctx, ev, now)
	}
	return nil
}

// closeJob makes the end of a job an event of each application that has an open
// interview there.
func (e *Engine) closeJob(ctx context.Context, closed flowd.Event, now time.Time) error {
	f := state.Filter{Subject: state.Actions, Kind: flowd.ActionInvite, Word: flowd.WordInvited, Job: closed.Application.Job.ID}
	if f.Job == "" {
		return nil
	}
	for page := (state.Page{Limit: 500}); ; {
		found, err := e.opts.Store.Find(ctx, f, page)
		if err != nil {
			return fmt.Errorf("find whom the closed job had invited: %w", err)
		}
		b := flowd.Batch{Source: closed.Source, ATS: closed.ATS}
		for _, r := range found.Rows {
			if r.Action.ATS != closed.ATS || !r.Interview.Open() {
				continue
			}
			b.Events = append(b.Events, flowd.Event{
				Key:  "closed/" + closed.Key + "/" + r.Action.Application + "/" + r.Interview.ID,
				Type: flowd.WithdrawOrdered, At: closed.At, Application: flowd.Application{ID: r.Action.Application},
				Order: flowd.Order{Why: "the job was closed", Invite: r.Action.Key},
			})
		}
		if len(b.Events) > 0 {
			if _, err := e.opts.Store.Admit(ctx, b, now); err != nil {
				return fmt.Errorf("note the end of a job: %w", err)
			}
		}
		if found.Next == "" {
			return nil
		}
		page.After = found.Next
	}
}

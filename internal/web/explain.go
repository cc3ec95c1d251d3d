package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Explanation is the whole story behind a reference, or a rule.
type Explanation struct {
	Rule    string  `json:"rule,omitempty"` // a rule in words, when X was one
	Stories []Story `json:"stories"`
}

// Story is one person at one application.
type Story struct {
	Name        string `json:"name,omitempty"`
	Email       string `json:"email,omitempty"`
	ATS         string `json:"ats"`
	Application string `json:"application"`
	Candidate   string `json:"candidate,omitempty"`
	Job         string `json:"job,omitempty"`
	Stage       string `json:"stage,omitempty"`
	Status      string `json:"status,omitempty"`
	URL         string `json:"url,omitempty"`
	Now         string `json:"now"` // where the person stands, in words
	// Until is when what the person waits for is looked at again; zero where that
	// hangs on something else.
	Until   time.Time `json:"until,omitzero"`
	Events  []Moment  `json:"events"`
	Actions []Record  `json:"actions"`
	// Interviews are what is known of them, with their results.
	Interviews []Interview `json:"interviews"`
}

// Moment is one event and what was decided on it.
type Moment struct {
	At        time.Time `json:"at"`
	Received  time.Time `json:"received,omitzero"`
	Event     string    `json:"event"`
	Type      string    `json:"type"`
	From      string    `json:"from,omitempty"`
	Stage     string    `json:"stage,omitempty"`
	MovedBy   string    `json:"moved_by,omitempty"`
	Undecided bool      `json:"undecided,omitempty"`
	Answers   []Answer  `json:"answers"`
	// Seen is how the interview stood, of events about one; Order is what a person
	// wanted, with By, Why and Batch.
	Seen  string `json:"seen,omitempty"`
	Order string `json:"order,omitempty"`
	By    string `json:"by,omitempty"`
	Why   string `json:"why,omitempty"`
	Batch string `json:"batch,omitempty"`
}

// Answer is one rule's answer, with its condition as a tree where the rules of
// that day are still kept.
type Answer struct {
	Rule     string             `json:"rule,omitempty"`
	Verdict  flowd.Verdict      `json:"verdict"`
	Why      string             `json:"why,omitempty"`
	RuleSet  string             `json:"rule_set"`
	Tree     *rules.Explanation `json:"tree,omitempty"`
	Position string             `json:"position,omitempty"`
	// Since is what became of the rule after that day, in words; empty where it is
	// the same.
	Since string `json:"since,omitempty"`
}

// Record is one action with its history.
type Record struct {
	Entry
	// After is the key of the action that must end well before this one begins.
	After string       `json:"after,omitempty"`
	Steps []RecordStep `json:"steps"`
}

// RecordStep is one change of an action.
type RecordStep struct {
	At      time.Time  `json:"at"`
	Word    flowd.Word `json:"word"`
	State   string     `json:"state"`
	Why     string     `json:"why,omitempty"`
	By      string     `json:"by,omitempty"`
	Request string     `json:"request,omitempty"`
}

func (a api) explain(r *http.Request) (any, error) {
	x := strings.TrimSpace(r.URL.Query().Get("x"))
	if x == "" {
		return nil, wrong("say whom or what: an address, candidate, application, event, interview or rule")
	}
	if set := a.Rules(); set != nil {
		if words, ok := set.Describe(x); ok {
			now, err := a.owed(r.Context(), x)
			return Explanation{Rule: words + now, Stories: []Story{}}, err
		}
	}
	stories, err := a.stories(r, x)
	if err != nil {
		return nil, err
	}
	if len(stories) == 0 {
		return nil, notFound("nothing is known of " + x + ": flowd never heard of it, or what it knew is past its retention")
	}
	out := Explanation{Stories: []Story{}}
	show, transcript := r.URL.Query().Get("show") != "", r.URL.Query().Get("transcript") != ""
	switch {
	case transcript && !show:
		return nil, wrong("a transcript is what the candidate said: add --show")
	case transcript && a.Transcript == nil:
		return nil, &Problem{Status: http.StatusConflict, Text: "only a running flowd asks Hireflix for a transcript: start it with `flowd run`"}
	}
	stopped, err := a.stopped(r)
	if err != nil {
		return nil, err
	}
	for _, s := range stories {
		told := a.tell(s, show, stopped)
		if transcript {
			if err := a.transcripts(r.Context(), told.Interviews); err != nil {
				return nil, err
			}
		}
		out.Stories = append(out.Stories, told)
	}
	return out, nil
}

// owed is what a rule still owes and why nothing of it goes out, in a line; ""
// where there is nothing to say.
func (a api) owed(ctx context.Context, rule string) (string, error) {
	counts, err := a.Store.Counts(ctx, a.Now())
	if err != nil {
		return "", err
	}
	var said []string
	pauses, err := a.Store.Pause(ctx, state.PauseChange{}, a.Now())
	for _, p := range pauses {
		if p.Scope == state.ScopeRule(rule) {
			said = append(said, "paused ("+why(p.Reason, p.Detail)+")")
		}
	}
	held, waiting := 0, 0
	for s, n := range counts.Pending[rule] {
		if s == flowd.Held {
			held += n
		} else {
			waiting += n
		}
	}
	if waiting > 0 {
		said = append(said, fmt.Sprintf("%d %s", waiting, flowd.WordWaiting))
	}
	if held > 0 {
		said = append(said, fmt.Sprintf("%d %s", held, flowd.WordHeld))
	}
	if len(said) == 0 {
		return "", err
	}
	return "Now: " + strings.Join(said, ", ") + ".\n", err
}

// stories looks a reference up as each of the things it can be, the likeliest
// first.
func (a api) stories(r *http.Request, x string) ([]state.Story, error) {
	return a.lookUp(r.Context(), x)
}

func (a api) lookUp(ctx context.Context, x string) ([]state.Story, error) {
	refs := []state.Ref{
		{Application: x}, {Candidate: x}, {Interview: x}, {Event: x}, {ExternalID: x}, {Short: x},
	}
	if strings.Contains(x, "@") {
		safe, _ := flowd.SafeID(x)
		refs = []state.Ref{{Email: x}, {Candidate: safe}, {Application: safe}}
	}
	for _, ref := range refs {
		stories, err := a.Store.Story(ctx, ref)
		if err != nil || len(stories) > 0 {
			return stories, err
		}
	}
	return nil, nil
}

// tell is a story for whoever may read it; stopped is why nothing goes out at
// the moment, or "".
func (a api) tell(s state.Story, show bool, stopped string) Story {
	app := s.Application
	out := Story{
		ATS: s.ATS, Application: app.ID, Candidate: app.Candidate.ID, Job: nameOf(app.Job.Name, app.Job.ID),
		Stage: nameOf(app.Stage.Name, app.Stage.ID), Status: string(app.Status), URL: app.URL,
		Events: []Moment{}, Actions: []Record{}, Interviews: interviewsOf(s),
	}
	out.Name, out.Email = shown(app.Candidate, show)
	invites := promised(s.Rows)
	for _, t := range s.Events {
		t.Facts.Invites = invites
		m := a.moment(t)
		m.MovedBy = movedBy(s.MovedBy(t.Event.Key), show)
		if !show {
			for _, ans := range m.Answers {
				if ans.Tree != nil {
					mask(ans.Tree, app.Candidate)
				}
			}
		}
		out.Events = append(out.Events, m)
	}
	for _, row := range s.Rows {
		rec := Record{Entry: entryOf(row), Steps: []RecordStep{}}
		if row.State == flowd.Due && rec.Why == "" {
			rec.Why = stopped
		}
		if row.Action.After != "" {
			rec.After = row.Action.After.Short()
		}
		for _, st := range row.Steps {
			rec.Steps = append(rec.Steps, RecordStep{At: st.At, Word: stepWord(row.Action.Kind, st.State, st.Reason), State: string(st.State),
				Why: why(st.Reason, st.Detail), By: st.By, Request: st.RequestID})
		}
		out.Actions = append(out.Actions, rec)
	}
	out.Now, out.Until = standing(s, stopped)
	return out
}

// promised are the invites among the rows, as rules see them.
func promised(rows []state.Row) []flowd.Invite {
	var out []flowd.Invite
	for _, r := range rows {
		if act := r.Action; act.Kind == flowd.ActionInvite && act.Mode != flowd.Shadow {
			out = append(out, flowd.Invite{Key: act.Key, Rule: act.Rule, Position: act.Position, Generation: act.Generation, State: r.State, Interview: r.Interview})
		}
	}
	return out
}

func (a api) moment(t state.Told) Moment {
	m := Moment{
		At: t.Event.Time(), Received: t.Event.Received, Event: t.Event.Key, Type: string(t.Event.Type),
		From: nameOf(t.Event.From.Name, t.Event.From.ID), Stage: nameOf(t.Event.Stage.Name, t.Event.Stage.ID),
		Undecided: t.Decided.IsZero(), Answers: []Answer{},
	}
	if t.Event.Type.OfInterview() {
		m.Seen = seenAs(t.Event.Interview)
	}
	if o := t.Event.Order; o.By != "" {
		m.By, m.Why, m.Batch, m.Order = o.By, o.Why, o.Batch, ordered(t.Event)
	}
	for _, d := range t.Decisions {
		ans := Answer{Rule: d.Rule, Verdict: d.Verdict, Why: why(d.Reason, d.Because), RuleSet: d.RuleSet}
		if set := a.ruleSet(d.RuleSet); set != nil && d.Rule != "" {
			// Judged as of the day it was decided, so that ages and dates read as
			// they did then.
			if tree, ok := set.Explain(d.Rule, t.Event, t.Facts, t.Decided); ok {
				ans.Tree = &tree
			}
		}
		for _, act := range d.Actions {
			ans.Position = nameOf(act.Position.Name, act.Position.ID)
		}
		ans.Since = a.since(d)
		m.Answers = append(m.Answers, ans)
	}
	return m
}

// since is what became of the rule of a decision after its day.
func (a api) since(d flowd.Decision) string {
	now, then := a.Rules(), a.ruleSet(d.RuleSet)
	if d.Rule == "" || now == nil || now.Digest() == d.RuleSet {
		return ""
	}
	rule, there := now.Rule(d.Rule)
	switch {
	case !there:
		return "the rule is gone since"
	case then == nil:
		return "the rules of that day are not kept any more, so how the rule came to it cannot be shown"
	}
	if was, ok := then.Rule(d.Rule); ok && was.Digest != rule.Digest {
		return "the rule has changed since"
	}
	return ""
}

// ruleSet is the set of a digest: the serving one, or the one of that day.
func (a api) ruleSet(digest string) *rules.Set {
	if set := a.Rules(); set != nil && set.Digest() == digest {
		return set
	}
	if a.RulesOf == nil {
		return nil
	}
	return a.RulesOf(digest)
}

// ordered is a person's order in words.
func ordered(ev flowd.Event) string {
	position := nameOf(ev.Order.Position.Name, ev.Order.Position.ID)
	switch {
	case ev.Type == flowd.InviteOrdered && ev.Order.Again:
		return "invite again to " + position
	case ev.Type == flowd.InviteOrdered:
		return "invite to " + position
	case ev.Type == flowd.WithdrawOrdered:
		return "take back the invite to " + position
	case ev.Type == flowd.StageOrdered:
		return "decide who stands in " + nameOf(ev.Stage.Name, ev.Stage.ID) + " as if they came now"
	case ev.Type == flowd.AlternativeOrdered:
		return "interviewed in another way"
	case ev.Type.Erases():
		return "forget the person"
	}
	return ""
}

// standing is where the person stands now, in one line, and until when: at the
// newest invite, or what stands for one.
func standing(s state.Story, stopped string) (line string, until time.Time) {
	rows := slices.DeleteFunc(slices.Clone(s.Rows), func(r state.Row) bool {
		k := r.Action.Kind
		return r.State == flowd.Replaced || k != flowd.ActionInvite && k != flowd.ActionDecide && k != flowd.ActionTie
	})
	if n := len(rows); n > 0 {
		last := entryOf(rows[n-1])
		if last.Why == "" && last.State == flowd.Due {
			last.Why = stopped
		}
		line = string(last.Word)
		if last.Why != "" {
			line += " (" + last.Why + ")"
		}
		if last.State == flowd.Waiting || last.State == flowd.Uncertain {
			until = last.Due
		}
		return line, until
	}
	if n := len(s.Events); n > 0 {
		e := leftEntry(s.Events[n-1])
		return string(e.Word) + " (" + e.Why + ")", until
	}
	return string(flowd.WordNotInvited) + " (no event yet)", until
}

package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// Recorded is a test made of an event that happened: no value of a person is in
// it beside those that Kept names.
type Recorded struct {
	Rule string `json:"rule,omitempty"` // whose test it is; empty for one of all rules
	File string `json:"file"`           // the rule file that it belongs into
	// Fixture is what the file of the recorded event holds, and Test are the lines
	// of the test behind its name and event.
	Fixture string   `json:"fixture"`
	Test    []string `json:"test"`
	// Shows is what the test shows, in words, and Outcome the same in a word or two
	// for the name of a file.
	Shows   string `json:"shows"`
	Outcome string `json:"outcome"`
	// Kept are the values of the person that are as they were, by name: the rules
	// ask for them, or they say no more than a country.
	Kept []string `json:"kept,omitempty"`
	// Note is what that day's answer was, where it was another one.
	Note string `json:"note,omitempty"`
}

// Case says which event a test is to be made of, and where it is to stand.
type Case struct {
	Event flowd.Event
	Facts flowd.Facts // with the invites that were promised before the event
	At    time.Time   // when it was decided
	// Decided is what was decided that day, for a note where it is otherwise now.
	Decided []flowd.Decision
	// Rule is whose test it is to be; where it is empty, that of the rule that
	// decides about the event, in File where one is named. Where none of the file
	// does, it is a test of all rules.
	Rule, File string
}

// Record makes a test of an event that happened: the event with everything
// personal made up, and what the rules answer to that. It is refused, in words,
// where they answer otherwise than to the event itself.
func Record(set *Set, decide Decide, c Case) (Recorded, error) {
	switch novelty := flowd.Reason(c.Facts.Novelty); {
	case c.Event.Type.Ordered():
		return Recorded{}, errors.New("the event is a person's order, which no rule decides about")
	case novelty != "":
		return Recorded{}, fmt.Errorf("the rules were not asked about this event: %s", novelty.InWords())
	}
	c.At, c.Event.At = c.At.UTC().Truncate(time.Second), c.Event.At.Truncate(time.Second)
	c.Event.Interview.Position = set.rehearsed(c.Event.Interview.Position)
	c.Facts.Invites = c.invite(set)
	t := test{at: c.At}
	rule, file, err := c.rule(set, decide)
	if err != nil {
		return Recorded{}, err
	}
	t.rule = rule
	on, asked := set.rehearsal(rule), set.rules
	if rule != nil {
		asked = []*Rule{rule}
	}
	then := t.play(on, decide, c.Event, c.Facts)

	m := set.maskFor(asked, c.Event, c.Facts.Application)
	out := Recorded{File: file}
	if out.Fixture, err = set.fixtureOf(m, c).inFile(); err != nil {
		return out, err
	}
	out.Kept = m.kept
	var problems []strictyaml.Problem
	if t.fixture, problems = readFixture(File{Name: "the masked event", Data: []byte(out.Fixture)}, ""); t.fixture == nil {
		return out, fmt.Errorf("the masked event cannot be read again: %s", strictyaml.Render(problems))
	}
	if left := m.left(c.Facts.Application, out.Fixture); left != "" {
		return out, fmt.Errorf("masked, the event would still hold the person's %s: write the test by hand, with given", left)
	}
	t.said = t.fixture.told(nil)
	ev, facts := t.event(on)
	now := t.play(on, decide, ev, facts)
	if before, after := then.summary(), now.summary(); before != after {
		return out, fmt.Errorf("masked, the event would come out otherwise (%s) than it did (%s): the rules ask for what tells who the person is. "+
			"Write the test by hand, with given", after, before)
	}
	if len(now.held) > 0 && len(now.acts) > 0 {
		return out, fmt.Errorf("one part is done and another held (%s), and a test expects one of the two", strings.Join(now.held, ", "))
	}
	if rule != nil {
		out.Rule, out.Note = rule.ID, c.otherwise(rule, now)
	}
	out.Test, out.Shows, out.Outcome = now.asTest(c.Event.Type, t.at)
	return out, nil
}

// invite is the invite that the event is about, with its interview as the event
// tells of it: what came of it since belongs to other events.
func (c Case) invite(set *Set) []flowd.Invite {
	in := about(c.Event, c.Facts)
	if in == nil {
		return nil
	}
	one := *in
	one.Position, one.Interview.Position = set.rehearsed(one.Position), set.rehearsed(one.Interview.Position)
	c.Facts.Invites = []flowd.Invite{one}
	one.Interview = interviewOf(c.Event, c.Facts, false)
	return []flowd.Invite{one}
}

// rule is whose test it is to be, nil for all rules, and the file that it stands
// in.
func (c Case) rule(set *Set, decide Decide) (*Rule, string, error) {
	if c.Rule != "" {
		r, ok := set.Rule(c.Rule)
		switch {
		case !ok:
			return nil, "", fmt.Errorf("there is no rule %q: %s", c.Rule, didYouMean(c.Rule, set.ids(), "`flowd status` names them"))
		case c.File != "" && r.File != c.File:
			return nil, "", fmt.Errorf("the rule %s stands in %s, not in %s", r.ID, r.File, c.File)
		}
		return r, r.File, nil
	}
	var fit []*Rule
	most := 1
	for _, d := range decide(set.rehearsal(nil), c.Event, c.Facts, c.At) {
		r, ok := set.Rule(d.Rule)
		if !ok || c.File != "" && r.File != c.File {
			continue
		}
		switch says := weight(d); {
		case says > most:
			most, fit = says, []*Rule{r}
		case says == most:
			fit = append(fit, r)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], fit[0].File, nil
	case len(fit) > 1:
		var ids []string
		for _, r := range fit {
			ids = append(ids, r.ID)
		}
		return nil, "", fmt.Errorf("%s decide about the event: say with --rule whose test it is to be", strings.Join(ids, " and "))
	case c.File != "":
		return nil, c.File, nil
	}
	return nil, "", errors.New("no rule looks at this event: say with --rule whose test it is to be, or with --file into which file a test of all rules goes")
}

// otherwise says what the rule answered that day, where that is not what it
// answers now, or "".
func (c Case) otherwise(r *Rule, now outcome) string {
	for _, d := range c.Decided {
		if d.Rule != r.ID {
			continue
		}
		acted := slices.ContainsFunc(d.Actions, func(a flowd.Action) bool { return a.Kind != flowd.ActionDecide && a.Kind != flowd.ActionTimer })
		why := reasonOf(d.Reason, d.Because)
		switch {
		case acted && len(now.acts) == 0:
			return fmt.Sprintf("that day the rule %s acted; by the rules and by what is known now it does not", r.ID)
		case !acted && len(now.acts) > 0 && d.Verdict != flowd.Matched:
			return fmt.Sprintf("that day the rule %s did not act (%s); by the rules and by what is known now it does", r.ID, why)
		case !acted && len(now.acts) == 0 && d.Verdict != flowd.Matched && !slices.Contains(now.why, why):
			return fmt.Sprintf("that day it was something else that kept the rule %s from acting: %s", r.ID, why)
		}
	}
	return ""
}

// weight is how much a decision says of its rule: one that acts, most.
func weight(d flowd.Decision) int {
	switch {
	case len(d.Actions) > 0:
		return 3
	case d.Reason == flowd.ReasonDisabled || d.Reason == flowd.ReasonClosing || d.Reason == flowd.ReasonNoRule:
		return 0
	case d.Verdict == flowd.Unmatched && d.Reason != flowd.ReasonCondition:
		return 1
	}
	return 2
}

func (s *Set) ids() []string {
	out := make([]string, len(s.rules))
	for i, r := range s.rules {
		out[i] = r.ID
	}
	return out
}

// summary is what an event came to, but for texts that tell of the person.
func (o outcome) summary() string {
	var parts []string
	for _, a := range o.acts {
		what := string(a.kind)
		if a.kind == flowd.ActionInvite {
			what = fmt.Sprintf("invited to %q", a.target)
		}
		if a.isHeld {
			what += ", held"
		}
		parts = append(parts, what+" at "+a.at.UTC().Format(time.RFC3339))
	}
	for _, why := range o.held {
		parts = append(parts, "held: "+why)
	}
	if len(parts) == 0 {
		parts = append([]string{"nothing is done"}, slices.Compact(slices.Clone(o.why))...)
	}
	return strings.Join(parts, ", ")
}

// fixtureOf is the event of a case with everything personal made up.
func (s *Set) fixtureOf(m *mask, c Case) fixtureKeys {
	ev, app := c.Event, c.Facts.Application
	stage, from := stagesOf(ev, c.Facts)
	k := fixtureKeys{Type: string(ev.Type), ATS: ev.ATS, At: ev.At, Received: c.At, Stage: stageOf(stage), From: stageOf(from)}
	k.Source, k.Via = ev.Source, string(ev.Via)
	if job := app.Job; job.ID+job.Name+job.Department+job.Location+job.Country != "" || len(job.Tags) > 0 {
		k.Job = &jobKeys{Job: job}
	}
	k.Candidate, k.Application, k.Fields = m.candidate(app), m.application(app), m.custom(app.Fields)
	if len(c.Facts.Invites) == 0 && !ev.Type.OfInterview() {
		return k
	}
	i, ours := interviewOf(ev, c.Facts, false), len(c.Facts.Invites) > 0
	k.Interview = &interviewKeys{ID: m.id(i.ID), Position: i.Position.Name, Status: string(i.Status), Answered: &i.Answered, Score: i.Score,
		Duration: i.Duration, InvitedAt: i.CreatedAt, FinishedAt: i.CompletedAt, Again: i.Again, Deleted: i.Deleted}
	if ours {
		k.Interview.Rule = c.Facts.Invites[0].Rule
	} else {
		k.Interview.Ours = &ours
	}
	return k
}

func stageOf(stage flowd.Stage) *stageKeys {
	if stage.IsZero() {
		return nil
	}
	return &stageKeys{stage}
}

// rehearsed is a position as tests know it: by what the rules call it, else by its
// name.
func (s *Set) rehearsed(p flowd.Position) flowd.Position {
	name := cmp.Or(p.Name, p.ID)
	for _, w := range s.book.positions {
		if FoldName(w.text) == FoldName(p.Name) || w.text == p.ID {
			name = w.text
			break
		}
	}
	return flowd.Position{ID: FoldName(name), Name: name}
}

package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/links"
	"flowd/rules"
	"flowd/state"
)

// approvalForm is what a page asks: whom it is about, and two buttons.
type approvalForm struct {
	words
	Approver string
	Batch    string
	Rule     string
	About    string // the rule's description
	InWords  string // the whole rule
	Why      string // why they wait
	Pace     string // how many of them go out at a time
	Mover    string // what is not known of who moved them
	People   []heldPerson
	Count    int // of those whom a yes is about
	Own      int // of those whom it is not about
	More     bool
	Names    bool // some are moved by somebody whom the ATS names

	Path, Shown, Signature string // of what is sent
}

// Yes and No are the buttons.
func (q *approvalForm) Yes() string { return q.yes }

// No is the other button.
func (q *approvalForm) No() string { return q.no }

// What heads the column of what is done.
func (q *approvalForm) What() string { return q.what }

// heldPerson is one line.
type heldPerson struct {
	Name, Job, Stage string
	What             string // the position, or what is to be done
	MovedBy          string
	Own              bool // the approver moved them
	Goes             string

	key flowd.IdempotencyKey
}

// form puts the question about rows that are held for it.
func (p *Approvals) form(ctx context.Context, l link, rows []state.Row) (*approvalForm, error) {
	q := &approvalForm{Approver: l.Approver, Batch: l.Batch, Rule: rows[0].Action.Rule, Why: rows[0].Detail, More: len(rows) == maxAsked, Path: links.ApprovalPath + l.token}
	set, who := p.Rules(), p.who(l)
	rule, _ := set.Rule(q.Rule) // it asks, so it is there
	q.About = rule.Description
	q.InWords, _ = set.Describe(q.Rule)
	q.Pace = pace(rule)
	moved := 0
	for _, row := range rows {
		stories, err := p.Store.Story(ctx, state.Ref{Action: row.Action.Key})
		if err != nil {
			return nil, err
		}
		if len(stories) == 0 {
			return nil, fmt.Errorf("nothing is known of the application of %s", row.Action.Key.Short())
		}
		person := p.held(rule, stories[0], row, who)
		if person.MovedBy != "" {
			moved++
		}
		if person.Own {
			q.Own++
		}
		q.People = append(q.People, person)
	}
	slices.SortStableFunc(q.People, func(a, b heldPerson) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	var shown []string
	for _, person := range q.People {
		shown = append(shown, person.key.Short())
	}
	q.Count, q.Names = len(rows)-q.Own, moved > 0
	q.Mover = unknownMovers(len(rows), moved, rule, who)
	if q.words = wordsFor(rows[0].Action.Kind, len(rows)); q.Own > 0 {
		q.yes = otherYes(rows[0].Action.Kind, q.Count)
	}
	q.Shown = strings.Join(shown, ".")
	q.Signature = p.signer.Load().Form(l.token, q.Shown)
	return q, nil
}

// held is one of them.
func (p *Approvals) held(rule *rules.Rule, s state.Story, row state.Row, who approver) heldPerson {
	app, act := s.Application, row.Action
	person := heldPerson{
		Name: app.Candidate.FullName(), Job: nameOf(act.Job.Name, act.Job.ID), Stage: nameOf(act.Stage.Name, act.Stage.ID),
		What: nameOf(act.Position.Name, act.Position.ID), MovedBy: s.MovedBy(act.Event), key: act.Key,
	}
	if person.Name == "" {
		person.Name = cmp.Or(app.Candidate.Email, app.ID)
	}
	if act.Kind != flowd.ActionInvite {
		person.What = toBeDone(s.Rows, act)
	}
	person.Own = !rule.SelfApproval && who.moved(person.MovedBy)
	now := p.Now()
	at := now
	if act.NotBefore.After(now) {
		at = act.NotBefore
	}
	if person.Goes = "right after a yes"; rule.Opens(app, at).After(now) {
		person.Goes = "on " + when(rule.Opens(app, at))
	}
	return person
}

// toBeDone is what a rule would do, step by step.
func toBeDone(rows []state.Row, first flowd.Action) string {
	var steps []string
	for _, r := range rows {
		if a := r.Action; a.Event == first.Event && a.Rule == first.Rule && a.Kind.Reaction() && (a.Key == first.Key || r.State == flowd.Blocked) {
			steps = append(steps, Record{Entry: entryOf(r)}.Heading())
		}
	}
	return strings.Join(steps, ", then: ")
}

// pace is how the rule spreads what it sends, in words.
func pace(rule *rules.Rule) string {
	var most []string
	if rule.PerHour > 0 {
		most = append(most, fmt.Sprintf("%d an hour", rule.PerHour))
	}
	if rule.PerDay > 0 {
		most = append(most, fmt.Sprintf("%d a day", rule.PerDay))
	}
	if len(most) == 0 {
		return ""
	}
	return "At most " + strings.Join(most, " and ") + " go out; the others wait for their turn."
}

// unknownMovers says what is not known of who moved them.
func unknownMovers(people, moved int, rule *rules.Rule, who approver) string {
	switch {
	case moved == 0:
		return "Who moved them is not known: the ATS does not say."
	case rule.SelfApproval:
	case len(who.addresses) == 0:
		return "flowd knows no address of " + who.name + ", so it cannot tell whether you moved somebody yourself. Then leave the answer to somebody else."
	case moved < people:
		return "Of some the ATS does not say who moved them."
	}
	return ""
}

package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Present is somebody who stands in a mapped stage, under the one word that says
// how: of the row that was promised for the stage, else why there is none.
type Present struct {
	Entry
	// Would tells that the rules that serve would invite somebody who came there
	// now; Position is where to.
	Would bool `json:"would,omitempty"`
	// Do is the command that invites the person; empty where an order would be
	// refused, too.
	Do string `json:"do,omitempty"`
}

// Presence is the question who stands in a mapped stage.
type Presence struct {
	Store  state.Store
	Rules  *rules.Set
	Decide rules.Decide
	Now    time.Time
	Show   bool // names and addresses
}

// Each calls each with everybody who stands in a stage that a rule which is not
// disabled looks at, by ATS and application: with each exactly once.
func (q Presence) Each(ctx context.Context, each func(Present, flowd.Stage) error) error {
	f := state.Filter{Subject: state.Standing, Covered: true, Pick: q.mapped}
	for page := (state.Page{Limit: 1000}); ; {
		found, err := q.Store.Find(ctx, f, page)
		if err != nil {
			return err
		}
		for i, t := range found.Told {
			p, err := q.present(ctx, t, found.Rows[i])
			if err != nil {
				return err
			}
			p.Name, p.Email = shown(found.People[i], q.Show)
			if err := each(p, t.Facts.Application.Stage); err != nil {
				return err
			}
		}
		if page.After = found.Next; page.After == "" {
			return nil
		}
	}
}

func (q Presence) mapped(t state.Told) bool {
	return len(q.Rules.Mapped(t.Event.ATS, t.Facts.Application.Stage)) > 0
}

func (q Presence) present(ctx context.Context, t state.Told, row state.Row) (Present, error) {
	if row.Action.Key != "" {
		return Present{Entry: entryOf(row)}, nil
	}
	app := t.Facts.Application
	p := Present{Entry: leftEntry(t)}
	p.Application, p.Candidate = app.ID, app.Candidate.ID
	p.Job, p.Stage = nameOf(app.Job.Name, app.Job.ID), nameOf(app.Stage.Name, app.Stage.ID)
	if p.Word == flowd.WordWaiting && t.Event.Key != "" {
		return p, nil // its decision is on the way
	}
	p.Word = flowd.WordNotInvited
	switch {
	case t.Event.Key == "":
		p.Why, p.At = "what was decided is not kept any more", time.Time{}
	case !t.Event.Stage.Same(app.Stage), p.Reason == flowd.ReasonNone:
		// What was promised ended with nothing sent, or for another stage.
		if err := q.ended(ctx, &p, app.Stage); err != nil {
			return p, err
		}
	}
	q.now(&p, t)
	return p, nil
}

// ended adds why the newest invite that was promised for the stage came to
// nothing.
func (q Presence) ended(ctx context.Context, p *Present, stage flowd.Stage) error {
	stories, err := q.Store.Story(ctx, state.Ref{Application: p.Application})
	if err != nil {
		return err
	}
	for _, s := range stories {
		for _, row := range s.Rows {
			asked := row.Action.Kind == flowd.ActionInvite || row.Action.Kind == flowd.ActionDecide
			if s.ATS == p.ATS && asked && row.Action.Mode != flowd.Shadow && row.State == flowd.Cancelled && row.Action.Stage.Same(stage) {
				p.Reason, p.Why, p.Rule, p.At = row.Reason, why(row.Reason, row.Detail), row.Action.Rule, row.Updated
			}
		}
	}
	if p.Why == "" {
		p.Reason, p.Why = flowd.ReasonBaseline, flowd.ReasonBaseline.InWords()
	}
	return nil
}

// now asks the rules that serve what they would do if the person came now.
func (q Presence) now(p *Present, t state.Told) {
	app, told := t.Facts.Application, q.asked(t)
	for _, d := range told.Decisions {
		for _, act := range d.Actions {
			if act.Kind == flowd.ActionInvite && act.Mode != flowd.Shadow {
				p.Would, p.Rule, p.Position = true, d.Rule, nameOf(act.Position.Name, act.Position.ID)
			}
		}
	}
	today := leftEntry(told)
	if !p.Would && today.Reason != flowd.ReasonNone && today.Reason != p.Reason {
		p.Why += "; and now: " + today.Why
		p.Rule = cmp.Or(p.Rule, today.Rule)
	}
	switch _, leads := q.Rules.PositionFor(app, told.Event.Source); {
	case (api{}).unwelcome(app, "") != "":
	case leads:
		p.Do = "flowd invite --candidate " + p.Application
	default:
		p.Do = "flowd invite --candidate " + p.Application + " --position NAME"
	}
}

// asked is what the rules that serve would decide if somebody came to where they
// stand now.
func (q Presence) asked(t state.Told) state.Told {
	app := t.Facts.Application
	ev := flowd.Event{Key: "present", Source: q.source(t), ATS: t.Event.ATS, Type: flowd.StageEntered, At: q.Now, Received: q.Now,
		Via: flowd.ViaUnknown, Application: app, From: t.Event.From, Stage: app.Stage}
	facts := flowd.Facts{Application: app, Previous: t.Event.From, Invites: t.Facts.Invites}
	return state.Told{Event: ev, Facts: facts, Decided: q.Now, Decisions: q.Decide(q.Rules, ev, facts, q.Now)}
}

// source is the one that told of somebody, or one of their ATS.
func (q Presence) source(t state.Told) string {
	if t.Event.Source != "" {
		return t.Event.Source
	}
	return q.Rules.SourceOf(t.Event.ATS)
}

// Balance is how many stand in the mapped stages of an ATS, by word: each of them
// under exactly one.
type Balance struct {
	ATS    string             `json:"ats"`
	People int                `json:"people"`
	Words  map[flowd.Word]int `json:"words"`
	// NotInvited are the reasons of that word, in words.
	NotInvited map[string]int `json:"not_invited,omitempty"`
	// Shown is how many the ATS itself shows there; nil where it did not show all.
	Shown *int `json:"shown,omitempty"`
}

// Balances counts everybody who stands in a mapped stage.
type Balances map[string]*Balance

// Add counts one of them.
func (b Balances) Add(p Present) {
	of := b[p.ATS]
	if of == nil {
		of = &Balance{ATS: p.ATS, Words: map[flowd.Word]int{}, NotInvited: map[string]int{}}
		b[p.ATS] = of
	}
	of.People++
	of.Words[p.Word]++
	if p.Word == flowd.WordNotInvited {
		of.NotInvited[cmp.Or(p.Reason.InWords(), p.Why)]++
	}
}

// Sorted are the balances by ATS.
func (b Balances) Sorted() []Balance {
	out := []Balance{}
	for _, ats := range slices.Sorted(maps.Keys(b)) {
		out = append(out, *b[ats])
	}
	return out
}

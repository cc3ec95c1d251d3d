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

// ended puts the person where the newest row of the stage says that counts for
// nothing: its invite came to nothing, or its rule only records.
func (q Presence) ended(ctx context.Context, p *Present, stage flowd.Stage) error {
	stories, err := q.Store.Story(ctx, state.Ref{Application: p.Application})
	if err != nil {
		return err
	}
	p.Reason, p.Why = flowd.ReasonBaseline, flowd.ReasonBaseline.InWords()
	var last *state.Row
	for _, s := range stories {
		for i, row := range s.Rows {
			act := row.Action
			if s.ATS != p.ATS || act.Kind != flowd.ActionInvite && act.Kind != flowd.ActionDecide || row.State == flowd.Replaced || !act.Stage.Same(stage) {
				continue
			}
			if last == nil || act.Mode != flowd.Shadow || last.Action.Mode == flowd.Shadow {
				last = &s.Rows[i]
			}
		}
	}
	if last == nil {
		return nil
	}
	named, address := p.Name, p.Email
	p.Entry = entryOf(*last)
	if p.Name, p.Email = named, address; p.Why == "" && last.Action.Mode == flowd.Shadow {
		p.Reason, p.Why = flowd.ReasonShadow, flowd.ReasonShadow.InWords()
	}
	return nil
}

// unlisted are those who were left out of the mapped stage where they stand and are
// not among state.Left, because a row says how they stood elsewhere, or before, or
// because no move that is kept says that they came.
func (a api) unlisted(ctx context.Context, f state.Filter, page state.Page, show bool) (out []Entry, next string, err error) {
	if a.Rules() == nil {
		return nil, "", nil
	}
	q := Presence{Store: a.Store, Rules: a.Rules(), Decide: a.Decide, Now: a.Now()}
	found, err := a.Store.Find(ctx, state.Filter{Subject: state.Standing, Job: f.Job, Pick: q.mapped}, page)
	if err != nil {
		return nil, "", err
	}
	for i, t := range found.Told {
		p, err := q.present(ctx, t, state.Row{})
		if err != nil {
			return nil, "", err
		}
		fits := p.Word == flowd.WordNotInvited && p.State == "" && (f.Rule == "" || f.Rule == p.Rule) && !p.At.Before(f.Since) &&
			(len(f.Reasons) == 0 || slices.Contains(f.Reasons, p.Reason))
		if !fits {
			continue
		}
		if t.Left() {
			placed, err := a.placed(ctx, t)
			if err != nil {
				return nil, "", err
			}
			if !placed {
				continue
			}
		}
		p.Position = ""
		p.Name, p.Email = shown(found.People[i], show)
		out = append(out, p.Entry)
	}
	return out, found.Next, nil
}

// placed tells whether an application has a row that says where it stands, or
// stood.
func (a api) placed(ctx context.Context, t state.Told) (bool, error) {
	stories, err := a.Store.Story(ctx, state.Ref{Application: t.Facts.Application.ID})
	for _, s := range stories {
		if s.ATS == t.Event.ATS && slices.ContainsFunc(s.Rows, func(r state.Row) bool { return r.State != flowd.Replaced && state.Places(r.Action) }) {
			return true, err
		}
	}
	return false, err
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
	from, via := t.Came(app.Stage)
	ev := flowd.Event{Key: "present", Source: q.source(t), ATS: t.Event.ATS, Type: flowd.StageEntered, At: q.Now, Received: q.Now,
		Via: via, Application: app, From: from, Stage: app.Stage}
	facts := flowd.Facts{Application: app, Previous: from, Invites: t.Facts.Invites}
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

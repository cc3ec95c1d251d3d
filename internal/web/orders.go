package web

import (
	"net/http"
	"slices"
	"strings"

	"flowd"
	"flowd/state"
)

// Order is what release and cancel ask for. A preview changes nothing and
// returns the same lines.
type Order struct {
	Verb    state.Verb `json:"verb"`
	Who     string     `json:"who,omitempty"` // an address, candidate, application or short key
	Rule    string     `json:"rule,omitempty"`
	Batch   string     `json:"batch,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	Preview bool       `json:"preview,omitempty"`
	Show    bool       `json:"show,omitempty"`
	By      string     `json:"by"`
	Why     string     `json:"why,omitempty"`
}

// maxOrder bounds how many rows one order touches.
const maxOrder = 10_000

func (a api) amend(r *http.Request) (any, error) {
	var o Order
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	states := map[state.Verb][]flowd.ActionState{
		state.Release: {flowd.Held, flowd.NeedsPerson, flowd.GivenUp, flowd.Waiting},
		state.Cancel:  {flowd.Held, flowd.NeedsPerson, flowd.GivenUp, flowd.Waiting, flowd.Due},
	}[o.Verb]
	switch {
	case states == nil:
		return nil, wrong("the order is release or cancel")
	case o.Who == "" && o.Rule == "" && o.Batch == "" && o.Reason == "":
		return nil, wrong("say whom: a person, a rule, a batch or a reason")
	case o.By == "":
		return nil, wrong("say who gives the order")
	}
	rows, people, err := a.rowsFor(r, o, states)
	if err != nil {
		return nil, err
	}
	list := List{Entries: []Entry{}}
	if o.Verb == state.Release {
		// While some of a batch are held, a release is about them, and cuts nobody's
		// wait short who was let go before.
		waits := func(row state.Row) bool { return row.State == flowd.Waiting }
		if o.Batch != "" && slices.ContainsFunc(rows, func(row state.Row) bool { return !waits(row) }) {
			rows = slices.DeleteFunc(rows, waits)
		}
		if rows, list.Note, err = a.leaveOwn(r.Context(), o, rows); err != nil {
			return nil, err
		}
		var torn string
		if rows, torn, err = a.leaveRivals(r.Context(), rows); err != nil {
			return nil, err
		}
		list.Note = strings.Trim(list.Note+"\n"+torn, "\n")
		// Whose an interview is, nobody has said by letting it go.
		all := len(rows)
		rows = slices.DeleteFunc(rows, func(row state.Row) bool { return row.Action.Kind == flowd.ActionTie })
		if all > 0 && len(rows) == 0 {
			return nil, wrong("the interview belongs to no application yet: say to which, with --application")
		}
	}
	if len(rows) == 0 {
		return nil, notFound("nothing to " + string(o.Verb) + " fits that: `flowd list --state held` shows what is held")
	}
	if !o.Preview {
		keys := make([]flowd.IdempotencyKey, len(rows))
		for i, row := range rows {
			keys[i] = row.Action.Key
		}
		rows, err = a.Store.Amend(r.Context(), state.Amendment{
			Verb: o.Verb, Select: state.Selection{Keys: keys}, By: o.By, Why: o.Why, Reason: flowd.ReasonByHand,
		}, a.Now())
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, &Problem{Status: http.StatusConflict, Text: "nothing was changed: what a pause holds goes on with `flowd resume`, and what was sent or is on its way stays as it is"}
		}
		a.Log.Info().Str("order", string(o.Verb)).Str("by", o.By).Int("rows", len(rows)).Msg("order")
		a.wake()
	}
	for _, row := range rows {
		e := entryOf(row)
		e.Name, e.Email = shown(people[row.Action.Key], o.Show)
		list.Entries = append(list.Entries, e)
	}
	return list, nil
}

func (a api) wake() {
	if a.Wake != nil {
		a.Wake()
	}
}

// rowsFor finds what an order means, with whom it concerns.
func (a api) rowsFor(r *http.Request, o Order, states []flowd.ActionState) ([]state.Row, map[flowd.IdempotencyKey]flowd.Candidate, error) {
	people := map[flowd.IdempotencyKey]flowd.Candidate{}
	var rows []state.Row
	wanted := func(row state.Row) bool {
		// Who was cancelled by mistake is let go by name, and not in bulk.
		byMistake := o.Verb == state.Release && row.State == flowd.Cancelled && row.Reason == flowd.ReasonByHand
		return (contains(states, row.State) || byMistake) && (o.Rule == "" || row.Action.Rule == o.Rule) &&
			(o.Batch == "" || row.Action.Batch == o.Batch) && (o.Reason == "" || string(row.Reason) == o.Reason)
	}
	if o.Who != "" {
		stories, err := a.stories(r, o.Who)
		one := named(stories, o.Who)
		for _, s := range stories {
			for _, row := range s.Rows {
				if wanted(row) && (one == "" || row.Action.Key == one) {
					rows, people[row.Action.Key] = append(rows, row), s.Application.Candidate
				}
			}
		}
		return rows, people, err
	}
	f := state.Filter{Subject: state.Actions, States: states, Rule: o.Rule, Batch: o.Batch}
	if o.Reason != "" {
		f.Reasons = []flowd.Reason{flowd.Reason(o.Reason)}
	}
	for page := (state.Page{Limit: 1000}); ; {
		found, err := a.Store.Find(r.Context(), f, page)
		if err != nil {
			return nil, nil, err
		}
		for i, row := range found.Rows {
			rows, people[row.Action.Key] = append(rows, row), found.People[i]
		}
		if found.Next == "" || len(rows) >= maxOrder {
			return rows, people, nil
		}
		page.After = found.Next
	}
}

// named is the one row that a reference names, or "" for one that means people:
// an order about a line of the list is about no other.
func named(stories []state.Story, x string) flowd.IdempotencyKey {
	for _, s := range stories {
		for _, row := range s.Rows {
			if k := row.Action.Key; k.Short() == x || k.ExternalID() == x {
				return k
			}
		}
	}
	return ""
}

// PauseOrder stops or resumes everything, or one rule.
type PauseOrder struct {
	Rule   string `json:"rule,omitempty"` // empty is everything
	Resume bool   `json:"resume,omitempty"`
	By     string `json:"by"`
	Why    string `json:"why,omitempty"`
}

func (a api) pause(r *http.Request) (any, error) {
	var o PauseOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	if o.By == "" {
		return nil, wrong("say who gives the order")
	}
	scopes := []state.Scope{state.ScopeAll}
	if o.Rule != "" {
		scopes = []state.Scope{state.ScopeRule(o.Rule)}
	}
	known := a.Rules() == nil
	for _, rule := range a.ruleIDs() {
		known = known || rule == o.Rule
	}
	now := a.Now()
	current, err := a.Store.Pause(r.Context(), state.PauseChange{}, now)
	if err != nil {
		return nil, err
	}
	if o.Rule != "" && !known && !(o.Resume && paused(current, scopes[0])) {
		return nil, notFound("no rule has the id " + o.Rule + ": " + strings.Join(a.ruleIDs(), ", "))
	}
	// Resuming everything also lifts the account's stop: a person who put a new
	// key in place, or bought invites, need not wait for the next probe.
	if o.Resume && o.Rule == "" {
		scopes = append(scopes, state.ScopeAccount)
	}
	for _, scope := range scopes {
		if o.Resume && !paused(current, scope) {
			continue
		}
		current, err = a.Store.Pause(r.Context(), state.PauseChange{
			Scope: scope, Lift: o.Resume,
			Pause: state.Pause{Reason: flowd.ReasonPaused, Detail: o.Why, Since: now, By: o.By},
		}, now)
		if err != nil {
			return nil, err
		}
	}
	a.Log.Info().Str("order", map[bool]string{true: "resume", false: "pause"}[o.Resume]).Str("by", o.By).
		Str("rule", o.Rule).Msg("order")
	a.wake()
	stops := []Stop{}
	for _, p := range current {
		stops = append(stops, stopOf(p, a.Info().Positions))
	}
	return stops, nil
}

func paused(current []state.Pause, scope state.Scope) bool {
	for _, p := range current {
		if p.Scope == scope {
			return true
		}
	}
	return false
}

func (a api) ruleIDs() []string {
	set := a.Rules()
	if set == nil {
		return nil
	}
	var ids []string
	for _, rule := range set.Rules() {
		ids = append(ids, rule.ID)
	}
	return ids
}

func contains(list []flowd.ActionState, s flowd.ActionState) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

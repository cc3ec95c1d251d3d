package web

import (
	"errors"
	"net/http"

	"flowd"
	"flowd/state"
)

// TieOrder says whose an interview is that flowd could not place: the key of its
// line in the list, or the interview's own id, and the application.
type TieOrder struct {
	Key         string `json:"key"`
	Application string `json:"application"`
	ATS         string `json:"ats,omitempty"`
	By          string `json:"by"`
	Why         string `json:"why,omitempty"`
}

func (a api) tie(r *http.Request) (any, error) {
	var o TieOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	switch {
	case o.Key == "" || o.Application == "":
		return nil, wrong("say which interview, and the application that it belongs to")
	case o.By == "":
		return nil, wrong("say who gives the order")
	}
	interview, err := a.untied(r, o.Key)
	if err != nil {
		return nil, err
	}
	s, problem, err := a.application(r.Context(), InviteRow{Application: o.Application, ATS: o.ATS})
	switch {
	case err != nil:
		return nil, err
	case problem != "":
		return nil, notFound("the application " + o.Application + ": " + problem)
	}
	store, ok := a.Store.(state.Interviews)
	if !ok {
		return nil, &Problem{Status: http.StatusNotImplemented, Text: "this state keeps no interviews"}
	}
	err = store.Tie(r.Context(), state.Tie{Interview: interview, ATS: s.ATS, Application: s.Application.ID, By: o.By, Why: o.Why}, a.Now())
	if errors.Is(err, state.ErrNotFound) {
		return nil, notFound("flowd does not know the interview or the application any more")
	}
	if err != nil {
		return nil, err
	}
	a.Log.Info().Str("order", "tie").Str("by", o.By).Str("interview", interview).Str("application", s.Application.ID).Msg("order")
	a.wake()
	return a.tell(s, false, ""), nil
}

// untied is the interview that a key names: of a line that stands for one, else
// the interview's id itself.
func (a api) untied(r *http.Request, key string) (string, error) {
	stories, err := a.lookUp(r.Context(), key)
	if err != nil {
		return "", err
	}
	one := named(stories, key)
	for _, s := range stories {
		for _, row := range s.Rows {
			if row.Action.Key == one && row.Action.Kind == flowd.ActionTie || row.Action.Kind == flowd.ActionTie && row.Action.Interview == key {
				return row.Action.Interview, nil
			}
		}
		if one == "" && s.ATS == flowd.Untied && s.Application.ID == key {
			return key, nil
		}
	}
	return "", notFound(key + " is no interview that waits for its application: `flowd list --state held` shows them")
}

// AlternativeOrder marks a person as interviewed in another way: flowd neither
// invites nor reminds them.
type AlternativeOrder struct {
	Who     string `json:"who"`
	ATS     string `json:"ats,omitempty"`
	By      string `json:"by"`
	Why     string `json:"why,omitempty"`
	Preview bool   `json:"preview,omitempty"`
	Show    bool   `json:"show,omitempty"`
}

// alternative marks every open application of a person, or the one that is
// named. Whoever is marked already is left as they are.
func (a api) alternative(r *http.Request) (any, error) {
	var o AlternativeOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	switch {
	case o.Who == "":
		return nil, wrong("say who is interviewed in another way")
	case o.By == "":
		return nil, wrong("say who gives the order")
	}
	stories, err := a.lookUp(r.Context(), o.Who)
	if err != nil {
		return nil, err
	}
	key := named(stories, o.Who)
	list := List{Entries: []Entry{}}
	var events []flowd.Event
	for _, s := range stories {
		app := s.Application
		if s.ATS == flowd.Untied || o.ATS != "" && s.ATS != o.ATS || key != "" && !holds(s, key) || ended(app) {
			continue
		}
		e := Entry{Word: flowd.WordNotInvited, Reason: flowd.ReasonAlternative, Why: flowd.ReasonAlternative.InWords(), ATS: s.ATS,
			Application: app.ID, Candidate: app.Candidate.ID, Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(app.Stage.Name, app.Stage.ID)}
		e.Name, e.Email = shown(app.Candidate, o.Show)
		list.Entries = append(list.Entries, e)
		if at, given := orderKey(s, orderBase("alternative", s.ATS, app.ID)); !given && !app.Alternative {
			events = append(events, flowd.Event{
				Key: at, ATS: s.ATS, Type: flowd.AlternativeOrdered, Application: flowd.Application{ID: app.ID, Alternative: true},
				Order: flowd.Order{By: o.By, Why: o.Why},
			})
		}
	}
	switch {
	case len(list.Entries) == 0:
		return nil, notFound("flowd knows of no open application of that person")
	case o.Preview:
		return list, nil
	}
	if _, err := a.order(r.Context(), events); err != nil {
		return nil, err
	}
	a.Log.Info().Str("order", "alternative").Str("by", o.By).Int("applications", len(events)).Msg("order")
	return list, nil
}

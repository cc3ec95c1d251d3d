package web

import (
	"fmt"
	"net/http"

	"flowd"
	"flowd/state"
)

// SendOnOrder sends on people who stand in a stage and were never invited for it:
// the serving rules decide each as if they came to it now. Naming somebody twice,
// in one order or two, invites nobody twice.
type SendOnOrder struct {
	// Rules is the digest of the rules whose plan the person saw; where others serve
	// by now the order is refused.
	Rules  string   `json:"rules"`
	People []SentOn `json:"people"`
	Batch  string   `json:"batch,omitempty"`
	By     string   `json:"by"`
	Why    string   `json:"why,omitempty"`
}

// SentOn is one person of a SendOnOrder, and in the answer what became of it: the
// order's key, or why there is none.
type SentOn struct {
	ATS         string `json:"ats"`
	Application string `json:"application"`
	Stage       string `json:"stage,omitempty"`
	StageID     string `json:"stage_id,omitempty"`
	Order       string `json:"order,omitempty"`
	Note        string `json:"note,omitempty"`
}

func (a api) sendOn(r *http.Request) (any, error) {
	var o SendOnOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	set := a.Rules()
	switch {
	case o.By == "":
		return nil, wrong("say who gives the order")
	case len(o.People) > MaxRows:
		return nil, wrong(fmt.Sprintf("at most %d people are sent on at once: send the list in parts, under one batch", MaxRows))
	case len(o.Batch) > 60:
		return nil, wrong("the batch has a name of at most 60 characters")
	case set == nil || set.Digest() != o.Rules:
		return nil, &Problem{Status: http.StatusConflict, Text: "other rules serve by now than those that were shown: run it again"}
	}
	if o.Batch == "" {
		o.Batch = NewBatch(a.Now().UTC().Format("20060102"))
	}
	var events []flowd.Event
	at := map[string]int{} // of each order, in the list
	for i := range o.People {
		p := &o.People[i]
		ev, err := a.standsStill(r, p, o)
		if err != nil {
			return nil, err
		}
		if _, twice := at[ev.Key]; ev.Key == "" || twice {
			continue
		}
		if ev.Source == "" {
			ev.Source = set.SourceOf(ev.ATS)
		}
		at[ev.Key] = i
		events = append(events, ev)
	}
	taken, err := a.order(r.Context(), events)
	if err != nil {
		return nil, err
	}
	a.Log.Info().Str("order", "send on").Str("by", o.By).Str("batch", o.Batch).Int("people", len(taken)).Msg("order")
	return o.People, nil
}

// standsStill is the event of an order about somebody; without a key where there
// is nothing to order, of which the note says why.
func (a api) standsStill(r *http.Request, p *SentOn, o SendOnOrder) (ev flowd.Event, err error) {
	s, problem, err := a.application(r.Context(), InviteRow{ATS: p.ATS, Application: p.Application})
	if err != nil || problem != "" {
		p.Note = problem
		return ev, err
	}
	app := s.Application
	if !app.Stage.Same(flowd.Stage{ID: p.StageID, Name: p.Stage}) {
		p.Note = "has left the stage"
		return ev, nil
	}
	for _, row := range s.Rows {
		if (&state.Entry{Row: row}).Covers(app.Stage) {
			p.Note = "was promised an invite: " + string(rowWord(row))
			return ev, nil
		}
	}
	key, given := orderKey(s, orderBase("send-on", s.ATS, app.ID, app.Stage.Key()))
	if p.Order = key; given {
		p.Note = "ordered already"
		return ev, nil
	}
	ev = flowd.Event{
		Key: key, Source: sourceOf(s), ATS: s.ATS, Type: flowd.StageOrdered, Stage: app.Stage, Application: flowd.Application{ID: app.ID},
		Order: flowd.Order{By: o.By, Why: o.Why, Batch: o.Batch},
	}
	ev.From, ev.Via = s.Came()
	if a.Fields != nil {
		ev.Application.Fields, err = a.Fields(r.Context(), s)
	}
	return ev, err
}

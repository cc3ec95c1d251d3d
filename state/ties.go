package state

import (
	"slices"
	"time"

	"flowd"
)

// Tied returns whose the interview is: of the rows that the ledger has for it, in
// their order, and of those to whom it was tied.
func (s *Sighted) Tied(rows []*Entry) (all []Tie) {
	for _, r := range rows {
		all = addTie(all, Tie{Interview: s.Interview.ID, ATS: r.Action.ATS, Application: r.Action.Application})
	}
	for _, t := range s.Ties {
		all = addTie(all, t)
	}
	return all
}

func addTie(all []Tie, t Tie) []Tie {
	if slices.ContainsFunc(all, t.same) {
		return all
	}
	return append(all, t)
}

func (t Tie) same(o Tie) bool { return t.ATS == o.ATS && t.Application == o.Application }

// TieTo adds a tie to those that there are, and tells whether it is new.
func (s *Sighted) TieTo(t Tie, there []Tie) bool {
	if slices.ContainsFunc(there, t.same) {
		return false
	}
	s.Ties = append(s.Ties, t)
	return true
}

// Events addresses an event of the interview to each application that it is tied
// to, or to the one that stands for it while there is none: that one has the
// person as Hireflix holds them.
func (s *Sighted) Events(ev flowd.Event, tied []Tie, person flowd.Candidate) []flowd.Event {
	if len(tied) > 0 {
		out := make([]flowd.Event, len(tied))
		for i, t := range tied {
			out[i] = s.For(ev, t)
		}
		return out
	}
	ev = s.For(ev, Tie{ATS: flowd.Untied, Application: s.Interview.ID})
	if s.Forgotten {
		person = flowd.Candidate{}
	}
	person.ID = s.Interview.ID
	ev.Application.Candidate = person
	return []flowd.Event{ev}
}

// For is an event of the interview for one application.
func (s *Sighted) For(ev flowd.Event, t Tie) flowd.Event {
	to := Owner{t.ATS, t.Application}
	return flowd.Event{Key: s.Key(ev, to), Source: ev.Source, ATS: t.ATS, Type: ev.Type, At: ev.At, Via: ev.Via,
		Application: flowd.Application{ID: t.Application}, Interview: ev.Interview}
}

// About is the interview that a settled attempt told of or changed; "" is none.
func (e *Entry) About(o flowd.Outcome) string {
	switch {
	case e.Action.Mode == flowd.Shadow:
	case o.Interview.ID != "":
		return o.Interview.ID
	case e.changed():
		return e.Action.Interview
	}
	return ""
}

// changed tells whether the row has changed an interview.
func (e *Entry) changed() bool {
	switch e.Action.Kind {
	case flowd.ActionShortlist, flowd.ActionDiscard, flowd.ActionWithdraw:
		return e.State == flowd.Done && e.effective()
	}
	return false
}

// Told takes over what a settled attempt told of the interview or did to it.
func (s *Sighted) Told(e *Entry, o flowd.Outcome, now time.Time) {
	if e.Interview.ID != "" {
		s.Learn(e.Interview)
	} else {
		s.Learn(flowd.Interview{ID: e.Action.Interview})
	}
	if e.changed() {
		s.Did(e.Action.Kind, o.Interview, now)
	}
	e.Shows(s.Interview)
}

// Invited is the event that a row which has become an invite makes; false for
// any other.
func (s *Sighted) Invited(e *Entry) (flowd.Event, bool) {
	if !e.MadeFor(s.Interview.ID) || s.Interview.ID == "" {
		return flowd.Event{}, false
	}
	ev := flowd.Event{Type: flowd.InterviewInvited, Source: e.Action.Source, At: s.Interview.CreatedAt, Interview: s.Interview}
	return s.For(ev, Tie{ATS: e.Action.ATS, Application: e.Action.Application}), true
}

package mem

import (
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// erased returns the applications of which nothing personal is to be left after
// an event: those of the person behind it, or where one of several was deleted
// that one, and with them what stood for their interviews while those were tied
// to none, or still does.
func (s *Store) erased(e *event) (all []appID) {
	a := s.apps[appID{e.ATS, e.Application.ID}]
	if a == nil {
		return nil
	}
	own := s.people[a.person].Applications
	if s.oneOf(e) {
		own = []string{e.Application.ID}
	}
	for _, id := range own {
		all = append(all, appID{e.ATS, id})
	}
	for id, known := range s.seen {
		untied := appID{flowd.Untied, id}
		if s.apps[untied] != nil && slices.ContainsFunc(s.ties(known), func(t state.Tie) bool {
			return t.ATS == e.ATS && slices.Contains(own, t.Application)
		}) {
			all = append(all, untied)
		}
	}
	for _, id := range s.unplaced(e, a, own) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// unplaced returns what stands for the interviews of the person's address that
// are tied to nobody, unless somebody else has that address too.
func (s *Store) unplaced(e *event, a *app, own []string) (all []appID) {
	email := s.people[a.person].Candidate.Email
	if email == "" || s.oneOf(e) {
		return nil
	}
	for _, id := range s.referred(state.Ref{Email: email}) {
		switch {
		case id.ats == flowd.Untied:
			all = append(all, id)
		case id.ats != e.ATS || !slices.Contains(own, id.id):
			return nil
		}
	}
	return all
}

// oneOf tells whether an event deletes one of several applications.
func (s *Store) oneOf(e *event) bool {
	p := s.people[s.apps[appID{e.ATS, e.Application.ID}].person]
	return e.Type == flowd.ApplicationDeleted && slices.ContainsFunc(p.Applications, func(id string) bool {
		return s.apps[appID{e.ATS, id}].known.Application.Status != flowd.StatusDeleted
	})
}

// end cancels what is owed to the erased.
func (s *Store) end(erased []appID, now time.Time) (keys []flowd.IdempotencyKey) {
	for number, r := range s.rows {
		if r != nil && slices.Contains(erased, appID{r.Action.ATS, r.Action.Application}) && r.Forget(now) {
			keys = append(keys, r.Action.Key)
			s.follow(number, now)
		}
	}
	return keys
}

// forget drops what is kept of the person behind an event.
func (s *Store) forget(e *event, erased []appID) {
	for _, other := range s.events[1:] {
		if other == nil || !slices.Contains(erased, appID{other.ATS, other.Application.ID}) {
			continue
		}
		if i := slices.Index(s.raw, other.raw); i >= 0 {
			s.dropRaw(i)
		}
	}
	for number, r := range s.rows {
		if r != nil && slices.Contains(erased, appID{r.Action.ATS, r.Action.Application}) {
			delete(s.texts, number)
		}
	}
	for _, id := range erased {
		p := s.people[s.apps[id].person]
		if id.ats == flowd.Untied {
			s.heard(id.id).Forgotten = true
		}
		if id.ats == e.ATS && s.oneOf(e) {
			p.Delete(id.id)
			continue
		}
		p.Forget()
	}
}

package bolt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// sighting is an interview as it is remembered, with the rows of the ledger that
// have it or are about it.
type sighting struct {
	*state.Sighted
	named *row   // by its external id; nil when there is none
	rows  []*row // oldest first
}

// sight takes in a sighting: what is new about the interview becomes events of
// each application that it is tied to.
func (t *tx) sight(seen flowd.Sighting, b flowd.Batch, body uint64, now time.Time, done *state.Admitted) error {
	known, err := t.sighted(seen.Interview.ID)
	if err != nil {
		return err
	}
	first, since := known.Interview.ID == "", known.StatusAt
	news := known.See(seen)
	at, err := t.sightingOf(known)
	if err != nil {
		return err
	}
	if err := t.show(at); err != nil {
		return err
	}
	tied := at.tied()
	if len(news) == 0 || first && b.Baseline && len(tied) == 0 {
		done.Unchanged++
		return t.saveSighted(known)
	}
	for _, ev := range news {
		said := flowd.Fresh
		if slices.ContainsFunc(at.rows, func(r *row) bool { return r.Asked(ev, since) }) {
			said = flowd.Own
		}
		for _, ev := range known.Events(ev, tied, seen.Candidate) {
			ev.Source = b.Source
			if err := t.take(ev, eventKey(ev.Key), said, body, now, done); err != nil {
				return err
			}
		}
	}
	return t.saveSighted(known)
}

// sightingOf reads the rows of an interview.
func (t *tx) sightingOf(known *state.Sighted) (sighting, error) {
	at := sighting{Sighted: known}
	for _, n := range t.rowsBy(state.Ref{Interview: known.Interview.ID}) {
		r, err := t.row(n)
		if err != nil || r == nil {
			return at, errors.Join(err, missing(r == nil, "a row of an interview"))
		}
		at.rows = append(at.rows, r)
	}
	slices.SortFunc(at.rows, func(a, b *row) int { return int(a.number) - int(b.number) })
	if !strings.HasPrefix(known.Interview.ExternalID, externalPrefix) {
		return at, nil
	}
	for _, n := range t.rowsBy(state.Ref{ExternalID: known.Interview.ExternalID}) {
		if i := slices.IndexFunc(at.rows, func(r *row) bool { return r.number == n }); i >= 0 {
			at.named = at.rows[i]
			continue
		}
		r, err := t.row(n)
		if err != nil {
			return at, err
		}
		if r != nil && r.Action.Key.ExternalID() == known.Interview.ExternalID {
			at.named = r
		}
	}
	if at.named != nil && !at.named.Names() {
		at.named = nil
	}
	return at, nil
}

// show brings the rows of an interview up to how it was seen last.
func (t *tx) show(at sighting) error {
	rows := at.rows
	if at.named != nil && !slices.Contains(rows, at.named) {
		rows = append(slices.Clone(rows), at.named)
	}
	for _, r := range rows {
		if r.Interview.ID != at.Interview.ID && r != at.named || !r.Shows(at.Interview) {
			continue
		}
		if err := t.saveRow(r); err != nil {
			return err
		}
	}
	if i := at.Interview; strings.HasPrefix(i.ExternalID, externalPrefix) && (at.named == nil || at.named.Interview.ID != i.ID) {
		return t.put(ties, idKey("", i.ExternalID, i.ID), []byte(i.ID)) // its row has, or will have, another one
	}
	return nil
}

// tied returns the applications that the interview is tied to.
func (at sighting) tied() []state.Tie {
	var rows []*state.Entry
	if at.named != nil {
		rows = append(rows, &at.named.Entry)
	}
	for _, r := range at.rows {
		if r.MadeFor(at.Interview.ID) {
			rows = append(rows, &r.Entry)
		}
	}
	return at.Tied(rows)
}

// learnFrom takes over what a settled attempt told or did. A new invite is an
// event. The row is saved by the caller.
func (t *tx) learnFrom(e *row, o flowd.Outcome, now time.Time) error {
	about := e.About(o)
	if about == "" {
		return nil
	}
	known, err := t.sighted(about)
	if err != nil {
		return err
	}
	known.Told(&e.Entry, o, now)
	if err := t.saveRow(e); err != nil {
		return err
	}
	at, err := t.sightingOf(known)
	if err != nil {
		return err
	}
	if err := t.show(at); err != nil {
		return err
	}
	if ev, is := known.Invited(&e.Entry); is && t.get(eventKeys, eventKey(ev.Key)) == nil {
		if err := t.take(ev, eventKey(ev.Key), flowd.Fresh, 0, now, &state.Admitted{}); err != nil {
			return err
		}
	}
	return t.saveSighted(known)
}

// Tie implements state.Interviews.
func (s *Store) Tie(ctx context.Context, tie state.Tie, now time.Time) error {
	now = state.Instant(now)
	return s.update(ctx, func(t *tx) error {
		known, err := t.sighted(tie.Interview)
		if err != nil {
			return err
		}
		a, err := t.application(tie.ATS, tie.Application)
		if err != nil {
			return err
		}
		if known.Interview.ID == "" || a.person == "" || tie.ATS == flowd.Untied {
			return state.ErrNotFound
		}
		stood, err := t.rowOf(keys, string(flowd.TieKey(tie.Interview)))
		if err != nil {
			return err
		}
		if stood != nil && stood.Tied(tie, now) {
			if err := t.turned(stood, now); err != nil {
				return err
			}
		}
		at, err := t.sightingOf(known)
		if err != nil || !known.TieTo(tie, at.tied()) {
			return err
		}
		if err := t.put(ties, idKey(tie.ATS, tie.Application, tie.Interview), []byte(tie.Interview)); err != nil {
			return err
		}
		return errors.Join(t.retell(known, tie, now), t.saveSighted(known))
	})
}

// retell makes what was taken in of an untied interview events of the
// application that it is tied to.
func (t *tx) retell(known *state.Sighted, tie state.Tie, now time.Time) error {
	told, err := t.eventsOf(flowd.Untied, tie.Interview)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(told) {
		if !e.Type.OfInterview() {
			continue
		}
		ev := known.For(e.Event, tie)
		if t.get(eventKeys, eventKey(ev.Key)) != nil {
			continue
		}
		if err := t.take(ev, eventKey(ev.Key), e.facts.Novelty, 0, now, &state.Admitted{}); err != nil {
			return err
		}
	}
	return nil
}

// Interviews implements state.Interviews.
func (s *Store) Interviews(ctx context.Context, f state.InterviewFilter, p state.Page) (page []state.Seen, next string, err error) {
	from := idKey("", p.After)
	if f.ID != "" {
		from = idKey("", f.ID)
	}
	for done := false; !done && next == ""; {
		err = s.view(ctx, func(t *tx) error {
			visited := 0
			done = true
			return t.scan(sighted, from, func(k, v []byte) (bool, error) {
				if visited++; visited > perView {
					from, done = string(k), false
					return false, nil
				}
				known, err := decodeSighted(v)
				if err != nil || known.Interview.ID == p.After || !f.Fits(known.Interview) {
					return err == nil && (f.ID == "" || known.Interview.ID == f.ID), err
				}
				if len(page) == p.Size() {
					next = page[len(page)-1].Interview.ID
					return false, nil
				}
				at, err := t.sightingOf(known)
				one := known.Seen
				one.Ties = at.tied()
				page = append(page, one)
				return true, err
			})
		})
		if err != nil {
			return nil, "", err
		}
	}
	return page, next, nil
}

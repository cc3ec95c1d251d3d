package bolt

import (
	"context"
	"encoding/base32"
	"errors"
	"slices"
	"strings"

	"flowd"
	"flowd/state"
)

// event reads one by number; nil when there is none, or no longer.
func (t *tx) event(n uint64) (*event, error) {
	if n == 0 {
		return nil, nil
	}
	b := t.get(events, numberKey(n))
	if b == nil {
		return nil, nil
	}
	return t.readEvent(n, b)
}

func (t *tx) readEvent(n uint64, record []byte) (*event, error) {
	e := &event{number: n}
	return e, e.read(&reader{b: record, names: t.names}, false)
}

// eventsOf follows the chain of an application's events, newest first.
func (t *tx) eventsOf(ats, id string) (chain []*event, err error) {
	a, err := t.application(ats, id)
	if err != nil {
		return nil, err
	}
	for n := a.lastEvent; n > 0; {
		e, err := t.event(n)
		if err != nil {
			return nil, err
		}
		if e == nil {
			break // pruned, and so is all before it
		}
		chain = append(chain, e)
		n = e.before
	}
	return chain, nil
}

// rowsOf follows the chain of an application's rows, newest first.
func (t *tx) rowsOf(ats, id string) (chain []uint64, err error) {
	a, err := t.application(ats, id)
	if err != nil {
		return nil, err
	}
	for n := a.lastRow; n > 0; {
		chain = append(chain, n)
		r, err := t.row(n)
		if err != nil || r == nil {
			return nil, errors.Join(err, missing(r == nil, "a row of an application"))
		}
		n = r.before
	}
	return chain, nil
}

// told is an event with what was decided, and with the person's values.
func (t *tx) told(e *event) (state.Told, error) {
	told := state.Told{Event: e.Event, Facts: e.facts, Decided: e.decided}
	app, err := t.filled(e.ATS, e.Application, e.private)
	if err != nil {
		return told, err
	}
	told.Event.Application, told.Facts.Application = app, app
	for _, d := range e.made {
		for _, n := range d.rows {
			r, err := t.row(n)
			if err != nil || r == nil {
				return told, errors.Join(err, missing(r == nil, "a row of a decision"))
			}
			d.Actions = append(d.Actions, r.Action)
		}
		told.Decisions = append(told.Decisions, d.Decision)
	}
	return told, nil
}

// bare is an event with what was decided, without anything personal and without
// the actions.
func (e *event) bare() state.Told {
	told := state.Told{Event: e.Event, Facts: e.facts, Decided: e.decided}
	if len(e.made) > 0 {
		told.Decisions = make([]flowd.Decision, len(e.made))
		for i, d := range e.made {
			told.Decisions[i] = d.Decision
		}
	}
	return told
}

// toldBy is told for an event that must be there.
func (t *tx) toldBy(n uint64) (state.Told, error) {
	e, err := t.event(n)
	if err != nil || e == nil {
		return state.Told{}, errors.Join(err, missing(e == nil, "an event"))
	}
	return t.told(e)
}

// filled returns a stored application with what is kept of its person.
func (t *tx) filled(ats string, public flowd.Application, version uint64) (flowd.Application, error) {
	if public.ID == "" {
		return public, nil
	}
	a, err := t.application(ats, public.ID)
	if err != nil {
		return public, err
	}
	p, err := t.person(a.person)
	return p.fill(public, version), err
}

// Story implements state.Ledger.
func (s *Store) Story(ctx context.Context, ref state.Ref) (stories []state.Story, err error) {
	err = s.view(ctx, func(t *tx) error {
		found, err := t.referred(ref)
		if err != nil {
			return err
		}
		slices.SortFunc(found, func(a, b [2]string) int {
			return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1])
		})
		for _, id := range slices.Compact(found) {
			story, err := t.story(id[0], id[1])
			if err != nil {
				return err
			}
			stories = append(stories, story)
		}
		return nil
	})
	return stories, err
}

func (t *tx) story(ats, id string) (story state.Story, err error) {
	a, err := t.application(ats, id)
	if err != nil {
		return story, err
	}
	public := a.known.Application
	public.ID = id
	story.ATS = ats
	if story.Application, err = t.filled(ats, public, a.private); err != nil {
		return story, err
	}
	chain, err := t.eventsOf(ats, id)
	if err != nil {
		return story, err
	}
	for _, e := range slices.Backward(chain) {
		told, err := t.told(e)
		if err != nil {
			return story, err
		}
		story.Events = append(story.Events, told)
	}
	own, err := t.rowsOf(ats, id)
	for _, n := range slices.Backward(own) {
		r, rerr := t.row(n)
		if rerr != nil {
			return story, rerr
		}
		story.Rows = append(story.Rows, r.Row)
	}
	return story, err
}

// referred returns the applications that a reference names, each as ATS and id.
func (t *tx) referred(ref state.Ref) (found [][2]string, err error) {
	switch {
	case ref.Email != "":
		all, err := t.withAddress(ref.Email)
		return ofPeople(all), err
	case ref.Candidate != "":
		key := state.PersonKey(flowd.Application{Candidate: flowd.Candidate{ID: ref.Candidate}})
		for _, ats := range t.systems() {
			p, err := t.person(idKey(ats, key))
			if err != nil {
				return nil, err
			}
			if p != nil {
				found = append(found, ofPeople([]*person{p})...)
			}
		}
		return found, nil
	case ref.Application != "":
		for _, ats := range t.systems() {
			if t.has(apps, idKey(ats, ref.Application)) {
				found = append(found, [2]string{ats, ref.Application})
			}
		}
		return found, nil
	case ref.Event != "":
		e, err := t.event(varOf(t.get(eventKeys, eventKey(ref.Event))))
		if err != nil || e == nil {
			return nil, err
		}
		return [][2]string{{e.ATS, e.Application.ID}}, nil
	}
	for _, n := range t.rowsBy(ref) {
		r, err := t.row(n)
		if err != nil || r == nil {
			return nil, errors.Join(err, missing(r == nil, "a row of an index"))
		}
		found = append(found, [2]string{r.Action.ATS, r.Action.Application})
	}
	if ref.Interview == "" {
		return found, nil
	}
	known, err := t.sighted(ref.Interview)
	if err != nil {
		return nil, err
	}
	at, err := t.sightingOf(known)
	if err != nil {
		return nil, err
	}
	for _, tie := range at.tied() {
		found = append(found, [2]string{tie.ATS, tie.Application})
	}
	if t.has(apps, idKey(flowd.Untied, ref.Interview)) {
		found = append(found, [2]string{flowd.Untied, ref.Interview})
	}
	return found, nil
}

// rowsBy returns the rows that a reference to an action or interview names.
func (t *tx) rowsBy(ref state.Ref) (found []uint64) {
	prefix := ""
	switch {
	case ref.Action != "":
		prefix = digestOf(string(ref.Action))
	case ref.ExternalID != "":
		prefix = externalDigest(strings.TrimPrefix(ref.ExternalID, externalPrefix), digestSize)
	case ref.Short != "":
		prefix = externalDigest(ref.Short, shortSize)
	case ref.Interview != "":
		for _, end := range t.prefixed(interviews, idKey("", ref.Interview)+"\x00") {
			found = append(found, number(end))
		}
		return found
	}
	if prefix == "" {
		return nil
	}
	for _, end := range t.prefixed(keys, prefix) {
		found = append(found, varOf(t.get(keys, prefix+end)))
	}
	return found
}

// An external id is the begin of the digest under which its key is indexed, in
// letters; its short form is the begin of that. flowd.IdempotencyKey makes both.
const (
	externalPrefix = "flowd1-"
	shortSize      = 5
)

func externalDigest(letters string, size int) string {
	b, err := base32.HexEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(letters))
	if err != nil || len(b) != size {
		return ""
	}
	return string(b)
}

// systems lists the ATSs that applications are known of.
func (t *tx) systems() []string { return t.prefixed(tallies, "a") }

// ofPeople returns the applications of people.
func ofPeople(all []*person) (found [][2]string) {
	for _, p := range all {
		ats, _, _ := strings.Cut(p.key, "\x00")
		for _, id := range p.Applications {
			found = append(found, [2]string{ats, id})
		}
	}
	return found
}

package bolt

import (
	"errors"
	"slices"
	"strings"

	"flowd/state"
)

// interviewsOf returns the ids of the interviews that an application is tied to.
func (t *tx) interviewsOf(ats, id string) (all []string, err error) {
	candidates := t.tiedTo(idKey(ats, id))
	own, err := t.rowsOf(ats, id)
	if err != nil {
		return nil, err
	}
	for _, n := range own {
		r, err := t.row(n)
		if err != nil || r == nil {
			return nil, errors.Join(err, missing(r == nil, "a row of an application"))
		}
		if !r.Names() {
			continue
		}
		candidates = append(candidates, t.tiedTo(idKey("", r.Action.Key.ExternalID()))...)
		if r.Interview.ID != "" {
			candidates = append(candidates, r.Interview.ID)
		}
	}
	for _, i := range candidates {
		known, err := t.sighted(i)
		if err != nil {
			return nil, err
		}
		at, err := t.sightingOf(known)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(at.tied(), func(t state.Tie) bool { return t.ATS == ats && t.Application == id }) {
			all = append(all, i)
		}
	}
	return all, nil
}

// tiedTo returns the interviews that are indexed under an application or an
// external id.
func (t *tx) tiedTo(name string) (all []string) {
	prefix := name + "\x00"
	_ = t.scan(ties, prefix, func(k, v []byte) (bool, error) {
		if !strings.HasPrefix(string(k), prefix) {
			return false, nil
		}
		all = append(all, string(v))
		return true, nil
	})
	return all
}

// keepTie remembers that a row's key named an interview before the row gets
// another one.
func (t *tx) keepTie(e *row) error {
	if e.Interview.ID == "" {
		return nil
	}
	return t.put(ties, idKey(e.Action.ATS, e.Action.Application, e.Interview.ID), []byte(e.Interview.ID))
}

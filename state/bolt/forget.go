package bolt

import (
	"errors"
	"slices"
	"time"

	"flowd"
)

// erased returns the applications of which nothing personal is to be left after
// an event, each as ATS and id: those of the person behind it, or where one of
// several was deleted that one, and with them what stood for their interviews
// while those were tied to none, or still does. One tells that it is one of several.
func (t *tx) erased(e *event) (all [][2]string, one bool, err error) {
	a, err := t.application(e.ATS, e.Application.ID)
	if err != nil || e.Application.ID == "" {
		return nil, false, err
	}
	p, err := t.person(a.person)
	if err != nil || p == nil {
		return nil, false, err
	}
	for _, id := range p.Applications {
		a, err := t.application(e.ATS, id)
		if err != nil {
			return nil, false, err
		}
		one = one || e.Type == flowd.ApplicationDeleted && a.known.Application.Status != flowd.StatusDeleted
	}
	own := p.Applications
	if one {
		own = []string{e.Application.ID}
	}
	var untied [][2]string
	for _, id := range own {
		all = append(all, [2]string{e.ATS, id})
		theirs, err := t.interviewsOf(e.ATS, id)
		if err != nil {
			return nil, false, err
		}
		for _, i := range theirs {
			if t.has(apps, idKey(flowd.Untied, i)) {
				untied = append(untied, [2]string{flowd.Untied, i})
			}
		}
	}
	if !one {
		unplaced, err := t.unplaced(p, all)
		if err != nil {
			return nil, false, err
		}
		untied = append(untied, unplaced...)
	}
	for _, u := range untied {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all, one, nil
}

// unplaced returns what stands for the interviews of the person's address that
// are tied to nobody, unless somebody else has that address too.
func (t *tx) unplaced(p *person, own [][2]string) (all [][2]string, err error) {
	same, err := t.withAddress(p.Candidate.Email)
	if err != nil {
		return nil, err
	}
	for _, id := range ofPeople(same) {
		switch {
		case id[0] == flowd.Untied:
			all = append(all, id)
		case !slices.Contains(own, id):
			return nil, nil
		}
	}
	return all, nil
}

// end cancels what is owed to the erased, oldest first.
func (t *tx) end(e *event, now time.Time) (keys []flowd.IdempotencyKey, err error) {
	all, _, err := t.erased(e)
	if err != nil {
		return nil, err
	}
	owed, err := t.rowsOfAll(all)
	if err != nil {
		return nil, err
	}
	for _, n := range owed {
		r, err := t.row(n)
		if err != nil || r == nil {
			return nil, errors.Join(err, missing(r == nil, "a row of an application"))
		}
		if !r.Forget(now) {
			continue
		}
		if err := t.turned(r, now); err != nil {
			return nil, err
		}
		keys = append(keys, r.Action.Key)
	}
	return keys, nil
}

func (t *tx) rowsOfAll(apps [][2]string) (all []uint64, err error) {
	for _, id := range apps {
		own, err := t.rowsOf(id[0], id[1])
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	slices.Sort(all)
	return all, nil
}

// forget drops what is kept of the person behind an event.
func (t *tx) forget(e *event) error {
	all, one, err := t.erased(e)
	if err != nil {
		return err
	}
	if err := t.put(meta, keyErased, []byte{1}); err != nil {
		return err
	}
	owed, err := t.rowsOfAll(all)
	if err != nil {
		return err
	}
	for _, n := range owed {
		if err := t.del(texts, numberKey(n)); err != nil {
			return err
		}
	}
	for _, id := range all {
		if err := t.forgetOne(id[0], id[1], one && id[0] == e.ATS); err != nil {
			return err
		}
	}
	return nil
}

// forgetOne drops the person of one application, or what that one says of them.
func (t *tx) forgetOne(ats, id string, part bool) error {
	told, err := t.eventsOf(ats, id)
	if err != nil {
		return err
	}
	for _, e := range told {
		if e.raw == 0 {
			continue
		}
		if err := t.dropRaw(e.rawKey()); err != nil {
			return err
		}
	}
	if ats == flowd.Untied {
		known, err := t.sighted(id)
		if err != nil {
			return err
		}
		known.Forgotten = true
		if err := t.saveSighted(known); err != nil {
			return err
		}
	}
	a, err := t.application(ats, id)
	if err != nil {
		return err
	}
	p, err := t.person(a.person)
	if err != nil || p == nil {
		return err
	}
	if part {
		p.Delete(id)
	} else {
		p.Forget()
	}
	return t.savePerson(p)
}

package bolt

import (
	"bytes"
	"encoding/binary"

	"flowd"
	"flowd/state"
)

// Addresses are indexed by a digest, which is of no use without the state's key.
// Digests are scattered, and each new one alone would rewrite a page of its own:
// so they are kept in batches, each sorted for itself, of which the newest takes
// what comes and a look-up tries all.
const (
	addressBatch = 512
	batchSize    = 4 // bytes
	addressSize  = 8
)

// withAddress returns the people who have an address.
func (t *tx) withAddress(email string) (found []*person, err error) {
	d := digest(t.store.secret, email)
	if d == "" {
		return nil, nil
	}
	c := t.bucket(addresses).Cursor()
	for batch := uint32(0); ; batch++ {
		start := binary.BigEndian.AppendUint32(nil, batch)
		k, _ := c.Seek(start)
		if k == nil {
			return found, nil
		}
		batch = binary.BigEndian.Uint32(k) // those before it are empty
		start = append(binary.BigEndian.AppendUint32(nil, batch), d...)
		for k, _ := c.Seek(start); bytes.HasPrefix(k, start); k, _ = c.Next() {
			p, err := t.person(string(k[len(start):]))
			if err != nil {
				return nil, err
			}
			if p != nil && state.Address(p.Candidate.Email) == state.Address(email) {
				found = append(found, p)
			}
		}
	}
}

// person reads one by key; nil when there is none.
func (t *tx) person(key string) (*person, error) {
	if key == "" {
		return nil, nil
	}
	b := t.get(people, key)
	if b == nil {
		return nil, nil
	}
	return decodePerson(key, b)
}

// savePerson writes a person and keeps the index of addresses.
func (t *tx) savePerson(p *person) error {
	is := p.placeOf(t.store.secret)
	if p.place == "" || p.place[batchSize:] != is {
		if err := t.dropAddress(p); err != nil {
			return err
		}
		if is != "" {
			n, err := t.next(addresses)
			if err != nil {
				return err
			}
			p.place = string(binary.BigEndian.AppendUint32(nil, uint32(n/addressBatch))) + is
			if err := t.put(addresses, p.place, nil); err != nil {
				return err
			}
		}
	}
	return t.put(people, p.key, p.encode())
}

func (t *tx) dropAddress(p *person) error {
	if p.place == "" {
		return nil
	}
	place := p.place
	p.place = ""
	return t.del(addresses, place)
}

// learn stores what is known of an application, the personal part with its
// person, and counts an application that is heard of for the first time.
func (t *tx) learn(a *application, ats string, known state.Known, p *person, version uint64) error {
	full := known.Application
	if a.person == "" {
		t.count("a"+ats, 1)
	}
	owner := idKey(ats, state.PersonKey(full))
	if a.person != owner {
		if err := t.part(p, full.ID); err != nil {
			return err
		}
		var err error
		if p, err = t.person(owner); err != nil {
			return err
		}
		if p != nil {
			full.Candidate = p.Joined(full.Candidate)
		}
		if a.person != "" && full.Candidate.ID != "" {
			if err := t.belong(ats, full); err != nil {
				return err
			}
		}
	}
	if p == nil {
		p = &person{key: owner}
	}
	learned, changed := p.Learn(full, version)
	if changed {
		if err := t.savePerson(p); err != nil {
			return err
		}
	}
	a.person, a.private = owner, learned
	known.Application = state.Public(full)
	a.known = known
	return nil
}

// belong puts an application's rows under the candidate that it is of now.
func (t *tx) belong(ats string, app flowd.Application) error {
	own, err := t.rowsOf(ats, app.ID)
	if err != nil {
		return err
	}
	for _, n := range own {
		e, err := t.row(n)
		if err != nil {
			return err
		}
		if e == nil || e.Action.Candidate == app.Candidate.ID {
			continue
		}
		for _, c := range e.Belongs(app.Candidate.ID) {
			other, err := t.rowOf(claims, string(c))
			if err != nil {
				return err
			}
			if other != nil && other.Holds() {
				continue
			}
			e.Action.Claims = append(e.Action.Claims, c)
			if err := t.put(claims, digestOf(string(c)), varKey(e.number)); err != nil {
				return err
			}
		}
		if err := t.saveRow(e); err != nil {
			return err
		}
	}
	return nil
}

// part takes an application from a person, whose last one it may be.
func (t *tx) part(p *person, application string) error {
	switch {
	case p == nil:
		return nil
	case p.Part(application):
		return t.savePerson(p)
	}
	if err := t.dropAddress(p); err != nil {
		return err
	}
	return t.del(people, p.key)
}

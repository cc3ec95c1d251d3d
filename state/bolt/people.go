package bolt

import (
	"crypto/hmac"
	"crypto/sha256"

	"flowd"
	"flowd/state"
)

// encodePerson writes the one record that holds personal values.
func encodePerson(p *state.Person) []byte {
	w := &writer{b: make([]byte, 0, 192)}
	c := p.Candidate
	for _, s := range []string{c.ID, c.Email, c.FirstName, c.LastName, c.Name, c.Phone, c.Country, c.Language, c.OriginalID} {
		w.string(s)
	}
	w.strings(c.Tags)
	w.flag(c.CanEmail)
	w.flag(c.IsInternal)
	w.strings(p.Applications)
	w.uint(uint64(len(p.Private)))
	for _, v := range p.Private {
		w.string(v.Application)
		w.uint(v.Version)
		w.string(v.OriginalID)
		w.string(v.URL)
		w.strings(v.Tags)
		writeFields(w, v.Fields)
	}
	return w.b
}

func decodePerson(b []byte) (*state.Person, error) {
	r := &reader{b: b}
	c := flowd.Candidate{
		ID: r.string(), Email: r.string(), FirstName: r.string(), LastName: r.string(), Name: r.string(),
		Phone: r.string(), Country: r.string(), Language: r.string(), OriginalID: r.string(),
		Tags: r.strings(), CanEmail: r.flag(), IsInternal: r.flag(),
	}
	p := &state.Person{Candidate: c, Applications: r.strings()}
	for n := r.uint(); n > 0 && !r.bad && len(r.b) > 0; n-- {
		p.Private = append(p.Private, state.Private{
			Application: r.string(), Version: r.uint(), OriginalID: r.string(), URL: r.string(),
			Tags: r.strings(), Fields: readFields(r),
		})
	}
	return p, r.end("person")
}

// The kinds of a field's value.
const (
	valueNone = iota
	valueText
	valueNumber
	valueNo
	valueYes
	valueList
)

func writeFields(w *writer, fields []flowd.Field) {
	w.uint(uint64(len(fields)))
	for _, f := range fields {
		w.string(f.Key)
		w.string(f.Name)
		w.string(f.Type)
		switch v := f.Value.(type) {
		case string:
			w.uint(valueText)
			w.string(v)
		case float64:
			w.uint(valueNumber)
			w.float(v)
		case bool:
			if v {
				w.uint(valueYes)
			} else {
				w.uint(valueNo)
			}
		case []string:
			w.uint(valueList)
			w.strings(v)
		default: // nil: Admit refuses all else
			w.uint(valueNone)
		}
	}
}

func readFields(r *reader) (fields []flowd.Field) {
	for n := r.uint(); n > 0 && !r.bad && len(r.b) > 0; n-- {
		f := flowd.Field{Key: r.string(), Name: r.string(), Type: r.string()}
		switch r.uint() {
		case valueText:
			f.Value = r.string()
		case valueNumber:
			f.Value = r.float()
		case valueNo:
			f.Value = false
		case valueYes:
			f.Value = true
		case valueList:
			f.Value = r.strings()
		}
		fields = append(fields, f)
	}
	return fields
}

// digest is an address as the index knows it: of no use without the state's key.
func digest(key []byte, email string) string {
	if email = state.Address(email); email == "" {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(email))
	return string(h.Sum(nil)[:16])
}

// person reads one by key; nil when there is none.
func (t *tx) person(key string) (*state.Person, error) {
	if key == "" {
		return nil, nil
	}
	b := t.get(people, key)
	if b == nil {
		return nil, nil
	}
	return decodePerson(b)
}

// savePerson writes a person and moves the index from the address before to the
// one now. A nil person is dropped.
func (t *tx) savePerson(key, before string, p *state.Person) error {
	after := ""
	if p != nil {
		after = digest(t.store.secret, p.Candidate.Email)
	}
	if before = digest(t.store.secret, before); before != after {
		if before != "" {
			if err := t.del(addresses, before+key); err != nil {
				return err
			}
		}
		if after != "" {
			if err := t.put(addresses, after+key, nil); err != nil {
				return err
			}
		}
	}
	if p == nil {
		return t.del(people, key)
	}
	return t.put(people, key, encodePerson(p))
}

// learn stores what is known of an application, the personal part with its
// person, and counts an application that is heard of for the first time.
func (t *tx) learn(a *application, ats string, known state.Known, p *state.Person, version uint64) error {
	full := known.Application
	if a.known.Changed.IsZero() {
		t.count("a"+ats, 1)
	}
	owner := idKey(ats, state.PersonKey(full))
	if a.person != owner {
		if p != nil && a.person != "" {
			before := p.Candidate.Email
			if !p.Part(full.ID) {
				p = nil
			}
			if err := t.savePerson(a.person, before, p); err != nil {
				return err
			}
		}
		var err error
		if p, err = t.person(owner); err != nil {
			return err
		}
	}
	if p == nil {
		p = &state.Person{}
	}
	before := p.Candidate.Email
	learned, changed := p.Learn(full, version)
	if changed {
		if err := t.savePerson(owner, before, p); err != nil {
			return err
		}
	}
	a.person, a.private = owner, learned
	known.Application = state.Public(full)
	a.known = known
	return nil
}

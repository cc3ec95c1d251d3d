package bolt

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"flowd"
	"flowd/state"
)

// person is the one record that holds personal values.
type person struct {
	state.Person
	key   string // in people
	place string // in addresses, as stored
}

func (p *person) encode() []byte {
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
	w.string(p.place)
	moved := slices.ContainsFunc(p.Private, func(v state.Private) bool { return v.MovedBy != "" })
	if moved || slices.ContainsFunc(p.Private, func(v state.Private) bool { return v.Recruiter != "" }) {
		for _, v := range p.Private {
			w.string(v.Recruiter)
		}
	}
	if moved {
		for _, v := range p.Private {
			w.string(v.MovedBy)
		}
	}
	return w.b
}

func decodePerson(key string, b []byte) (*person, error) {
	r := &reader{b: b}
	c := flowd.Candidate{
		ID: r.string(), Email: r.string(), FirstName: r.string(), LastName: r.string(), Name: r.string(),
		Phone: r.string(), Country: r.string(), Language: r.string(), OriginalID: r.string(),
		Tags: r.strings(), CanEmail: r.flag(), IsInternal: r.flag(),
	}
	p := &person{key: key, Person: state.Person{Candidate: c, Applications: r.strings()}}
	for n := r.uint(); n > 0 && !r.bad && len(r.b) > 0; n-- {
		p.Private = append(p.Private, state.Private{
			Application: r.string(), Version: r.uint(), OriginalID: r.string(), URL: r.string(),
			Tags: r.strings(), Fields: readFields(r),
		})
	}
	p.place = r.string()
	for i := range p.Private {
		p.Private[i].Recruiter = r.string()
	}
	for i := range p.Private {
		p.Private[i].MovedBy = r.string()
	}
	return p, r.end("person")
}

// fill is state.Person.Fill, which a nil person does not stop.
func (p *person) fill(public flowd.Application, version uint64) flowd.Application {
	if p == nil {
		return public
	}
	return p.Person.Fill(public, version)
}

// surviving is state.Person.Surviving, likewise.
func (p *person) surviving(id string, merged flowd.Candidate) flowd.Candidate {
	if p == nil {
		return (*state.Person)(nil).Surviving(id, merged)
	}
	return p.Surviving(id, merged)
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

func digest(key []byte, email string) string {
	if email = state.Address(email); email == "" {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(email))
	return string(h.Sum(nil)[:addressSize])
}

// placeOf is where a person's address stands in its batch; "" when there is none.
func (p *person) placeOf(secret []byte) string {
	if d := digest(secret, p.Candidate.Email); d != "" {
		return d + p.key
	}
	return ""
}

package state

import (
	"slices"
	"strings"

	"flowd"
)

// Person is everything personal that is kept of somebody, in one value, so that
// to forget a person is to drop it. All else holds ids.
type Person struct {
	Candidate flowd.Candidate
	// Applications are the ids of the person's applications, in order of arrival.
	Applications []string
	// Private holds what the applications say of the person beside Candidate,
	// oldest first: an event refers to the version of its day.
	Private []Private
}

// Private is the part of an application that tells of its person: what a
// recruiter typed or the person answered.
type Private struct {
	Application string
	Version     uint64
	OriginalID  string
	URL         string
	Tags        []string
	Fields      []flowd.Field
	Recruiter   string
	MovedBy     string
}

// maxPrivate bounds the versions kept of one person.
const maxPrivate = 64

// PersonKey names the person behind an application within an ATS: the candidate
// where the source names one, else the application itself.
func PersonKey(app flowd.Application) string {
	if app.Candidate.ID != "" {
		return "candidate\x00" + app.Candidate.ID
	}
	return "application\x00" + app.ID
}

// Public returns an application without anything personal.
func Public(app flowd.Application) flowd.Application {
	app.Candidate = flowd.Candidate{ID: app.Candidate.ID}
	app.OriginalID, app.URL, app.Tags, app.Fields, app.Recruiter, app.MovedBy = "", "", nil, nil, "", ""
	return app
}

// Fill is the reverse of Public: it adds what is kept of the person, with the
// private part of the given version, or the oldest kept one after it; version
// zero has none. A nil person adds nothing, and one person's values are never
// shown under another's id: an application may have changed hands since.
func (p *Person) Fill(app flowd.Application, version uint64) flowd.Application {
	if p == nil {
		return app
	}
	id := app.Candidate.ID
	if id != "" && p.Candidate.ID != "" && id != p.Candidate.ID {
		return app
	}
	app.Candidate = p.Candidate
	app.Candidate.ID = id
	for _, v := range p.Private {
		if version > 0 && v.Application == app.ID && v.Version >= version {
			app.OriginalID, app.URL, app.Tags, app.Fields = v.OriginalID, v.URL, v.Tags, v.Fields
			app.Recruiter, app.MovedBy = v.Recruiter, v.MovedBy
			break
		}
	}
	return app
}

// Learn takes over what a merged application says of the person. It returns the
// version that the application has now, which is the given one if something
// private changed, and whether anything did change.
func (p *Person) Learn(app flowd.Application, version uint64) (uint64, bool) {
	changed := !sameCandidate(p.Candidate, app.Candidate)
	p.Candidate = app.Candidate
	if !slices.Contains(p.Applications, app.ID) {
		p.Applications = append(p.Applications, app.ID)
		changed = true
	}
	next := Private{
		Application: app.ID, Version: version,
		OriginalID: app.OriginalID, URL: app.URL, Tags: app.Tags, Fields: app.Fields, Recruiter: app.Recruiter, MovedBy: app.MovedBy,
	}
	last := p.last(app.ID)
	if last != nil && last.same(next) {
		return last.Version, changed
	}
	if last == nil && next.same(Private{}) {
		return 0, changed
	}
	if last != nil && last.Version == version {
		*last = next // of a snapshot that no event refers to
		return version, true
	}
	p.Private = append(p.Private, next)
	if len(p.Private) > maxPrivate {
		p.drop()
	}
	return version, true
}

// Joined is what is known of the person once an application turns out to be theirs
// as well: what it says counts, and what it does not say stays.
func (p *Person) Joined(said flowd.Candidate) flowd.Candidate {
	return mergeCandidate(p.Candidate, said, false)
}

// Surviving is a candidate into whom another was merged: what is known of them
// themselves comes first. A nil person is nobody who is known.
func (p *Person) Surviving(id string, merged flowd.Candidate) flowd.Candidate {
	merged.ID, merged.OriginalID = id, ""
	if p == nil {
		return merged
	}
	out := mergeCandidate(p.Candidate, merged, true)
	out.ID = id
	return out
}

// Part takes an application out, because it turned out to be somebody else's,
// and tells whether anything is left of the person.
func (p *Person) Part(application string) (left bool) {
	p.Applications = slices.DeleteFunc(p.Applications, func(a string) bool { return a == application })
	p.Private = slices.DeleteFunc(p.Private, func(v Private) bool { return v.Application == application })
	return len(p.Applications) > 0
}

// Spread returns an event about a candidate alone as one for each of the
// person's applications; any other event, and one about somebody unknown, as it
// is. A nil person is unknown.
func (p *Person) Spread(ev flowd.Event) []flowd.Event {
	if ev.Application.ID != "" || p == nil || len(p.Applications) == 0 {
		return []flowd.Event{ev}
	}
	out := make([]flowd.Event, len(p.Applications))
	for i, id := range p.Applications {
		out[i] = ev
		out[i].Key += "/" + id
		out[i].Application.ID = id
	}
	return out
}

// Delete drops what one application of several says of the person.
func (p *Person) Delete(application string) {
	p.Private = slices.DeleteFunc(p.Private, func(v Private) bool { return v.Application == application })
}

// Forget drops everything but ids.
func (p *Person) Forget() {
	*p = Person{Candidate: flowd.Candidate{ID: p.Candidate.ID}, Applications: p.Applications}
}

// drop removes the oldest version that is not an application's newest.
func (p *Person) drop() {
	for i := range p.Private {
		if p.last(p.Private[i].Application) != &p.Private[i] {
			p.Private = slices.Delete(p.Private, i, i+1)
			return
		}
	}
}

func (p *Person) last(application string) *Private {
	for i := len(p.Private) - 1; i >= 0; i-- {
		if p.Private[i].Application == application {
			return &p.Private[i]
		}
	}
	return nil
}

func (v Private) same(o Private) bool {
	return v.OriginalID == o.OriginalID && v.URL == o.URL && v.Recruiter == o.Recruiter && v.MovedBy == o.MovedBy && slices.Equal(v.Tags, o.Tags) &&
		slices.EqualFunc(v.Fields, o.Fields, sameField)
}

func sameField(a, b flowd.Field) bool {
	if a.Key != b.Key || a.Name != b.Name || a.Type != b.Type {
		return false
	}
	as, aList := a.Value.([]string)
	bs, bList := b.Value.([]string)
	if aList || bList {
		return aList && bList && slices.Equal(as, bs)
	}
	return a.Value == b.Value
}

func sameCandidate(a, b flowd.Candidate) bool {
	same := a.Email == b.Email && a.FirstName == b.FirstName && a.LastName == b.LastName &&
		a.Name == b.Name && a.Phone == b.Phone && a.Country == b.Country && a.Language == b.Language &&
		a.ID == b.ID && a.OriginalID == b.OriginalID
	return same && slices.Equal(a.Tags, b.Tags) &&
		sameFlag(a.CanEmail, b.CanEmail) && sameFlag(a.IsInternal, b.IsInternal)
}

func sameFlag(a, b *bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Address is an e-mail address as two of them are compared.
func Address(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

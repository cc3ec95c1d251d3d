package connectors

import (
	"strings"

	"flowd"
)

// Door is what every application passes on its way in, whichever kind brought
// it: which address to use, and whether the person may be written to at all.
type Door struct {
	// AllowWorkEmail lets an address typed work be used where there is no other.
	AllowWorkEmail bool
}

// Address is one of a person's e-mail addresses, with its type as the ATS has
// it; an empty type means that it has none.
type Address struct{ Value, Type string }

// Visitor is what an ATS says of how to reach a person.
type Visitor struct {
	Addresses []Address
	// Private tells that the application is hidden from most of the ATS's users.
	Private bool
}

// Admit chooses the candidate's address, says in NoContact why the person must
// not be written to, and puts every value into its normal form: text trimmed,
// language as BCP 47, countries as ISO 3166-1 alpha-2, or empty. An application
// that must not be written to is kept all the same: rules say so by name.
func (d Door) Admit(app *flowd.Application, v Visitor) {
	c := &app.Candidate
	if len(v.Addresses) > 0 {
		c.Email = ""
	}
	c.Email = strings.TrimSpace(c.Email)
	email, onlyWork := d.choose(v.Addresses)
	if email != "" {
		c.Email = email
	}
	switch {
	case v.Private:
		app.NoContact = flowd.ReasonPrivate
	case c.CanEmail != nil && !*c.CanEmail:
		app.NoContact = flowd.ReasonCannotEmail
	case onlyWork && c.Email == "":
		app.NoContact = flowd.ReasonWorkAddress
	}
	for _, text := range []*string{
		&app.ID, &app.Source, &app.URL, &app.Recruiter, &app.MovedBy, &app.Job.ID, &app.Job.Name, &app.Job.Department, &app.Job.Location,
		&c.ID, &c.FirstName, &c.LastName, &c.Name, &c.Phone,
	} {
		*text = strings.TrimSpace(*text)
	}
	app.Stage = Stage(app.Stage)
	app.Tags, app.Job.Tags, c.Tags = tags(app.Tags), tags(app.Job.Tags), tags(c.Tags)
	c.Language, c.Country, app.Job.Country = Language(c.Language), Country(c.Country), Country(app.Job.Country)
}

// Stage trims a stage's texts.
func Stage(s flowd.Stage) flowd.Stage {
	return flowd.Stage{ID: strings.TrimSpace(s.ID), Name: strings.TrimSpace(s.Name), Kind: strings.TrimSpace(s.Kind)}
}

// choose returns the address to write to: a personal one, else one of another
// type, else one without a type, and one typed work only where that is allowed.
// Within a type the first that could be an address wins, so that "n/a" does not
// stand in the way of a real one.
func (d Door) choose(addresses []Address) (email string, onlyWork bool) {
	best := 2 * (rankWork + 1)
	for _, a := range addresses {
		value := strings.TrimSpace(a.Value)
		if value == "" {
			continue
		}
		rank := rankOf(a.Type)
		if rank == rankWork {
			onlyWork = true
			if !d.AllowWorkEmail {
				continue
			}
		}
		local, domain, _ := strings.Cut(value, "@")
		if local == "" || domain == "" {
			rank += rankWork + 1
		}
		if rank < best {
			best, email = rank, value
		}
	}
	return email, onlyWork && email == ""
}

// Ranks of addresses, best first. What cannot be an address ranks behind all
// that can.
const (
	rankPersonal = iota
	rankOther
	rankUntyped
	rankWork
)

func rankOf(kind string) int {
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "personal":
		return rankPersonal
	case "":
		return rankUntyped
	case "work":
		return rankWork
	}
	return rankOther
}

func tags(list []string) []string {
	out := list[:0:0]
	for _, t := range list {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

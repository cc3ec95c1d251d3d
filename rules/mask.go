package rules

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/redact"
)

// mask makes up what stands for a person in a recorded event. What the rules ask
// for is kept, but for what tells who it is; what they do not ask for is left out
// or made up. What stands in a rule's own condition is no secret.
type mask struct {
	members map[string]bool // that the rules read
	fields  map[string]bool // folded names of custom fields that they read
	asked   string          // their conditions, folded
	words   map[string]bool // folded: the person's names
	ids     []string        // of the person, the application and the interview
	// kept are the person's values that are as they were, by name.
	kept []string
}

// The person that stands for everybody, and a colleague of theirs.
const (
	inventedFirst, inventedLast, otherFirst = "Robin", "Sample", "Kim"
	inventedAddress, inventedRecruiter      = "robin.sample", "recruiter"
	inventedDomain                          = "example.com"
	inventedURL                             = "https://example.com/application"
)

func (s *Set) maskFor(rules []*Rule, ev flowd.Event, app flowd.Application) *mask {
	m := &mask{members: map[string]bool{}, fields: map[string]bool{}, words: map[string]bool{}}
	note := func(r expression.Reads) {
		for _, member := range r.Members {
			m.members[member] = true
		}
		for _, f := range r.Fields {
			m.fields[FoldName(f.Name)] = true
		}
	}
	for _, r := range rules {
		for _, c := range r.everyCondition() {
			note(c.Reads())
			m.asked += FoldName(c.String()) + "\n"
		}
		for _, st := range r.steps {
			for _, text := range []string{st.Target, st.Text} {
				if t, ok := s.templates[text]; ok {
					note(t.Reads())
				}
			}
		}
	}
	c := app.Candidate
	local, _, _ := strings.Cut(c.Email, "@")
	for _, name := range []string{c.FirstName, c.LastName, c.Name, local} {
		for _, word := range nameWord.FindAllString(name, -1) {
			if len([]rune(word)) > 1 {
				m.words[FoldName(word)] = true
			}
		}
	}
	for _, id := range []string{c.ID, c.OriginalID, app.ID, app.OriginalID, ev.Interview.ID} {
		if len(id) > 3 {
			m.ids = append(m.ids, id)
		}
	}
	return m
}

// nameWord is a word as names are made of.
var nameWord = regexp.MustCompile(`[\pL\pM\pN]+`)

// asks tells whether a condition names the text in quotes.
func (m *mask) asks(text string) bool {
	text = FoldName(text)
	return text != "" && (strings.Contains(m.asked, `"`+text+`"`) || strings.Contains(m.asked, `'`+text+`'`))
}

// keep notes that a value is as it was.
func (m *mask) keep(name string, there bool) {
	if there && !slices.Contains(m.kept, name) {
		m.kept = append(m.kept, name)
	}
}

// id is an id that a condition asks for, else none.
func (m *mask) id(id string) string {
	if m.asks(id) {
		return id
	}
	return ""
}

// address is one in the place of another: at a domain that a condition asks for,
// it stays there.
func (m *mask) address(address, local string) string {
	_, domain, _ := strings.Cut(address, "@")
	switch {
	case address == "" || m.asks(address):
		return address
	case domain != "" && (m.asks(domain) || strings.Contains(m.asked, "@"+FoldName(domain))):
		return local + "@" + domain
	}
	return local + "@" + inventedDomain
}

// text is a text that rules read, without what tells who it is about.
func (m *mask) text(s string) string {
	if m.asks(s) {
		return s
	}
	for _, id := range m.ids {
		s = strings.ReplaceAll(s, id, "id")
	}
	return nameWord.ReplaceAllStringFunc(redact.Invent(s), func(word string) string {
		if m.words[FoldName(word)] {
			return m.first()
		}
		return word
	})
}

func (m *mask) texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = m.text(s)
	}
	return out
}

// first is a first name that is not the person's own.
func (m *mask) first() string {
	if m.words[FoldName(inventedFirst)] {
		return otherFirst
	}
	return inventedFirst
}

func (m *mask) candidate(app flowd.Application) candidateKeys {
	c := app.Candidate
	k := candidateKeys{ID: m.id(c.ID), Country: c.Country, Language: c.Language, CanEmail: c.CanEmail, IsInternal: c.IsInternal}
	instead := func(there, with string) string {
		if there == "" || m.asks(there) {
			return there
		}
		return with
	}
	k.FirstName, k.LastName = instead(c.FirstName, m.first()), instead(c.LastName, inventedLast)
	k.Name = instead(c.Name, m.first()+" "+inventedLast)
	k.Phone = instead(c.Phone, zeros(c.Phone))
	email := m.address(c.Email, inventedAddress)
	k.Email = &email
	if m.members["candidate.source"] {
		k.Source = m.text(app.Source)
		m.keep("candidate.source", app.Source != "")
	}
	if all := tags(app.Tags, c.Tags); m.members["candidate.tags"] {
		k.Tags = m.texts(all)
		m.keep("candidate.tags", len(all) > 0)
	}
	m.keep("candidate.country", c.Country != "")
	m.keep("candidate.language", c.Language != "")
	return k
}

// country is how a phone number begins that tells its country.
var country = regexp.MustCompile(`^\+[0-9]{1,2}`)

// zeros is a phone number of the same form and country.
func zeros(phone string) string {
	kept := len(country.FindString(phone))
	return phone[:kept] + strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, phone[kept:])
}

func (m *mask) application(app flowd.Application) applicationKeys {
	k := applicationKeys{ID: m.id(app.ID), Status: string(app.Status), AppliedAt: app.AppliedAt, Alternative: app.Alternative,
		NoContact: string(app.NoContact), Recruiter: m.address(app.Recruiter, inventedRecruiter)}
	if app.URL != "" {
		k.URL = inventedURL
	}
	m.keep("application.applied_at", !app.AppliedAt.IsZero())
	return k
}

// left is what of the person still stands in a masked event, by name, or "": what
// the mask made of one value can never be undone by another.
func (m *mask) left(app flowd.Application, data string) string {
	text := strings.ToLower(data)
	for _, v := range []struct{ name, value string }{
		{"address", app.Candidate.Email}, {"phone number", app.Candidate.Phone}, {"name", app.Candidate.FullName()},
		{"id", app.Candidate.OriginalID}, {"id", app.OriginalID}, {"page", app.URL},
	} {
		if len(v.value) > 3 && strings.ContainsAny(v.value, " @/+") && !m.asks(v.value) && strings.Contains(text, strings.ToLower(v.value)) {
			return v.name
		}
	}
	return ""
}

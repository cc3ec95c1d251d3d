package hireflix

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"flowd"
	"flowd/internal/fault"
)

// person is a candidate in the form that Hireflix accepts.
type person struct {
	Email     string
	FirstName string
	LastName  string // may be empty
	Phone     string // E.164, or empty
}

// normalise turns a candidate into what Hireflix accepts. The notes say, without
// the values, what was changed or left out on the way. The error is a
// fault.Invalid for a candidate that cannot be invited at all.
//
// The region, of ISO 3166-1, is the candidate's country or the job's: in it a
// phone number without a country code is read.
func normalise(c flowd.Candidate, jobCountry string) (p person, notes []string, err error) {
	email, problem := address(c.Email)
	if problem != "" {
		return person{}, nil, fault.New(fault.Invalid, opInvite.doing, "%s", problem)
	}
	first, last := names(c)
	if first == "" {
		return person{}, nil, fault.New(fault.Invalid, opInvite.doing, "the candidate has no name")
	}
	p = person{Email: email, FirstName: shorten(first), LastName: shorten(last)}
	if p.FirstName != first || p.LastName != last {
		notes = append(notes, "name shortened to 50 characters")
	}
	country := c.Country
	if country == "" {
		country = jobCountry
	}
	var note string
	if p.Phone, note = phone(c.Phone, country); note != "" {
		notes = append(notes, note)
	}
	return p, notes, nil
}

// emailPattern is that of HTML's e-mail input. The scalar EmailAddress of the
// graphql-scalars library, whose name Hireflix's schema uses, has the same.
var emailPattern = regexp.MustCompile(
	"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?" +
		`(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$`)

// address returns an address in lower case, or what is wrong with it. It must
// please both Hireflix's scalar and net/mail, which knows of doubled dots.
func address(raw string) (email, problem string) {
	email = strings.ToLower(strings.TrimSpace(raw))
	if email == "" {
		return "", "the candidate has no e-mail address"
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > 254 || !emailPattern.MatchString(email) {
		return "", "the e-mail address is not valid"
	}
	return email, ""
}

// names returns a first and a last name. Hireflix needs the first one, so the
// last takes its place where there is no other; of a full name alone the first
// word is the first name, and "Last, First" is read as such.
func names(c flowd.Candidate) (first, last string) {
	first, last = clean(c.FirstName), clean(c.LastName)
	if first == "" {
		fullFirst, fullLast := split(c.Name)
		switch {
		case last == "":
			first, last = fullFirst, fullLast
		case fullFirst != "" && fullLast != "":
			first = fullFirst
		}
	}
	if first == "" {
		first, last = last, ""
	}
	return first, last
}

func split(full string) (first, last string) {
	if before, after, found := strings.Cut(full, ","); found && clean(after) != "" {
		return clean(after), clean(before)
	}
	first, last, _ = strings.Cut(clean(full), " ")
	return first, last
}

// clean trims a name, makes one space of many, and drops control characters. A
// name without a letter or digit, such as the "-" or "." that forms ask for, is
// none.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return ""
	}
	return strings.Join(strings.Fields(name), " ")
}

// maxName is Hireflix's limit for each name, after trimming. In JavaScript a
// character is a UTF-16 unit, so that is what is counted: it is never fewer
// than the runes.
const maxName = 50

func shorten(name string) string {
	units := 0
	for i, r := range name {
		if units += utf16.RuneLen(r); units > maxName {
			return strings.TrimSpace(name[:i])
		}
	}
	return name
}

// phone returns a number in E.164. Hireflix refuses an invite for a number
// without a country code, so what cannot be brought to that form is dropped, and
// the note says so.
func phone(raw, country string) (e164, note string) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", ""
	}
	region := strings.ToUpper(country)
	if !phonenumbers.GetSupportedRegions()[region] {
		region = phonenumbers.UNKNOWN_REGION
		if rest, found := strings.CutPrefix(raw, "00"); found {
			raw = "+" + rest // the international prefix of most countries
		}
	}
	if len(raw) > 100 || !utf8.ValidString(raw) {
		return "", "phone dropped: not a phone number"
	}
	number, err := phonenumbers.Parse(raw, region)
	if err != nil && region == phonenumbers.UNKNOWN_REGION {
		return "", "phone dropped: not an international number"
	}
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", "phone dropped: not a valid number"
	}
	return phonenumbers.Format(number, phonenumbers.E164), ""
}

// Package redact shortens what identifies a person, and cleans text that came
// from outside, before it reaches a screen, a log or an error.
//
// Email, Phone and Name leave just enough to recognise a person by who knows
// them already; screens show those unless told to show all, logs show ids
// only. Text is for messages whose wording flowd does not control.
package redact

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const cut = "…"

// Email keeps the first letter of each side of the @: ada@example.com is a…@e….
func Email(address string) string {
	local, domain, found := cutLast(strings.TrimSpace(address), "@")
	if !found {
		return mask(address)
	}
	return mask(local) + "@" + mask(domain)
}

// Phone keeps the last two digits: +4512345678 is …78. A number of fewer than
// six digits is hidden altogether.
func Phone(number string) string {
	digits := strings.Map(digit, number)
	switch {
	case strings.TrimSpace(number) == "":
		return ""
	case len(digits) < 6:
		return cut
	}
	return cut + digits[len(digits)-2:]
}

// Name keeps the initials of the first and last word: Ada King Lovelace is A… L….
func Name(name string) string {
	words := strings.Fields(name)
	switch len(words) {
	case 0:
		return ""
	case 1:
		return mask(words[0])
	}
	return mask(words[0]) + " " + mask(words[len(words)-1])
}

// mask keeps the first letter with the marks on it.
func mask(word string) string {
	word = strings.TrimSpace(word)
	if word == "" {
		return ""
	}
	_, end := utf8.DecodeRuneInString(word)
	for i, r := range word[end:] {
		if !unicode.Is(unicode.M, r) {
			end += i
			return strings.ToValidUTF8(word[:end], "") + cut
		}
	}
	return cut // one letter is all there is
}

const (
	// MaxText is the longest text, in bytes, that Text returns.
	MaxText = 1 << 10
	maxRaw  = 8 << 10
)

var (
	urls = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]{1,30}://[^\s"'<>` + "`" + `]+`)
	// An address as senders write it: RFC 5322's atext and every letter of
	// Unicode, or a quoted local part; the @ plain, percent-encoded or full
	// width. The / is left out, so that a path before an address stays.
	emails = regexp.MustCompile(`(?i)(?:"[^"\r\n]{1,128}"|[\pL\pM\pN.!#$%&'*+=?^_{|}~` + "`" + `-]+)(?:@|%40|＠)(?:[\pL\pM\pN.%-]+|\[[^\]\s]+\])`)
	phones = regexp.MustCompile(`\+[0-9][0-9 ()./-]{5,24}[0-9]`)
)

// Text returns a message from outside made fit for a log or an error: without
// e-mail addresses, international phone numbers, credentials and queries of
// URLs, and control characters, and cut to MaxText. It cannot know names. What
// it cannot tell from an address, such as x=a@b, it hides with it.
func Text(message string) string {
	trimmed := len(message) > maxRaw
	if trimmed { // at a space, lest half an address stay
		message = message[:maxRaw]
		message = message[:max(0, strings.LastIndexFunc(message, unicode.IsSpace))]
	}
	message = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, message)
	message = urls.ReplaceAllStringFunc(message, URL)
	message = emails.ReplaceAllString(message, "[e-mail]")
	message = phones.ReplaceAllString(message, "[phone]")
	if len(message) > MaxText-len(cut) {
		message = strings.ToValidUTF8(message[:MaxText-len(cut)], "")
		trimmed = true
	}
	if trimmed {
		message += cut
	}
	return message
}

// numbers are what can be somebody's phone number, and days, which look like it.
var (
	numbers = regexp.MustCompile(`\+?[0-9(][0-9 ()./-]{5,24}[0-9]`)
	days    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
)

// Invent returns a text in which what tells of somebody by its form is made up, for
// an example that others may see: addresses are Address, URLs https://example.com/,
// and each digit of what can be a phone number, beside the country's behind a +, is
// a 0. It cannot know names.
func Invent(text string) string {
	text = urls.ReplaceAllString(text, "https://example.com/")
	text = emails.ReplaceAllString(text, Address)
	return numbers.ReplaceAllStringFunc(text, func(number string) string {
		if days.MatchString(number) || strings.Count(strings.Map(digit, number), "") < 8 {
			return number
		}
		kept := 0
		if number[0] == '+' {
			kept = 3
		}
		return number[:kept] + strings.Map(func(r rune) rune {
			if digit(r) < 0 {
				return r
			}
			return '0'
		}, number[kept:])
	})
}

// Address is the invented one that stands in a text for somebody's.
const Address = "person@example.com"

func digit(r rune) rune {
	if '0' <= r && r <= '9' {
		return r
	}
	return -1
}

// URL returns a URL without user, query and fragment, any of which may carry a
// credential or an address; a … says that there was a query or fragment. What
// is not a URL is hidden altogether.
func URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return "[url]"
	}
	short := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	text := short.String()
	if u.RawQuery != "" || u.Fragment != "" {
		text += "?" + cut
	}
	return text
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

package expression

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold is the form in which names and other texts from an ATS are compared: Unicode NFKC, without regard to case, with
// spaces trimmed and collapsed, typographic quotes as plain ones, and characters without width left out. People type
// what they see; two texts that look alike fold to the same. Fold(Fold(s)) is Fold(s).
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	// Twice: folding case can compose anew (İ, ẖ), and composing can bring upper case (ᴬ), spaces (¨) and quotes.
	for range 4 {
		folded := foldOnce(s)
		if folded == s {
			break
		}
		s = folded
	}
	return s
}

func foldOnce(s string) string {
	s = norm.NFKC.String(strings.Map(plainQuote, s))
	s = norm.NFKC.String(cases.Fold().String(s))
	return strings.Join(strings.Fields(strings.Map(plainQuote, s)), " ")
}

// SameText reports whether two texts are the same when folded.
func SameText(a, b string) bool { return a == b || Fold(a) == Fold(b) }

// isFolded is the quick answer for most texts: ASCII without capitals and with single spaces inside.
func isFolded(s string) bool {
	space := true // so that a leading space is a second one
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < ' ' || c >= 'A' && c <= 'Z' || c == '`' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return s == "" || !space
}

func plainQuote(r rune) rune {
	switch r {
	case '“', '”', '„', '‟', '«', '»', '″':
		return '"'
	case '‘', '’', '‚', '‛', '´', '`', 'ʼ', '′':
		return '\''
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return -1
	}
	if unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}

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
	if folded, ascii := foldASCII(s); ascii {
		return folded
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

// foldASCII is the quick way for most texts; a text that is folded already is returned as it is.
func foldASCII(s string) (folded string, ascii bool) {
	clean, space := true, true // as if after a space, so that a leading one is too many
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return "", false
		}
		clean = clean && c >= ' ' && (c < 'A' || c > 'Z') && c != '`' && !(c == ' ' && space)
		space = c == ' '
	}
	if clean && (s == "" || !space) {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if len(out) > 0 && out[len(out)-1] != ' ' {
				out = append(out, ' ')
			}
		case c == '`':
			out = append(out, '\'')
		case c >= 'A' && c <= 'Z':
			out = append(out, c+'a'-'A')
		default:
			out = append(out, c)
		}
	}
	if len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return string(out), true
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

package strictyaml

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	blockKey      = regexp.MustCompile(`^(\s*(?:-\s+)*[\w.-]+\s*:\s+)(\S.*)$`)
	blockItem     = regexp.MustCompile(`^(\s*(?:-\s+)+)(\S.*)$`)
	flowKey       = regexp.MustCompile(`[{,]\s*[\w.-]+:\s+`)
	keyAt         = regexp.MustCompile(`([\w.-]+)\s*:\s+$`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)'`)
)

const syntaxCode = "syntax"

// slip is one value that YAML cannot read as it stands on its line: bytes from to end of the line.
type slip struct {
	from, end int
	message   string
	hint      string // where empty, the quoted form
	replace   string // where empty, the quoted form
}

// repair names the line that stopped YAML and puts it right in lines. It reports false where reading cannot go on.
// YAML often notices a line or two late, so the lines around the one it reached are looked at as well.
func (d *Document) repair(lines []string, reason string, reached int) bool {
	reached = min(reached, len(lines)-1)
	if m := unknownAnchor.FindStringSubmatch(reason); m != nil {
		return d.repairAlias(lines, m[1])
	}
	for _, i := range []int{reached, reached + 1, reached - 1, reached - 2, reached - 3, reached - 4} {
		if i < 0 || i >= len(lines) {
			continue
		}
		line := strings.TrimRight(lines[i], " \t\r")
		s, ok := findSlip(line)
		if !ok {
			continue
		}
		d.planSlip(i, line, s)
		d.reportSlip(i, line, s)
		value := line[s.from:s.end]
		if s.replace == "" {
			s.replace = quoted(value)
		}
		lines[i] = line[:s.from] + s.replace + line[s.end:]
		d.repaired[i+1] += utf8.RuneCountInString(s.replace) - utf8.RuneCountInString(value)
		return true
	}
	d.explain(lines, reason, reached)
	return false
}

func (d *Document) reportSlip(i int, line string, s slip) {
	value := line[s.from:s.end]
	hint := s.hint
	if hint == "" {
		key := ""
		if m := keyAt.FindStringSubmatch(line[:s.from]); m != nil {
			key = m[1] + ": "
		}
		hint = "write " + key + quoted(value)
		if d.options.Secrets && (key == "" || secretKey.MatchString(key)) {
			hint = "put the whole value in quotes"
		}
	}
	d.add(Problem{Line: i + 1, Column: utf8.RuneCountInString(line[:s.from]) + 1 - d.repaired[i+1], Code: syntaxCode, Message: s.message, Hint: hint})
}

// repairAlias handles a value that begins with *: YAML takes it for an alias and gives no place.
func (d *Document) repairAlias(lines []string, name string) bool {
	for i, line := range lines {
		for from := 0; ; {
			at := strings.Index(line[from:], "*"+name)
			if at < 0 {
				break
			}
			at += from
			from = at + 1
			before := strings.TrimRight(line[:at], " \t")
			if before == "" || !strings.ContainsAny(before[len(before)-1:], ":-[,{") {
				continue
			}
			end := at + 1 + len(name)
			d.reportSlip(i, line, slip{from: at, end: end, message: "a * at the start of a value makes it a YAML alias, and it names nothing"})
			d.repaired[i+1] += 2 // the quotes
			lines[i] = line[:at] + quoted(line[at:end]) + line[end:]
			return true
		}
	}
	d.explain(lines, "unknown anchor", 0)
	return false
}

// findSlip looks for a value on the line that wants quotes.
func findSlip(line string) (slip, bool) {
	if indent := line[:len(line)-len(strings.TrimLeft(line, " \t\u00a0"))]; strings.ContainsAny(indent, "\t\u00a0") {
		at := strings.IndexAny(indent, "\t\u00a0")
		r, size := utf8.DecodeRuneInString(indent[at:])
		spaces := " "
		if r == '\t' {
			spaces = "  "
		}
		return slip{from: at, end: at + size, replace: spaces, hint: "indent with spaces",
			message: fmt.Sprintf("the line is indented with %s (U+%04X)", visibleName(r), r)}, true
	}
	if at := strings.Index(line, ":\u00a0"); at >= 0 {
		return slip{from: at + 1, end: at + 3, replace: " ", hint: "type a plain space",
			message: "a no-break space (U+00A0) follows the colon, so YAML sees no key"}, true
	}
	from := 0
	if m := blockKey.FindStringSubmatchIndex(line); m != nil {
		from = m[4]
	} else if m := blockItem.FindStringSubmatchIndex(line); m != nil {
		from = m[4]
	}
	value := line[from:]
	if from > 0 && !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "[") {
		if message := wantsQuotes(value, false); message != "" {
			return slip{from: from, end: len(line), message: message, hint: negation(value)}, true
		}
		return slip{}, false
	}
	for at := from; at < len(line); {
		m := flowKey.FindStringIndex(line[at:])
		if m == nil {
			break
		}
		start := at + m[1]
		end := start + flowEnd(line[start:])
		value := strings.TrimRight(line[start:end], " \t")
		if message := wantsQuotes(value, true); message != "" {
			return slip{from: start, end: start + len(value), message: message, hint: negation(value)}, true
		}
		if whole := strings.TrimRight(line[start:start+meantEnd(line[start:])], " \t"); len(whole) > len(value) {
			return slip{from: start, end: start + len(whole), message: cutAt(whole)}, true
		}
		at = max(end, start)
	}
	return slip{}, false
}

// flowEnd is where a value in a { } row ends: at the next key, or at the end of the row.
func flowEnd(rest string) int {
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		if closing := closingQuote(rest); closing > 0 {
			if next := strings.IndexAny(rest[closing:], ",}]"); next >= 0 {
				return closing + next
			}
			return len(rest)
		}
	}
	if rest != "" && (rest[0] == '{' || rest[0] == '[') {
		return 0 // its own keys are looked at next
	}
	if next := strings.IndexAny(rest, ",}]"); next >= 0 {
		return next
	}
	return len(rest)
}

// longestMeant bounds in bytes how far a value is followed beyond what YAML takes of it: a line may have very many.
const longestMeant = 1 << 10

// meantEnd is where a value in a { } row is meant to end that stands without quotes: what brackets and quotes of its own
// enclose is a part of it, though not to YAML.
func meantEnd(rest string) int {
	if rest == "" || strings.ContainsRune(`"'{[`, rune(rest[0])) {
		return 0
	}
	rest = rest[:min(len(rest), longestMeant)]
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}', ',':
			switch {
			case depth > 0 && c != ',':
				depth--
			case depth == 0 && c != ')':
				return i
			}
		case '"', '\'':
			if i > 0 && strings.ContainsRune(" ([,=<>", rune(rest[i-1])) {
				i += max(closingQuote(rest[i:]), 1) - 1
			}
		}
	}
	return 0 // its brackets are not closed here
}

// cutAt says at what YAML cuts a value in a { } row.
func cutAt(value string) string {
	for i, r := range value {
		switch {
		case r == ',':
			return "inside { } a comma ends the value"
		case strings.ContainsRune("[]{}", r):
			return fmt.Sprintf("inside { } a %c ends the value", r)
		case r == '#' && i > 0 && value[i-1] == ' ':
			return `" #" begins a comment, so the rest of the line is not read`
		}
	}
	return ""
}

// wantsQuotes says why YAML cannot read the value as one text, or "".
func wantsQuotes(value string, flow bool) string {
	if value == "" {
		return ""
	}
	switch value[0] {
	case '"', '\'':
		closing := closingQuote(value)
		if closing <= 0 {
			return ""
		}
		if rest := strings.TrimSpace(value[closing:]); rest != "" && !strings.HasPrefix(rest, "#") {
			return "the value ends at its second quote, and more follows: quote the whole value"
		}
		return ""
	case '@', '`', '%':
		return fmt.Sprintf("a value cannot begin with %c", value[0])
	case '!':
		return "a ! at the start of a value is a YAML tag"
	case ']', '}', ',':
		return fmt.Sprintf("a value cannot begin with %c", value[0])
	case '|', '>', '&', '*':
		return ""
	}
	if strings.Contains(value, ": ") || strings.HasSuffix(value, ":") {
		return "a colon and a space inside a value begin a new key"
	}
	if flow && strings.Contains(value, " #") {
		return `" #" begins a comment, so the rest of the line is not read`
	}
	return ""
}

// negation is the hint for a condition that begins with !, which YAML takes for a tag.
func negation(value string) string {
	if rest, ok := strings.CutPrefix(value, "!"); ok {
		return "in a condition write: not " + rest
	}
	return ""
}

// closingQuote is the index after the quote that closes the text's first one, or 0.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] != s[0]:
		case s[0] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// explain reports a syntax error that no repair is known for, in plainer words than the library's.
func (d *Document) explain(lines []string, reason string, reached int) {
	line := reached
	for line > 0 && strings.TrimSpace(lines[line]) == "" {
		line--
	}
	message, hint := "YAML cannot read this line: "+strings.TrimPrefix(reason, "yaml: "), ""
	switch {
	case strings.Contains(reason, "unexpected end of stream"):
		message, hint = "a quote is opened and never closed", "close it on the same line"
		line = unclosedAbove(lines, line, line)
	case strings.Contains(reason, "expected ',' or"):
		message, hint = "a [ or { is not closed, or a comma is missing in it", "write one key on each line instead, or close it on the same line"
		line = unclosedAbove(lines, line, line)
	case strings.Contains(reason, "could not find expected ':'"):
		message, hint = "YAML cannot read this line or the one above it: it is neither `key: value` nor an item that begins with `- `", ""
	case strings.Contains(reason, "block sequence entries are not allowed"):
		message, hint = "a list cannot begin on the line of its key", "begin it on the next line, or write [a, b]"
	case strings.Contains(reason, "did not find expected"), strings.Contains(reason, "mapping values are not allowed"):
		message, hint = "this line does not fit the ones above it", "check its indentation, and the quotes and brackets above it"
	case strings.Contains(reason, "max depth"):
		message, hint = fmt.Sprintf("the file is nested deeper than %d levels", maxDepth), ""
	}
	if _, repaired := d.repaired[line+1]; repaired {
		return // the repair did not help; what it was for is reported
	}
	text := strings.TrimRight(lines[line], " \t\r")
	column := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " \t")) + 1
	d.add(Problem{Line: line + 1, Column: column, Code: syntaxCode, Message: message, Hint: hint})
}

// unclosedAbove is the nearest line, from the given one upwards, on which a quote or bracket stays open.
func unclosedAbove(lines []string, from, otherwise int) int {
	for i := from; i >= max(0, from-1000); i-- {
		if stayOpen(lines[i]) {
			return i
		}
	}
	return otherwise
}

func stayOpen(line string) bool {
	open := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '{', '[':
			open++
		case '}', ']':
			open--
		case '"', '\'':
			if i > 0 && !strings.ContainsRune(" \t[{,:", rune(line[i-1])) {
				continue // an apostrophe inside a word
			}
			length := closingQuote(line[i:])
			if length == 0 {
				return true
			}
			i += length - 1
		case '#':
			if i == 0 || line[i-1] == ' ' {
				return open > 0
			}
		}
	}
	return open > 0
}

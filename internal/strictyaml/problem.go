package strictyaml

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Severity says whether a problem refuses the file.
type Severity int

// An Error refuses the file it stands in; a Warning is shown and changes nothing.
const (
	Error Severity = iota
	Warning
)

// String is the word people read.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText writes the word, so that a problem in JSON reads as on the screen.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Problem is one finding about a file, as data: the command line prints it, the API and editors read it.
// Line and Column count from 1, Column in characters; both are 0 for a finding about the file as a whole.
type Problem struct {
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	Source   string   `json:"source,omitempty"` // the line itself; empty or masked where it could hold a secret
	Message  string   `json:"message"`          // what is wrong
	Hint     string   `json:"hint,omitempty"`   // what to write instead
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable and short, e.g. "unknown-key"
}

// Docs is the section of the documents that says what to do about a finding of this code.
func (p Problem) Docs() string { return "docs/lint.md#" + strings.ReplaceAll(p.Code, ".", "") }

// MarshalJSON writes the problem with its section of the documents, as docs.
func (p Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	return json.Marshal(struct {
		plain
		Docs string `json:"docs"`
	}{plain(p), p.Docs()})
}

// String is the problem in one line: file:line:col: message.
func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.File, p.Line, max(p.Column, 1))
	}
	if p.Severity == Warning {
		where += ": warning"
	}
	return printable(where + ": " + p.Message)
}

// snippetWidth bounds the line shown under a problem: a minified file must not flood the terminal.
const snippetWidth = 100

// Text is the problem as people read it: the place, the line, a caret, what to write instead. It ends with a newline.
func (p Problem) Text() string {
	var b strings.Builder
	b.WriteString(p.String())
	b.WriteByte('\n')
	if p.Line > 0 && strings.TrimSpace(p.Source) != "" {
		line, caret := window(p.Source, p.Column)
		number := fmt.Sprintf("%5d", p.Line)
		fmt.Fprintf(&b, "%s | %s\n%s | %s^\n", number, line, strings.Repeat(" ", len(number)), strings.Repeat(" ", caret))
	}
	if p.Hint != "" {
		b.WriteString("  hint: " + printable(p.Hint) + "\n")
	}
	return b.String()
}

// Render joins the texts of several problems.
func Render(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.Text())
	}
	return b.String()
}

// HasErrors reports whether any of the problems refuses its file.
func HasErrors(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Error {
			return true
		}
	}
	return false
}

// printable replaces what does not print, character for character: a file must not send escape codes to a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsGraphic(r) || r == '\u2028' || r == '\u2029':
			return '\uFFFD'
		}
		return r
	}, s)
}

// window cuts the line to what fits around the column, so that the caret stands right.
func window(source string, column int) (line string, caret int) {
	runes := []rune(printable(source))
	caret = min(max(column-1, 0), len(runes))
	if len(runes) <= snippetWidth {
		return strings.TrimRight(string(runes), " "), caret
	}
	start := min(max(caret-snippetWidth/2, 0), len(runes)-snippetWidth)
	cut := runes[start : start+snippetWidth]
	if start > 0 {
		cut[0] = '…'
	}
	if start+snippetWidth < len(runes) {
		cut[snippetWidth-1] = '…'
	}
	return string(cut), caret - start
}

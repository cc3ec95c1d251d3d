package strictyaml

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// readText turns the bytes into text and lines. Text in another encoding is a problem, but it is read on as what it
// most likely is, so that its other problems come out at the same time. ok is false where nothing can be read.
func (d *Document) readText(data []byte) (text string, ok bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > maxFile:
		d.add(Problem{Code: "too-large", Message: fmt.Sprintf("the file is %d MiB, more than the %d MiB a file may have", len(data)>>20, maxFile>>20),
			Hint: "split it into several files"})
		return "", false
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		d.add(Problem{Line: 1, Column: 1, Code: "encoding", Message: "the file is saved as UTF-16", Hint: "save it as UTF-8"})
		return "", false
	}
	if !utf8.Valid(data) {
		at := invalidAt(data)
		r := charmap.Windows1252.DecodeByte(data[at])
		before := data[:at]
		line := bytes.Count(before, []byte("\n")) + 1
		column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil {
			d.add(Problem{Line: line, Column: column, Code: "encoding", Message: "the file is not UTF-8 text", Hint: "save it as UTF-8"})
			return "", false
		}
		data = decoded
		d.lines = splitLines(string(data))
		d.add(Problem{Line: line, Column: column, Code: "encoding",
			Message: fmt.Sprintf("%q is saved as Windows-1252", r), Hint: "save the file as UTF-8"})
	}
	text = string(data)
	d.lines = splitLines(text)
	return text, !d.invisible()
}

// invisible names the characters that nobody can see in an editor and that YAML either refuses without a place or
// takes as line ends, which would shift every position after them.
func (d *Document) invisible() bool {
	found := false
	for i, line := range d.lines {
		column := 0
		for _, r := range line {
			column++
			if name := invisibleName(r); name != "" {
				d.add(Problem{Line: i + 1, Column: column, Code: "invisible-character",
					Message: fmt.Sprintf("an invisible character stands here: %s (U+%04X)", name, r), Hint: "delete it and type the text again"})
				found = true
			}
		}
	}
	return found
}

func invisibleName(r rune) string {
	switch {
	case r == '\u0085' || r == '\u2028' || r == '\u2029':
		return "an unusual line end"
	case r == '\u200b' || r == '\u2060' || r == '\ufeff':
		return "a space without width"
	case r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
		return "a mark that turns the direction of the text"
	case r == '\r':
		return "a carriage return inside a line"
	case r < ' ' && r != '\t' || r >= '\u007f' && r <= '\u009f':
		return "a control character"
	case r == '\ufffe' || r == '\uffff':
		return "not a character"
	}
	return ""
}

// visibleName names the characters that look like others: what a chat or a word processor makes of a quote or a space.
func visibleName(r rune) string {
	switch r {
	case '“', '”', '„', '‟', '«', '»':
		return `a typographic quote`
	case '‘', '’', '‚', '‛':
		return `a typographic apostrophe`
	case '\u00a0', '\u202f', '\u2007':
		return "a no-break space"
	case '\t':
		return "a tab"
	}
	return ""
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return 0
}

func splitLines(text string) []string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return lines
}

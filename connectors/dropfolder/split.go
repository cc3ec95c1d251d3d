package dropfolder

import (
	"errors"
	"io"
	"strings"
)

// splitter reads CSV records (RFC 4180) with three differences to encoding/csv,
// all so that one bad row costs one row: after a quote that is never closed it
// goes on with the next line, a quote within an unquoted cell is a character,
// and ="0123" is a cell whose zeros a spreadsheet was to keep.
type splitter struct {
	text  string // what is left
	line  int    // of what is left, from 1
	comma byte
}

// errQuote refuses one record.
var errQuote = errors.New("a quote is not closed, or closed in the middle of a cell")

// next returns a record, the line it begins on and its text.
func (s *splitter) next() (cells []string, line int, raw string, err error) {
	if s.text == "" {
		return nil, s.line, "", io.EOF
	}
	line = s.line
	rest := s.text
	for {
		var cell string
		if cell, rest, err = s.cell(rest); err != nil {
			first, _, _ := strings.Cut(s.text, "\n")
			s.advance(min(len(first)+1, len(s.text)))
			return nil, line, first, err
		}
		cells = append(cells, cell)
		if rest == "" || rest[0] == '\n' {
			break
		}
		rest = rest[1:] // the comma
	}
	taken := len(s.text) - len(rest)
	raw = s.text[:taken]
	s.advance(min(taken+1, len(s.text)))
	return cells, line, raw, nil
}

func (s *splitter) advance(n int) {
	s.line += strings.Count(s.text[:n], "\n")
	s.text = s.text[n:]
}

// cell takes one cell; the rest begins with a comma or line end, or is empty.
func (s *splitter) cell(text string) (cell, rest string, err error) {
	quoted, opens := strings.CutPrefix(strings.TrimLeft(text, " "), `"`)
	if !opens {
		quoted, opens = strings.CutPrefix(text, `="`)
	}
	if !opens {
		end := strings.IndexAny(text, "\n"+string(s.comma))
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for {
		inner, after, closed := strings.Cut(quoted, `"`)
		b.WriteString(inner)
		if strings.HasPrefix(after, `"`) {
			b.WriteByte('"')
			quoted = after[1:]
			continue
		}
		after = strings.TrimLeft(after, " ")
		if !closed || after != "" && after[0] != '\n' && after[0] != s.comma {
			return "", "", errQuote
		}
		return b.String(), after, nil
	}
}

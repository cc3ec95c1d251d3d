package rules

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// sheet is a table as spreadsheets write it.
type sheet struct {
	name    string
	at      []int // what each column is: a column of the map, or one of the codes below
	records []record
}

// record is one row of a sheet.
type record struct {
	cells []string
	line  int // of the file
	row   int // as the spreadsheet counts, from 1
}

// What a sheet's column can be beside a column of the map.
const (
	cellIgnored = -iota - 1
	cellPosition
	cellEnabled
)

// fileRows are the rows of the CSV file that a rule names.
func (c *compiler) fileRows(keys *pairKeys) []row {
	at := c.at(keys.Node.Place("file"))
	name := path.Join(path.Dir(c.name), keys.File)
	f, ok := c.report.files[name]
	if !ok || !isCSV(name) {
		var known []string
		for _, f := range c.files {
			if isCSV(f.Name) {
				known = append(known, f.Name)
			}
		}
		if !isCSV(name) {
			c.report.error(at, "no-file", didYouMean(keys.File, known, `save it as "CSV UTF-8", under a name that ends in .csv`), "%q is no CSV", keys.File)
			return nil
		}
		c.report.error(at, "no-file", didYouMean(keys.File, known, "put it beside the rule files"), "there is no file %q beside the rules", keys.File)
		return nil
	}
	c.used[name] = true
	c.named[c.name] = append(c.named[c.name], name)
	s, ok := c.sheet(f)
	if !ok {
		return nil
	}
	tell := c.report.error
	if keys.OnBadRow == "skip" {
		tell = func(at place, code, hint, format string, args ...any) {
			c.report.warn(at, code, hint, "the row is left out: "+format, args...)
		}
	}
	var out []row
	for _, rec := range s.records {
		if r, ok := c.sheetRow(s, rec, tell); ok {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		c.report.error(at, "no-rows", "fill it, or name another file", "%s has no rows: the rule invites nobody", name)
	}
	return out
}

// sheet reads a CSV file and its header.
func (c *compiler) sheet(f File) (sheet, bool) {
	s := sheet{name: f.Name}
	start := place{f.Name, 1, 1}
	switch {
	case len(f.Data) > maxFileSize:
		c.report.error(start, "too-large", "split it into several", "the file is larger than %d MiB", maxFileSize>>20)
		return s, false
	case bytes.HasPrefix(f.Data, []byte("\xff\xfe")), bytes.HasPrefix(f.Data, []byte("\xfe\xff")), bytes.IndexByte(f.Data, 0) >= 0:
		c.report.error(place{file: f.Name}, "encoding", `save it as "CSV UTF-8"`, "the file is not text in UTF-8")
		return s, false
	case !utf8.Valid(f.Data):
		c.report.warn(place{file: f.Name}, "encoding", `save it as "CSV UTF-8"`, "the file is saved as Windows-1252 and read as such")
	}
	text := readable(f.Data)
	records, err := split(text)
	if err != nil {
		at := start
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			at.line, err = e.StartLine, e.Err
		}
		c.report.error(at, "csv", "close the quote at the cell's end, and double one within it, or save the table again from the spreadsheet",
			"the file cannot be read as CSV: %v", err)
		return s, false
	}
	if len(records) == 0 {
		c.report.error(start, "empty-file", "write a header and a row for each position", "the file is empty")
		return s, false
	}
	s.records = records[1:]
	return s, c.header(&s, records[0])
}

// header makes out what each column is.
func (c *compiler) header(s *sheet, head record) bool {
	known := append(columnNames[:], "position", "enabled", "owner", "note")
	at := place{s.name, head.line, 1}
	seen := map[string]string{}
	ok := true
	for i, text := range head.cells {
		name := FoldName(text)
		cell := cellName(i, head.row)
		what, found := whatColumn(name)
		switch {
		case name == "" && s.emptyBelow(i):
		case name == "":
			c.report.error(at, "header", "write its name, or empty the column", "%s: the column has no name", cell)
			ok = false
		case !found:
			c.report.error(at, "header", didYouMean(name, known, "the columns are: "+strings.Join(known, ", ")), "%s: there is no column %q", cell, text)
			ok = false
		case seen[name] != "":
			c.report.error(at, "header", "delete one of the two", "%s: the column %s stands at %s already", cell, name, seen[name])
			ok = false
		}
		seen[name] = cell
		s.at = append(s.at, what)
	}
	if seen["position"] == "" && ok {
		c.report.error(at, "header", "the columns are: "+strings.Join(known, ", "), "there is no column position")
		ok = false
	}
	return ok
}

func whatColumn(name string) (what int, found bool) {
	switch name {
	case "position":
		return cellPosition, true
	case "enabled":
		return cellEnabled, true
	case "owner", "note":
		return cellIgnored, true
	}
	for c, n := range columnNames {
		if n == name {
			return c, true
		}
	}
	return cellIgnored, false
}

func (s sheet) emptyBelow(column int) bool {
	for _, r := range s.records {
		if column < len(r.cells) && r.cells[column] != "" {
			return false
		}
	}
	return true
}

// readable is a file's text, from Windows-1252 where it is not UTF-8, with plain
// line ends.
func readable(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		data, _ = charmap.Windows1252.NewDecoder().Bytes(data) // it decodes every byte
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return strings.ReplaceAll(text, "\r", "\n")
}

// split reads the records, with the separator that the header uses most.
func split(text string) ([]record, error) {
	line := 1
	if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(FoldName(first), "sep=") { // a spreadsheet's own hint
		text, line = rest, 2
	}
	reader := func(lazy bool) *csv.Reader {
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, lazy, separator(text)
		return r
	}
	if err := openQuote(reader(false)); err != nil {
		err.StartLine += line - 1
		return nil, err
	}
	r := reader(true)
	var out []record
	folded := 0 // line ends inside cells so far
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		at, _ := r.FieldPos(0)
		at += line - 1
		rec := record{line: at, row: at - folded - (line - 1)}
		for _, cell := range cells {
			folded += strings.Count(cell, "\n")
			rec.cells = append(rec.cells, unwrapped(cell))
		}
		out = append(out, rec)
	}
}

// openQuote is the first quote that opens a cell and does not close it: whoever
// reads past it takes the rows below for one cell. A quote within a cell that began
// without one is a letter, such as an inch.
func openQuote(r *csv.Reader) *csv.ParseError {
	r.ReuseRecord = true
	for {
		_, err := r.Read()
		e, ok := errors.AsType[*csv.ParseError](err)
		switch {
		case ok && errors.Is(e.Err, csv.ErrQuote):
			e.Err = errors.New("a quote opens a cell and does not close it")
			return e
		case err != nil && !ok: // the end
			return nil
		}
	}
}

func separator(text string) rune {
	header := strings.TrimLeft(text, "\n")
	header, _, _ = strings.Cut(header, "\n")
	best, most := ',', 0
	for _, r := range []rune{',', ';', '\t'} {
		if n := strings.Count(header, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

// unwrapped is a cell's text; ="0123" is how people keep a spreadsheet from
// dropping the zero.
func unwrapped(cell string) string {
	cell = strings.TrimSpace(cell)
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSpace(strings.TrimSuffix(inner, `"`))
	}
	return cell
}

package dropfolder

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"flowd/connectors"
)

// csv reads a CSV as spreadsheets write it: comma, semicolon or tab, whichever
// the header has most of, or as its first line sep=; says.
func (r rows) csv(text string) (func() (row, error), error) {
	in := &splitter{text: text, line: 1}
	if first, rest, _ := strings.Cut(text, "\n"); len(first) == len("sep=;") && strings.EqualFold(first[:4], "sep=") {
		in = &splitter{text: rest, line: 2, comma: first[4]}
	} else {
		in.comma = delimiter(first)
	}
	header, _, _, err := in.next()
	if err != nil {
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	names, err := r.names(header)
	if err != nil {
		return nil, err
	}
	return func() (row, error) {
		for {
			cells, line, raw, err := in.next()
			x := row{line: line, raw: raw}
			switch {
			case err != nil:
				return x, err
			case blank(cells):
				continue
			}
			x.record, err = record(names, cells)
			return x, err
		}
	}, nil
}

// delimiter is the one that the header has most of.
func delimiter(header string) byte {
	best, most := byte(','), 0
	for _, c := range []byte(",;\t") {
		if n := strings.Count(header, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// names are the parts in which the columns go; a column that is none is a
// custom field. The header is not quoted in errors: in a file without one it is
// somebody's data.
func (r rows) names(header []string) ([]string, error) {
	names := make([]string, len(header))
	elsewhere := slices.Collect(maps.Values(r.columns))
	for i, cell := range header {
		cell = strings.TrimSpace(cell)
		name, configured := r.columns[foldHeader(cell)]
		if !configured {
			name = connectors.FieldPrefix + cell
			known, ok := partOf(strings.ReplaceAll(foldHeader(cell), " ", "_"))
			if ok && !slices.Contains(elsewhere, known) {
				name = known
			}
		}
		switch {
		case cell == "":
			name = "" // a column that nobody named is not read
		case slices.Contains(names[:i], name):
			return nil, fmt.Errorf("two columns of the header mean the same; the second is column %d", i+1)
		}
		names[i] = name
	}
	for _, header := range slices.Sorted(maps.Keys(r.columns)) {
		name := r.columns[header]
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("the header has no column %q, which columns: names for %s", header, name)
		}
	}
	if !slices.ContainsFunc(names, func(n string) bool { return n == "application" || n == "candidate.id" || n == "job.id" }) {
		return nil, errors.New("the header has no column application_id; name it so, or say under columns: how it is named")
	}
	return names, nil
}

// foldHeader makes headers that look alike one.
func foldHeader(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

var (
	// How people keep a spreadsheet from dropping a zero, inside a quoted cell.
	wrapped = regexp.MustCompile(`^="(.*)"$`)
	// A spreadsheet's short form of a long number: digits are lost.
	scientific = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+$`)
)

// exact are the parts in which each digit counts.
var exact = []string{"application", "candidate.id", "candidate.phone", "job.id", "stage.id"}

var formulaErrors = []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#ERROR!"}

func record(names, cells []string) (connectors.Record, error) {
	if len(cells) < len(names) || !blank(cells[len(names):]) {
		return nil, fmt.Errorf("the row has %d cells and the header %d", len(cells), len(names))
	}
	out := connectors.Record{}
	for i, name := range names {
		cell := strings.TrimSpace(cells[i])
		if m := wrapped.FindStringSubmatch(cell); m != nil {
			cell = m[1]
		}
		switch {
		case cell == "" || name == "":
			continue
		case slices.Contains(formulaErrors, strings.ToUpper(cell)):
			return nil, fmt.Errorf("column %d (%s) holds a spreadsheet's error", i+1, name)
		case slices.Contains(exact, name) && scientific.MatchString(cell):
			return nil, fmt.Errorf("column %d (%s) holds a number that the spreadsheet has shortened; format the column as text", i+1, name)
		}
		out[name] = cell
	}
	return out, nil
}

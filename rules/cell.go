package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// mangled is what spreadsheets make of a long id, and broken what they write for
// a formula that failed, in the languages that have words of their own for it.
var (
	mangled = regexp.MustCompile(`^-?[0-9]+([.,][0-9]+)?E[+-][0-9]+$`)
	broken  = regexp.MustCompile(`^#(N/[AVD]|NV|[¡¿]?[\p{Lu}/0]+[!?]|#+)$`)
)

// sheetRow makes a row of the map; ok is false for one that is empty, switched
// off or wrong.
func (c *compiler) sheetRow(s sheet, rec record, tell func(at place, code, hint, format string, args ...any)) (row, bool) {
	at := place{s.name, rec.line, 1}
	if rec.empty() {
		return row{}, false
	}
	ok := true
	wrong := func(column int, hint, format string, args ...any) {
		ok = false
		tell(at, "cell", hint, cellName(column, rec.row)+": "+format, args...)
	}
	if i := slices.Index(s.at, cellEnabled); i >= 0 && i < len(rec.cells) {
		switch on, known := parseEnabled(rec.cells[i]); {
		case !known:
			wrong(i, "write yes or no", "%q is neither yes nor no", rec.cells[i])
		case !on:
			return row{}, false
		}
	}
	var cells [columnCount][]string
	var where [columnCount]int
	position := ""
	for i, text := range rec.cells {
		if i >= len(s.at) {
			if text != "" {
				wrong(i, "put values that hold the separator in quotes", "the row has more cells than the header")
			}
			continue
		}
		what := s.at[i]
		switch {
		case what == cellIgnored:
		case mangled.MatchString(text):
			wrong(i, "format the column as text and paste the value again", "the spreadsheet turned the value into %s", text)
		case broken.MatchString(text):
			wrong(i, "mend the formula, or write the value", "%s is a formula that failed", text)
		case what == cellPosition:
			position = text
		case what >= 0:
			where[what], cells[what] = i, alternativesIn(text)
		}
	}
	if position == "" && ok {
		wrong(slices.Index(s.at, cellPosition), "write the position, or no under enabled", "the row has no position")
	}
	if !ok {
		return row{}, false
	}
	return c.row(at, at, cells, position, func(col column, _ int, hint, format string, args ...any) {
		wrong(where[col], hint, format, args...)
	})
}

func (r record) empty() bool { return strings.Join(r.cells, "") == "" }

// alternativesIn splits a cell that holds several: with | or on lines of their
// own. A comma or semicolon belongs to names.
func alternativesIn(text string) []string {
	var out []string
	for _, t := range strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == '\n' }) {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

func parseEnabled(text string) (on, known bool) {
	switch FoldName(text) {
	case "", "yes", "true", "1", "x", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero", "sì", "vero", "sim", "verdadeiro":
		return true, true
	case "no", "false", "0", "nein", "falsch", "non", "faux", "falso", "não":
		return false, true
	}
	return true, false
}

// cellName is a cell as spreadsheets name it: C7.
func cellName(column, row int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return fmt.Sprintf("%s%d", name, row)
}

package rules

import (
	"fmt"
	"regexp"
	"strings"
)

// mangled is what spreadsheets make of a long id, and broken what they write for
// a formula that failed, in the languages that have words of their own for it.
var (
	mangled = regexp.MustCompile(`^-?[0-9]+([.,][0-9]+)?E[+-][0-9]+$`)
	broken  = regexp.MustCompile(`^#(N/A|NV|REF!|BEZUG!|VALUE!|WERT!|NAME\?|DIV/0!|NULL!|NUM!|ZAHL!|SPILL!|CALC!|#+)$`)
)

// sheetRow makes a row of the map; ok is false for one that is empty, switched
// off or wrong.
func (c *compiler) sheetRow(s sheet, rec record, tell func(at place, code, hint, format string, args ...any)) (row, bool) {
	at := place{s.name, rec.line, 1}
	var cells [columnCount][]string
	var position string
	var where [columnCount]string
	positionCell := ""
	enabled, empty, ok := true, true, true
	for i := range max(len(rec.cells), len(s.at)) {
		text, cell, what := "", cellName(i, rec.row), cellIgnored
		if i < len(rec.cells) {
			text = rec.cells[i]
		}
		if i < len(s.at) {
			what = s.at[i]
		}
		empty = empty && text == ""
		switch {
		case i >= len(s.at) && text != "":
			tell(at, "cell", "put values that hold the separator in quotes", "%s: the row has more cells than the header", cell)
			ok = false
		case what != cellIgnored && mangled.MatchString(text):
			tell(at, "cell", "format the column as text and paste the value again", "%s: the spreadsheet turned the value into %s", cell, text)
			ok = false
		case what != cellIgnored && broken.MatchString(text):
			tell(at, "cell", "mend the formula, or write the value", "%s: %s is a formula that failed", cell, text)
			ok = false
		case what == cellPosition:
			position, positionCell = text, cell
		case what == cellEnabled:
			on, known := parseEnabled(text)
			if !known {
				tell(at, "cell", "write yes or no", "%s: %q is neither yes nor no", cell, text)
				ok = false
			}
			enabled = on
		case what >= 0:
			where[what] = cell
			cells[what] = alternativesIn(text)
		}
	}
	switch {
	case empty || !enabled:
		return row{}, false
	case position == "" && ok:
		tell(at, "cell", "write the position, or no under enabled", "%s: the row has no position", positionCell)
		return row{}, false
	case !ok:
		return row{}, false
	}
	return c.row(at, cells, position, func(col column, _ int, hint, format string, args ...any) {
		tell(at, "cell", hint, where[col]+": "+format, args...)
	})
}

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
	case "", "yes", "true", "1", "x", "ja", "wahr":
		return true, true
	case "no", "false", "0", "nein", "falsch":
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

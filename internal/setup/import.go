package setup

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

// ErrNoRows says that no row of a table can be used.
var ErrNoRows = errors.New("no row of the table can be used")

// Import reads a table as spreadsheets write it. What it could not resolve is in
// the problems, each at its row; such rows are kept in the table and switched
// off. A table of which nothing can be used is an error, as is one without the
// column of the positions. Sources is what the rows may name.
func Import(name string, data []byte, a Answers, k Known, sources []rules.Source) (*Table, []strictyaml.Problem, error) {
	lines, err := rules.Spreadsheet(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("%s: the file is empty", name)
	}
	i := importer{name: name, table: &Table{}, known: k, stage: a.Stage, sources: sources}
	if err := i.head(lines[0]); err != nil {
		return nil, i.problems, err
	}
	for _, l := range lines[1:] {
		i.row(l)
	}
	i.stages()
	for i.round() {
	}
	slices.SortStableFunc(i.problems, func(a, b strictyaml.Problem) int { return a.Line - b.Line })
	if i.err == nil && !slices.ContainsFunc(i.table.rows, func(r row) bool { return !r.off }) {
		i.err = fmt.Errorf("%s: %w", name, ErrNoRows)
	}
	return i.table, i.problems, i.err
}

type importer struct {
	name     string
	table    *Table
	known    Known
	stage    string
	sources  []rules.Source
	at       []int // what each column of the file is; -1 is none
	problems []strictyaml.Problem
	err      error
}

func (i *importer) tell(line int, hint, format string, args ...any) {
	i.problems = append(i.problems, strictyaml.Problem{File: i.name, Line: line, Column: 1, Severity: strictyaml.Warning, Code: "import",
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (i *importer) head(l rules.Line) error {
	seen := map[int]string{}
	for _, text := range l.Cells {
		at, known := column(text)
		switch {
		case !known && text == "":
			at = -1
		case !known:
			at = -1
			i.tell(l.Number, "the columns are: "+strings.Join(header, ", "), "there is no column %q: it is left out", text)
		case seen[at] != "":
			return fmt.Errorf("%s:%d: the columns %q and %q both say the %s: delete one of the two", i.name, l.Number, seen[at], text, header[at])
		default:
			seen[at] = text
		}
		i.at = append(i.at, at)
	}
	if seen[atPosition] == "" {
		return fmt.Errorf("%s:%d: there is no column position: its header is position, interview or hireflix", i.name, l.Number)
	}
	return nil
}

func (i *importer) row(l rules.Line) {
	r := row{line: l.Number}
	for n, cell := range l.Cells {
		if n < len(i.at) && i.at[n] >= 0 {
			r.cells[i.at[n]] = strings.Join(strings.FieldsFunc(cell, func(c rune) bool { return c == '\n' }), "|")
		}
	}
	if strings.Join(r.cells[:], "") == "" {
		return
	}
	n := len(i.table.rows)
	i.table.rows = append(i.table.rows, r)
	named := strings.Join(r.cells[atJob:atStage], "")
	switch {
	case slices.Contains([]string{"no", "false", "0", "nein", "falsch"}, rules.FoldName(r.cells[atEnabled])):
		i.table.rows[n].off = true
	case named == "" && r.cells[atPosition] != "":
		i.off(n, "name a job, a department or another column", "the row names a position alone: it would fit everybody")
	}
}

// stages gives every row a stage where one has its own: it stands in the rows or
// at the rule.
func (i *importer) stages() {
	i.table.stages = slices.ContainsFunc(i.table.rows, func(r row) bool { return !r.off && r.cells[atStage] != "" })
	for n := range i.table.rows {
		if cell := &i.table.rows[n].cells[atStage]; i.table.stages && *cell == "" {
			*cell = i.stage
		}
	}
}

// off switches a row off and says why, to the person and in the row.
func (i *importer) off(n int, hint, format string, args ...any) {
	r := &i.table.rows[n]
	if r.off {
		return
	}
	r.off, r.cells[atEnabled] = true, "no"
	i.tell(r.line, hint, format, args...)
	note := "flowd init: " + fmt.Sprintf(format, args...)
	if r.cells[atNote] != "" {
		note = r.cells[atNote] + "; " + note
	}
	r.cells[atNote] = strings.ReplaceAll(note, "\n", " ")
}

// round reads the table as a start would and switches off what is refused. It
// tells whether there may be more: rows that are left can be refused for another
// reason.
func (i *importer) round() bool {
	stage := fmt.Sprintf("    stage: %q\n", i.stage)
	if i.table.stages {
		stage = ""
	}
	set, problems := rules.Compile([]rules.File{
		{Name: "import.yaml", Data: fmt.Appendf(nil, "version: 1\nowner: import\nrules:\n  - id: import\n%s    pairs: {file: %s}\n", stage, tableName)},
		{Name: tableName, Data: i.table.csv()},
	}, rules.Options{Sources: i.sources})
	again := false
	for _, p := range problems {
		n, ok := i.rowOf(p.File, p.Line)
		switch {
		case p.Severity != strictyaml.Error:
		case ok:
			again = again || !i.table.rows[n].off
			i.refuse(n, p)
		case p.File == tableName && p.Code != "too-many" && p.Code != "no-rows":
			i.err = fmt.Errorf("%s: %s", i.name, p.Message)
		}
	}
	if again || i.err != nil || strictyaml.HasErrors(problems) || i.known.Positions == nil {
		return again && i.err == nil
	}
	return i.bind(set)
}

// bind compares the positions with those of the account.
func (i *importer) bind(set *rules.Set) (again bool) {
	_, _, problems := set.Bind(i.known.Positions, nil)
	for _, p := range problems {
		n, ok := i.rowOf(p.File, p.Line)
		if !ok {
			continue
		}
		// It stands at the first row that names the position, and is about all.
		meant := rules.FoldName(i.table.rows[n].cells[atPosition])
		for m := range i.table.rows {
			if rules.FoldName(i.table.rows[m].cells[atPosition]) == meant {
				i.off(m, p.Hint, "%s", p.Message)
				again = true
			}
		}
	}
	return again
}

var (
	cellName = regexp.MustCompile(`^[A-Z]+[0-9]+: `)
	other    = regexp.MustCompile(regexp.QuoteMeta(tableName) + `:([0-9]+)`)
)

// refuse switches off a row that cannot be used, and both of two that contradict
// each other: which of them is right only a person knows.
func (i *importer) refuse(n int, p strictyaml.Problem) {
	message := cellName.ReplaceAllString(p.Message, "")
	i.off(n, p.Hint, "%s", message)
	m := other.FindStringSubmatch(message)
	if p.Code != "tie" || m == nil {
		return
	}
	line, _ := strconv.Atoi(m[1]) // digits, by the expression
	if first, ok := i.rowOf(tableName, line); ok {
		i.off(first, p.Hint, "%s", strings.Replace(message, m[0], fmt.Sprintf("%s:%d", tableName, p.Line), 1))
	}
}

// rowOf is the row that stands on a line of the table as it is written.
func (i *importer) rowOf(file string, line int) (n int, ok bool) {
	n = line - 2
	return n, file == tableName && n >= 0 && n < len(i.table.rows)
}

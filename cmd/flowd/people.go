package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"flowd/internal/web"
	"flowd/rules"
)

// maxPeople bounds one list of people given by hand.
const maxPeople = 10_000

// What a column of such a list can be. The others are those of `flowd list
// --csv`, so that a part of its output can be given back.
const (
	columnCandidate   = "candidate"
	columnEmail       = "email"
	columnApplication = "application"
	columnATS         = "ats"
	columnPosition    = "position"
)

var (
	peopleColumns = []string{columnCandidate, columnEmail, columnApplication, columnPosition, columnATS}
	otherNames    = map[string]string{"address": columnEmail, "e-mail": columnEmail}
	listColumns   = []string{"is", "why", "name", "job", "stage", "rule", "interview", "at", "due", "key", "finished at", "finished_at", "score", "duration", "event", "batch", "note"}
)

// maxPeopleFile bounds what is read of a list.
const maxPeopleFile = 16 << 20

// readPeople reads a list of people: a table with a header, or one reference a
// line; "-" is what comes in. Every line that is wrong is told.
func (a *app) readPeople(path string) ([]web.InviteRow, error) {
	var data []byte
	var err error
	if path == "-" {
		data, err = io.ReadAll(io.LimitReader(a.In, maxPeopleFile))
	} else {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, usage{"--from: " + err.Error()}
	}
	lines, err := rules.Spreadsheet(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	lines = slices.DeleteFunc(lines, func(l rules.Line) bool { return strings.Join(l.Cells, "") == "" })
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	columns, wrong := header(lines[0])
	switch {
	case wrong != "":
		return nil, fmt.Errorf("%s:%d: %s", path, lines[0].Number, wrong)
	case columns != nil:
		lines = lines[1:]
	}
	switch {
	case len(lines) == 0:
		return nil, fmt.Errorf("%s has a header and nobody under it", path)
	case len(lines) > maxPeople:
		return nil, fmt.Errorf("%s names %d people: at most %d at once", path, len(lines), maxPeople)
	}
	rows := make([]web.InviteRow, len(lines))
	for i, l := range lines {
		rows[i] = person(l, columns)
	}
	return rows, nil
}

// header makes out the columns, nil where the file has no header: then each line
// is a reference alone.
func header(first rules.Line) (columns []string, wrong string) {
	var unknown []string
	names := 0
	for _, cell := range first.Cells {
		name := rules.FoldName(cell)
		if other, ok := otherNames[name]; ok {
			name = other
		}
		switch {
		case slices.Contains(columns, name) && slices.Contains(peopleColumns, name):
			return nil, fmt.Sprintf("the column %s stands there twice", name)
		case slices.Contains(peopleColumns, name):
			names++
		case name != "" && !slices.Contains(listColumns, name):
			unknown = append(unknown, fmt.Sprintf("%q", cell))
		}
		columns = append(columns, name)
	}
	known := strings.Join(peopleColumns, ", ")
	switch {
	case names == 0 && len(first.Cells) == 1:
		return nil, ""
	case names == 0:
		return nil, "the first line names no column: the columns are " + known
	case len(unknown) > 0:
		return nil, fmt.Sprintf("there is no column %s: the columns are %s", strings.Join(unknown, ", "), known)
	case !slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(peopleColumns[:3], c) }):
		return nil, "no column says who: candidate, email or application"
	}
	return columns, ""
}

func person(l rules.Line, columns []string) web.InviteRow {
	row := web.InviteRow{Line: l.Number}
	if columns == nil {
		row.Who = strings.TrimSpace(strings.Join(l.Cells, " "))
		return row
	}
	for i, cell := range l.Cells {
		if i >= len(columns) {
			break
		}
		// What was written for a spreadsheet with a quote before a formula.
		if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@", rune(cell[1])) {
			cell = cell[1:]
		}
		switch columns[i] {
		case columnApplication:
			row.Application = cell
		case columnEmail:
			row.Email = cell
		case columnCandidate:
			row.Candidate = cell
			if strings.Contains(cell, "@") {
				row.Candidate, row.Who = "", cell
			}
		case columnATS:
			row.ATS = cell
		case columnPosition:
			row.Position = cell
		}
	}
	return row
}

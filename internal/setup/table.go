package setup

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"

	"flowd/rules"
)

// What the table that is written has, in this order.
var header = []string{"source", "job", "department", "location", "country", "language", "stage", "position", "enabled", "note"}

const (
	atSource = iota
	atJob
	atDepartment
	atLocation
	atCountry
	atLanguage
	atStage
	atPosition
	atEnabled
	atNote
	columns
)

// column is what a header means: our own words, and those that people commonly
// write over such a table.
func column(text string) (at int, known bool) {
	switch name := rules.FoldName(text); name {
	case "job title", "job name", "role", "requisition", "vacancy":
		return atJob, true
	case "team":
		return atDepartment, true
	case "office", "city":
		return atLocation, true
	case "interview", "video interview", "hireflix", "hireflix position":
		return atPosition, true
	case "active":
		return atEnabled, true
	case "notes", "comment", "comments":
		return atNote, true
	default:
		at = slices.Index(header, name)
		return at, at >= 0
	}
}

// Table is the map as it was imported. Rows that cannot be used are kept and
// switched off.
type Table struct {
	rows   []row
	stages bool // the rows name the stages
}

type row struct {
	cells [columns]string
	line  int // of the file that was imported
	off   bool
}

// Rows counts the rows of the table and those of them that are in use.
func (t *Table) Rows() (all, used int) {
	for _, r := range t.rows {
		if !r.off {
			used++
		}
	}
	return len(t.rows), used
}

// wrapped is what a spreadsheet would turn into another number: it keeps what
// stands in ="…" as it is.
var wrapped = regexp.MustCompile(`^(0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+)$`)

// csv is the table as the rules read it: a line a row.
func (t *Table) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(header) // a buffer takes everything; Error below would tell
	for _, r := range t.rows {
		cells := r.cells
		for n, cell := range cells {
			if wrapped.MatchString(cell) {
				cells[n] = `="` + cell + `"`
			}
		}
		_ = w.Write(cells[:])
	}
	w.Flush()
	return b.Bytes()
}

// first is the position of the first row in use.
func (t *Table) first() string {
	for _, r := range t.rows {
		if !r.off {
			return r.cells[atPosition]
		}
	}
	return ""
}

func (t *Table) everyJob() bool {
	return !slices.ContainsFunc(t.rows, func(r row) bool { return !r.off && r.cells[atJob] == "" })
}

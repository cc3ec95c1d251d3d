package rules

import (
	"math/bits"
	"strings"

	"golang.org/x/text/language"

	"flowd"
)

// column is one of the things that a row of the map may name.
type column int

const (
	colSource column = iota
	colJob
	colDepartment
	colLocation
	colCountry
	colLanguage
	colStage
	columnCount
)

var columnNames = [columnCount]string{"source", "job", "department", "location", "country", "language", "stage"}

// columnMembers are what conditions call the same values: a source that does
// not supply the member cannot fill the column. Jobs and stages can be named
// by either of two.
var columnMembers = [columnCount]string{
	colDepartment: "job.department", colLocation: "job.location", colCountry: "job.country", colLanguage: "candidate.language",
}

func (c column) String() string { return columnNames[c] }

// columnSet is the set of columns that a row names.
type columnSet uint8

func (s columnSet) has(c column) bool       { return s&(1<<c) != 0 }
func (s columnSet) with(c column) columnSet { return s | 1<<c }

// rank orders sets by how closely they name: a set with the job beats one
// without, then the one that names more columns.
func (s columnSet) rank() int {
	r := bits.OnesCount8(uint8(s))
	if s.has(colJob) {
		r += int(columnCount) + 1
	}
	return r
}

// String lists the columns' names.
func (s columnSet) String() string {
	var names []string
	for c := range columnCount {
		if s.has(c) {
			names = append(names, columnNames[c])
		}
	}
	return strings.Join(names, ", ")
}

// values are what an event has to offer to each column, folded; of a language
// the closest first, then the wider ones.
type values [columnCount][]string

func valuesOf(source string, job flowd.Job, stage flowd.Stage, c flowd.Candidate) values {
	return values{
		colSource:     folded(source),
		colJob:        folded(job.ID, job.Name),
		colDepartment: folded(job.Department),
		colLocation:   folded(job.Location),
		colCountry:    folded(job.Country),
		colLanguage:   widening(c.Language),
		colStage:      folded(stage.ID, stage.Name),
	}
}

func folded(names ...string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		if f := FoldName(n); f != "" && (len(out) == 0 || out[0] != f) {
			out = append(out, f)
		}
	}
	return out
}

// widening is a language and those that contain it: de-at, de.
func widening(tag string) []string {
	tag = FoldName(strings.ReplaceAll(tag, "_", "-"))
	var out []string
	for tag != "" {
		out = append(out, tag)
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return out
}

// normal is a cell's value as events carry it. ok is false for a language or
// country that none can carry.
func (c column) normal(text string) (normal string, ok bool) {
	switch c {
	case colLanguage:
		tag, err := language.Parse(text)
		return tag.String(), err == nil && tag != language.Und
	case colCountry:
		region, err := language.ParseRegion(text)
		return region.Canonicalize().String(), err == nil && region.IsCountry() && len(text) <= 3
	}
	return text, true
}

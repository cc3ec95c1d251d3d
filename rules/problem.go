package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"flowd/internal/strictyaml"
)

// maxProblems bounds what is reported of one file beside what reading its YAML
// reports: ten thousand rows can be wrong in the same way.
const maxProblems = 100

// report collects what is wrong with a set of files.
type report struct {
	files    map[string]File
	lines    map[string][]string // of the files looked at so far
	problems []strictyaml.Problem
	seen     map[strictyaml.Problem]bool
	count    map[counted]int
}

// counted is what the bound on reports is counted by.
type counted struct {
	file     string
	severity strictyaml.Severity
}

func newReport(files []File) *report {
	r := &report{files: map[string]File{}, lines: map[string][]string{}, seen: map[strictyaml.Problem]bool{}, count: map[counted]int{}}
	for _, f := range files {
		r.files[f.Name] = f
	}
	return r
}

// error reports what refuses the file.
func (r *report) error(at place, code, hint, format string, args ...any) {
	r.add(at, strictyaml.Problem{Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// warn reports what does not refuse the file.
func (r *report) warn(at place, code, hint, format string, args ...any) {
	r.add(at, strictyaml.Problem{Code: code, Hint: hint, Message: fmt.Sprintf(format, args...), Severity: strictyaml.Warning})
}

func (r *report) add(at place, p strictyaml.Problem) {
	p.File, p.Line, p.Column = at.file, at.line, at.column
	p.Source = r.source(at)
	if r.seen[p] {
		return
	}
	r.seen[p] = true
	// Each severity has its own bound: many warnings refuse nothing, and hide no
	// error behind them.
	of := counted{p.File, p.Severity}
	r.count[of]++
	switch n := r.count[of]; {
	case n <= maxProblems:
		r.problems = append(r.problems, p)
	case n == maxProblems+1:
		r.problems = append(r.problems, strictyaml.Problem{File: p.File, Code: "too-many", Message: "more problems are not shown", Severity: p.Severity})
	}
}

func (r *report) source(at place) string {
	if at.line == 0 {
		return ""
	}
	lines, ok := r.lines[at.file]
	if !ok {
		lines = strings.Split(readable(r.files[at.file].Data), "\n")
		r.lines[at.file] = lines
	}
	if at.line > len(lines) {
		return ""
	}
	return strings.TrimSuffix(lines[at.line-1], "\r")
}

// sorted are the problems in file order.
func (r *report) sorted() []strictyaml.Problem {
	slices.SortStableFunc(r.problems, func(a, b strictyaml.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}

// String is the place as file:line.
func (p place) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// didYouMean is a hint that names what was most likely meant, else otherwise.
func didYouMean(written string, known []string, otherwise string) string {
	if near := strictyaml.Nearest(written, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}

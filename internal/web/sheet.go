package web

import (
	"encoding/csv"
	"io"
	"time"
)

// Sheet writes entries as CSV, for a spreadsheet.
type Sheet struct{ w *csv.Writer }

// NewSheet returns a sheet whose first line is written with the first entries.
func NewSheet(w io.Writer) (*Sheet, error) {
	s := &Sheet{csv.NewWriter(w)}
	return s, s.w.Write([]string{"is", "why", "name", "address", "job", "stage", "position", "rule", "ats", "application", "candidate", "interview", "at", "due", "key"})
}

// Add writes entries, and all that was written before them, through to the
// writer.
func (s *Sheet) Add(entries []Entry) error {
	for _, e := range entries {
		row := []string{string(e.Word), e.Why, e.Name, e.Email, e.Job, e.Stage, e.Position, e.Rule, e.ATS, e.Application, e.Candidate, e.Interview, stamp(e.At), stamp(e.Due), e.Key}
		for i := range row {
			row[i] = safeCell(row[i])
		}
		if err := s.w.Write(row); err != nil {
			return err
		}
	}
	s.w.Flush()
	return s.w.Error()
}

// safeCell keeps a spreadsheet from running what a candidate typed as a formula.
func safeCell(text string) string {
	if text == "" {
		return text
	}
	switch text[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + text
	}
	return text
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

package web

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// Sheet writes entries as CSV, for a spreadsheet.
type Sheet struct{ w *csv.Writer }

// NewSheet returns a sheet whose first line is written with the first entries.
func NewSheet(w io.Writer) (*Sheet, error) {
	s := &Sheet{csv.NewWriter(w)}
	return s, s.w.Write([]string{"is", "why", "name", "address", "job", "stage", "position", "rule", "ats", "application", "candidate", "interview", "at", "due", "key", "finished_at", "score", "duration", "event", "batch"})
}

// Add writes entries, and all that was written before them, through to the
// writer.
func (s *Sheet) Add(entries []Entry) error {
	for _, e := range entries {
		row := []string{string(e.Word), e.Why, e.Name, e.Email, e.Job, e.Stage, e.Position, e.Rule, e.ATS, e.Application, e.Candidate, e.Interview, stamp(e.At), stamp(e.Due), e.Key,
			stamp(e.Finished), score(e.Score), seconds(e.Duration), e.Event, e.Batch}
		for i := range row {
			row[i] = SafeCell(row[i])
		}
		if err := s.w.Write(row); err != nil {
			return err
		}
	}
	s.w.Flush()
	return s.w.Error()
}

// SafeCell keeps a spreadsheet from running what a candidate typed as a formula.
func SafeCell(text string) string {
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

func score(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// seconds is a span as spreadsheets can add it up.
func seconds(d Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(time.Duration(d).Seconds(), 'f', 0, 64)
}

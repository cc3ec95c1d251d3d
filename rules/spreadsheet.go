package rules

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
)

// Line is one row of a table that a person gives by hand.
type Line struct {
	Number int // of the line in the file, from 1
	Cells  []string
}

// Spreadsheet reads a table as spreadsheets write it: with commas, semicolons or
// tabs, in UTF-8 with or without a byte order mark, or in Windows-1252. The
// header is its first line. What is no text is refused.
func Spreadsheet(data []byte) ([]Line, error) {
	switch {
	case len(data) > maxFileSize:
		return nil, fmt.Errorf("the file is larger than %d MiB: split it into several", maxFileSize>>20)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), bytes.IndexByte(data, 0) >= 0:
		return nil, errors.New(`the file is not text in UTF-8: save it as "CSV UTF-8"`)
	}
	records, err := split(readable(data))
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, fmt.Errorf("line %d: it cannot be read as CSV: %w", e.StartLine, e.Err)
	}
	lines := make([]Line, len(records))
	for i, r := range records {
		lines[i] = Line{Number: r.line, Cells: r.cells}
	}
	return lines, err
}

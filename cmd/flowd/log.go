package main

import (
	"bytes"
	"maps"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// logger writes for a person on a terminal and JSON otherwise.
func (a *app) logger(gate *levelGate) zerolog.Logger {
	w := a.Err
	if isTerminal(w) {
		w = zerolog.ConsoleWriter{
			Out: w, TimeFormat: time.TimeOnly, NoColor: a.plain,
			FormatPrepare: flatten, FieldsExclude: []string{"lines"}, FormatExtra: errorLines,
		}
	}
	return zerolog.New(gate.over(w)).With().Timestamp().Logger()
}

// flatten makes a record readable on a line: groups are written out, and what is
// empty is left out. A text of several lines goes below.
func flatten(record map[string]any) error {
	if group, ok := record["action"].(map[string]any); ok {
		delete(record, "action")
		maps.Copy(record, group)
	}
	maps.DeleteFunc(record, func(_ string, v any) bool { return v == "" })
	if text, ok := record[zerolog.ErrorFieldName].(string); ok && strings.Contains(text, "\n") {
		delete(record, zerolog.ErrorFieldName)
		record["lines"] = text
	}
	return nil
}

func errorLines(record map[string]any, line *bytes.Buffer) error {
	if text, ok := record["lines"].(string); ok {
		line.WriteString("\n    " + strings.ReplaceAll(text, "\n", "\n    "))
	}
	return nil
}

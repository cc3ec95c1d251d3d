package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"flowd"
)

// What every command keeps to on the screen: results go to stdout, everything
// else to stderr; tables for people, --json for programs; colour only on a
// terminal, never with --plain or NO_COLOR; times in the reader's zone; words
// from the list of flowd.Words, never the names of internal states.

type colour string

const (
	plainText colour = ""
	green     colour = "32"
	yellow    colour = "33"
	red       colour = "31"
	blue      colour = "36"
	dim       colour = "2"
	bold      colour = "1"
)

// paint wraps text in a colour where the output shows colours.
func (a *app) paint(c colour, text string) string {
	if c == plainText || !a.colours() {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

func (a *app) colours() bool {
	if a.plain || a.json || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return isTerminal(a.Out)
}

func isTerminal(s any) bool {
	f, ok := s.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colourOf is a word's colour: what is well, what waits, what wants a person.
func colourOf(w flowd.Word) colour {
	switch w {
	case flowd.WordInvited, flowd.WordWould:
		return green
	case flowd.WordWaiting, flowd.WordChecking:
		return blue
	case flowd.WordHeld:
		return yellow
	case flowd.WordFailed:
		return red
	}
	return dim
}

// cell is one field of a table: its colour is put on after it was aligned.
type cell struct {
	text   string
	colour colour
}

// table writes aligned columns; empty columns are left out.
func (a *app) table(head []string, rows [][]cell) error {
	widths := make([]int, len(head))
	for _, row := range rows {
		for i, c := range row {
			if c.text != "" {
				widths[i] = max(widths[i], utf8.RuneCountInString(c.text), utf8.RuneCountInString(head[i]))
			}
		}
	}
	first := make([]cell, len(head))
	for i, title := range head {
		first[i] = cell{title, dim}
	}
	for _, row := range append([][]cell{first}, rows...) {
		var line, blank strings.Builder
		for i, c := range row {
			if widths[i] == 0 {
				continue
			}
			if c.text != "" {
				line.WriteString(blank.String() + a.paint(c.colour, c.text))
				blank.Reset()
			}
			blank.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text)+2))
		}
		if _, err := fmt.Fprintln(a.Out, line.String()); err != nil {
			return err
		}
	}
	return nil
}

// plainCells are cells without colour.
func plainCells(texts ...string) []cell {
	cells := make([]cell, len(texts))
	for i, t := range texts {
		cells[i].text = t
	}
	return cells
}

// writeJSON writes v for a program.
func (a *app) writeJSON(v any) error {
	e := json.NewEncoder(a.Out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// when is a time as a person reads it.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.Local()
	if time.Since(t).Abs() < 20*time.Hour {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 2006 15:04")
}

// ago is a span since t in the largest unit that fits.
func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := time.Since(t)
	switch {
	case d < 0:
		return "in " + roughly(-d)
	case d < time.Second:
		return "just now"
	}
	return roughly(d) + " ago"
}

func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// plural is "1 person" or "3 people".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

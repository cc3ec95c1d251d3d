package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"flowd"
	"flowd/internal/web"
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
	case flowd.WordInvited, flowd.WordWould, flowd.WordFinished, web.WordDone:
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
	case d < -time.Second:
		return "in " + roughly(-d)
	case d < time.Second:
		return "just now"
	}
	return roughly(d) + " ago"
}

// next is when something is due: what could go at once is due now, however long
// it has been.
func next(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if d := time.Until(t); d >= time.Second {
		return "in " + roughly(d)
	}
	return "now"
}

// roughly is the nearest whole number of seconds, minutes, hours or days.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute-time.Second/2:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour-time.Minute/2:
		return fmt.Sprintf("%.0fm", d.Minutes())
	case d < 2*day-time.Hour/2:
		return fmt.Sprintf("%.0fh", d.Hours())
	}
	return fmt.Sprintf("%.0fd", d.Hours()/day.Hours())
}

// plural is "1 person" or "3 people".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

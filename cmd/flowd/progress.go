package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// progress shows on a terminal what something long is at and how far, on one line
// that is written over. Elsewhere it shows nothing.
type progress struct {
	app   *app
	what  string
	last  time.Time // of a write
	shown int       // runes on the line
}

const (
	barWidth = 30
	barPace  = 50 * time.Millisecond // a terminal is not to be what a command waits for
)

// progress begins; its end takes it away.
func (a *app) progress() *progress { return &progress{app: a} }

// at shows how much of something is done.
func (p *progress) at(what string, done, of int) {
	if p.app.json || !isTerminal(p.app.Err) || of <= 0 ||
		what == p.what && time.Since(p.last) < barPace {
		return
	}
	p.what, p.last = what, time.Now()
	full := min(done, of) * barWidth / of
	p.write(fmt.Sprintf("[%s%s] %3d %%  %s: %d of %d", strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), min(done, of)*100/of, what, done, of))
}

func (p *progress) write(line string) {
	width := utf8.RuneCountInString(line)
	fmt.Fprintf(p.app.Err, "\r%s%s", line, strings.Repeat(" ", max(0, p.shown-width)))
	p.shown = width
}

// end takes the line away.
func (p *progress) end() {
	if p.shown > 0 {
		p.write("")
		fmt.Fprint(p.app.Err, "\r")
	}
}

package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// cell is one field of a table: its colour is put on after it was aligned.
type cell struct {
	text   string
	colour colour
}

// plainCells are cells without colour.
func plainCells(texts ...string) []cell {
	cells := make([]cell, len(texts))
	for i, t := range texts {
		cells[i].text = t
	}
	return cells
}

const (
	prose    = "WHY" // the column that is broken between words on a narrow terminal
	shortest = 10    // what is left of a column that gives way
	readable = 28    // the narrowest prose beside something else
)

// givesWay tells whether a narrow terminal may shorten a column: never one that
// holds what other commands take as an argument.
func givesWay(title string) bool {
	return title == "JOB" || title == "STAGE" || title == "POSITION"
}

// table writes aligned columns; empty columns are left out.
func (a *app) table(head []string, rows [][]cell) error {
	widths := columnWidths(head, rows)
	fit(head, widths, a.screen())
	first := make([]cell, len(head))
	at := 0
	for i, title := range head {
		if widths[i] == 0 {
			continue
		}
		if title != prose || a.screen() == 0 || at+readable <= a.screen() {
			first[i] = cell{title, dim}
		}
		at += widths[i] + 2
	}
	for _, row := range append([][]cell{first}, rows...) {
		if _, err := fmt.Fprintln(a.Out, a.line(head, widths, row)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) line(head []string, widths []int, row []cell) string {
	var line, blank strings.Builder
	at := 0
	for i, c := range row {
		if widths[i] == 0 {
			continue
		}
		text := shorten(c.text, widths[i])
		if text != "" {
			line.WriteString(blank.String())
			blank.Reset()
			if head[i] == prose {
				line.WriteString(a.paragraph(at, c.colour, c.text))
			} else {
				line.WriteString(a.paint(c.colour, text))
			}
		}
		blank.WriteString(strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(text))+2))
		at += widths[i] + 2
	}
	return line.String()
}

func columnWidths(head []string, rows [][]cell) []int {
	widths := make([]int, len(head))
	for _, row := range rows {
		for i, c := range row {
			if c.text != "" {
				widths[i] = max(widths[i], utf8.RuneCountInString(c.text), utf8.RuneCountInString(head[i]))
			}
		}
	}
	return widths
}

// fit narrows the widest of the columns that give way until the columns before
// the prose stand on one line, or nothing is left to give.
func fit(head []string, widths []int, screen int) {
	if screen == 0 {
		return
	}
	for {
		total, widest := -2, -1
		for i, w := range widths {
			if w == 0 || head[i] == prose {
				continue
			}
			total += w + 2
			if givesWay(head[i]) && w > shortest && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if total <= screen || widest < 0 {
			return
		}
		widths[widest]--
	}
}

func shorten(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// paragraph is text that begins at a column, broken between words so that it
// stays within the screen and under its beginning; where too little room is
// left it goes on a line of its own.
func (a *app) paragraph(column int, c colour, text string) string {
	screen := a.screen()
	if screen == 0 || column+utf8.RuneCountInString(text) <= screen {
		return a.paint(c, text)
	}
	begin := ""
	if screen-column < readable {
		column = min(shortest, screen/4)
		begin = "\n" + strings.Repeat(" ", column)
	}
	lines := wrap(text, screen-column)
	for i := range lines {
		lines[i] = a.paint(c, lines[i])
	}
	return begin + strings.Join(lines, "\n"+strings.Repeat(" ", column))
}

// wrap breaks text between words into lines of at most width runes; a longer
// word stands alone.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// screen is how many columns the terminal has, or 0 where the output goes
// elsewhere: then nothing is shortened or broken.
func (a *app) screen() int {
	f, ok := a.Out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

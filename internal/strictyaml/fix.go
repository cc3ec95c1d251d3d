package strictyaml

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// edit puts text in place of the characters from to before to of a line; both count from 0.
type edit struct {
	line, from, to int
	text           string
}

const maxFixes = 50 // readings of one file: each sees at most one slip of a line

// Fix puts quotes where a value plainly wants them, and plain ones for those of a chat or a word processor: where the
// text says what was meant, and YAML reads something else. A { } row of the list under a key of rows in which it does
// becomes one of a line for each key, where no comma has a meaning. In a file that is indented with tabs alone each becomes
// two spaces. It changes nothing beside, comments and layout least of all, and leaves alone what can be meant in two ways,
// such as a # behind a name. count is how many values were quoted. The options are those of Parse.
func Fix(file string, data []byte, o Options, rows ...string) (fixed []byte, count int) {
	fixed = untabbed(file, data, o)
	lines := map[int]bool{}
	for range maxFixes {
		if !utf8.Valid(fixed) {
			break
		}
		d := Parse(file, fixed, o)
		if len(d.edits) == 0 {
			break
		}
		next := d.apply(fixed)
		after := Parse(file, next, o)
		if len(after.problems)+len(after.edits) >= len(d.problems)+len(d.edits) && after.root == nil {
			break // it did not help
		}
		count += len(d.edits)
		for _, e := range d.edits {
			lines[e.line] = true
		}
		fixed = next
	}
	if len(lines) > 0 {
		fixed = inBlocks(fixed, rows, lines)
	}
	return fixed, count
}

// untabbed is a file that is indented with tabs alone with two spaces for each, where that makes it one that can be read.
func untabbed(file string, data []byte, o Options) []byte {
	lines := strings.Split(string(data), "\n")
	found := false
	for i, line := range lines {
		rest := strings.TrimLeft(line, "\t")
		if strings.HasPrefix(rest, " ") && strings.TrimSpace(rest) != "" {
			return data
		}
		tabs := len(line) - len(rest)
		found = found || tabs > 0
		lines[i] = strings.Repeat("  ", tabs) + rest
	}
	if !found {
		return data
	}
	text := []byte(strings.Join(lines, "\n"))
	if after := Parse(file, text, o); after.root == nil || len(after.problems) >= len(Parse(file, data, o).problems) {
		return data
	}
	return text
}

// apply makes the edits, of each line from its end on.
func (d *Document) apply(data []byte) []byte {
	lines := strings.Split(string(data), "\n")
	edits := slices.Clone(d.edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return b.from - a.from })
	before := map[int]int{}
	for _, e := range edits {
		i := e.line - 1
		line := []rune(lines[i])
		if upTo, again := before[i]; again && e.to > upTo {
			continue // it reaches into the one before
		}
		before[i] = e.from
		if i == 0 && len(line) > 0 && line[0] == '\ufeff' {
			e.from, e.to = e.from+1, e.to+1
		}
		lines[i] = string(line[:e.from]) + e.text + string(line[e.to:])
	}
	return []byte(strings.Join(lines, "\n"))
}

// plan notes an edit, if the line holds the text there.
func (d *Document) plan(line, column int, text, instead string) {
	runes := []rune{}
	if line >= 1 && line <= len(d.lines) {
		runes = []rune(d.lines[line-1])
	}
	from, to := column-1, column-1+utf8.RuneCountInString(text)
	if from < 0 || to > len(runes) || string(runes[from:to]) != text {
		return
	}
	d.edits = append(d.edits, edit{line, from, to, instead})
}

// question is a condition that begins with a quoted text.
var question = regexp.MustCompile(`^("[^"]*"|'[^']*')\s+(in|not in|==|!=|contains|startsWith|endsWith|<|>)\s`)

// planSlip quotes the value of a slip where that is what was meant for sure.
func (d *Document) planSlip(i int, line string, s slip) {
	value := line[s.from:s.end]
	if _, repaired := d.repaired[i+1]; repaired || s.hint != "" || s.replace != "" || value == "" {
		return
	}
	switch value[0] {
	case ']', '}', ',':
		return
	case '"', '\'':
		if !question.MatchString(value) {
			return
		}
	}
	d.plan(i+1, utf8.RuneCountInString(line[:s.from])+1, value, quoted(value))
}

// planCommas quotes a value of a { } row that its commas cut into pieces, if it stands on one line.
func (d *Document) planCommas(line, column int, pieces []string) {
	if line < 1 || line > len(d.lines) || column < 1 {
		return
	}
	runes := []rune(d.lines[line-1])
	if column > len(runes) {
		return
	}
	for i, p := range pieces {
		pieces[i] = regexp.QuoteMeta(p)
	}
	if text := regexp.MustCompile(`^` + strings.Join(pieces, `\s*,\s*`)).FindString(string(runes[column-1:])); text != "" {
		d.plan(line, column, text, quoted(text))
	}
}

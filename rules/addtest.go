package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowd/internal/strictyaml"
)

// AddTest returns a rule file with one more test, the last of its rule, or of the
// file where no rule is named: the lines without indentation, the first of which
// is its first key. Comments and layout stay as they are. What cannot be written
// without touching more than that is refused, in words.
func AddTest(f File, rule string, lines []string) ([]byte, error) {
	doc := strictyaml.Parse(f.Name, f.Data, strictyaml.Options{Extensions: true})
	section := doc.Root()
	if rule != "" {
		items := section.Get("rules").Items()
		i := slices.IndexFunc(items, func(n *strictyaml.Node) bool {
			id := n.Get("id")
			return id != nil && id.Text() == rule
		})
		if i < 0 {
			return nil, fmt.Errorf("%s has no rule %s", f.Name, rule)
		}
		section = items[i]
	}
	if section == nil {
		return nil, fmt.Errorf("%s cannot be read", f.Name)
	}
	p := newPage(f.Data)
	after, block, err := p.place(section, lines)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: add the test by hand:\n%s", f.Name, err, strings.Join(item("", lines), "\n"))
	}
	data := p.with(after, block)
	if !added(f, data, rule) {
		return nil, fmt.Errorf("%s is written in a way that a test cannot be added to: add it by hand:\n%s", f.Name, strings.Join(item("", lines), "\n"))
	}
	return data, nil
}

// page is a text file as lines with their ends.
type page struct {
	lines []string
	end   string
}

func newPage(data []byte) page {
	p := page{lines: strings.SplitAfter(string(data), "\n"), end: "\n"}
	if strings.HasSuffix(p.lines[0], "\r\n") {
		p.end = "\r\n"
	}
	return p
}

// place is behind how many lines a test of the section goes, and the lines to put
// there.
func (p page) place(section *strictyaml.Node, lines []string) (after int, block []string, err error) {
	keys := section.Column() - 1
	if p.flow(section) {
		return 0, nil, errors.New("what the test belongs to is written in { }")
	}
	tests := section.Get("tests")
	switch {
	case tests == nil:
		indent := strings.Repeat(" ", keys)
		return p.last(section.Line(), keys, false), append([]string{indent + "tests:"}, item(indent+"  ", lines)...), nil
	case tests.Kind() != strictyaml.List || p.flow(tests):
		return 0, nil, errors.New("its tests are no list of lines that begin with -")
	}
	dash := tests.Column() - 1
	return p.last(tests.Line(), dash, true), item(strings.Repeat(" ", dash), lines), nil
}

// flow tells whether a node is written in brackets.
func (p page) flow(n *strictyaml.Node) bool {
	line := []rune(strings.TrimPrefix(p.lines[n.Line()-1], "\ufeff"))
	at := n.Column() - 1
	return at < len(line) && strings.ContainsRune("{[", line[at])
}

// last is the number of the last line of a block, or of a list, that begins on a
// line and is indented by so much: blank lines, and comments further out, belong
// to what comes next.
func (p page) last(begins, indent int, list bool) int {
	last := begins
	for i := begins; i < len(p.lines); i++ {
		text := strings.TrimRight(p.lines[i], " \t\r\n")
		inner := strings.TrimLeft(text, " ")
		in, comment := len(text)-len(inner), strings.HasPrefix(inner, "#")
		switch {
		case text == "" || comment && in < indent:
		case in < indent, text == "...", list && in == indent && !comment && !strings.HasPrefix(inner, "-"):
			return last
		default:
			last = i + 1
		}
	}
	return last
}

// with are the lines with more of them after the first so many.
func (p page) with(after int, block []string) []byte {
	lines := slices.Clone(p.lines)
	if !strings.HasSuffix(lines[after-1], "\n") {
		lines[after-1] += p.end
	}
	for i := range block {
		block[i] += p.end
	}
	return []byte(strings.Join(slices.Insert(lines, after, block...), ""))
}

// item are the lines of a test as an item of a list.
func item(indent string, lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = indent + "  " + line
		if i == 0 {
			out[i] = indent + "- " + line
		}
	}
	return out
}

// added tells whether the new text says what the file said, and one test more
// where it was meant to stand.
func added(f File, data []byte, rule string) bool {
	read := func(data []byte) (document, []strictyaml.Problem) {
		doc := strictyaml.Parse(f.Name, data, strictyaml.Options{Extensions: true})
		var d document
		doc.Decode(&d)
		return d, doc.Problems()
	}
	before, _ := read(f.Data)
	after, problems := read(data)
	if strictyaml.HasErrors(problems) || len(before.Rules) != len(after.Rules) {
		return false
	}
	more := func(before, after []testKeys, wanted int) bool { return len(after)-len(before) == wanted }
	for i, r := range after.Rules {
		wanted := 0
		if rule != "" && r.ID == rule {
			wanted = 1
		}
		if r.ID != before.Rules[i].ID || !more(before.Rules[i].Tests, r.Tests, wanted) {
			return false
		}
	}
	if rule != "" {
		return more(before.Tests, after.Tests, 0)
	}
	return more(before.Tests, after.Tests, 1)
}

// Package strictyaml reads the YAML files that people write for flowd, and refuses what YAML would silently misread:
// a tag that empties a condition, a comment that cuts off a name, a key that is there without a value, a number that
// was meant as an id. It is the only importer of gopkg.in/yaml.v3.
//
// A file is decoded to nodes first, where positions, tags and anchors are still known, and then to Go structs. Every
// problem of a file comes out at once, in file order, each once, as data that Problem.Text renders.
package strictyaml

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	maxFile     = 4 << 20 // bytes
	maxDepth    = 100     // levels of nesting
	maxAliased  = 100_000 // values that aliases may add to the file
	maxProblems = 200     // shown for one file
	maxRepairs  = 20      // syntax errors named in one reading
)

// Options say what a kind of file allows.
type Options struct {
	Extensions bool // keys that begin with x- are the author's own and ignored
	Secrets    bool // a secret may stand in the file by mistake: what looks like one never appears in a problem
}

// Document is one parsed file and the problems found in it so far. It is not safe for concurrent use.
type Document struct {
	File string

	options     Options
	lines       []string
	root        *Node
	problems    []Problem
	seen        map[problemKey]bool
	dropped     int
	refused     bool // an error is among them
	secretLines map[int]bool
	repaired    map[int]int // lines put right in memory, and by how many characters they grew
	fields      map[reflect.Type][]field
	edits       []edit // that Fix may make
	lastLine    int    // whose characters last are
	last        []rune
}

type problemKey struct {
	line, column int
	message      string
}

// Parse reads one file; file is the name that problems carry. The document is never nil; what is wrong is in Problems.
func Parse(file string, data []byte, options Options) *Document {
	d := newDocument(file, options)
	text, ok := d.readText(data)
	if !ok {
		return d
	}
	top := d.parseRepairing(text)
	switch {
	case top == nil && len(d.problems) > 0:
	case top == nil || isNull(top) && top.Value == "" && top.Anchor == "":
		d.add(Problem{Line: 1, Column: 1, Code: "empty-file", Message: "the file is empty", Hint: "write its content, or delete the file"})
	default:
		b := builder{doc: d, built: map[*yaml.Node]*Node{}}
		d.root = b.node(top, nil, 0, false)
		if b.total-b.real > maxAliased {
			d.root = nil
			d.add(Problem{Line: 1, Column: 1, Code: "aliases", Message: fmt.Sprintf("the aliases of this file stand for more than %d values", maxAliased),
				Hint: "write the values out, or split the file"})
		}
	}
	return d
}

func newDocument(file string, options Options) *Document {
	return &Document{File: file, options: options, seen: map[problemKey]bool{}, secretLines: map[int]bool{}, repaired: map[int]int{}, fields: map[reflect.Type][]field{}}
}

// Root is the file's top value, or nil where the file cannot be read at all.
func (d *Document) Root() *Node { return d.root }

// Decode decodes the top value; see Node.Decode.
func (d *Document) Decode(into any) { d.root.Decode(into) }

// Problems are the findings so far, in file order.
func (d *Document) Problems() []Problem {
	out := slices.Clone(d.problems)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if d.dropped > 0 {
		more := Problem{File: d.File, Code: "too-many", Message: fmt.Sprintf("%d more problems are not shown", d.dropped), Severity: Warning}
		if d.refused {
			more.Severity = Error
		}
		out = append(out, more)
	}
	return out
}

// add takes a problem in, filling in the file and the line's text. The same finding at the same place is kept once: a
// mapping that several aliases name is decoded several times.
func (d *Document) add(p Problem) {
	key := problemKey{p.Line, p.Column, p.Message}
	if _, repaired := d.repaired[p.Line]; d.seen[key] || repaired && p.Code != syntaxCode {
		return // on a repaired line, anything else is a result of the repair
	}
	if len(d.problems) >= maxProblems {
		d.dropped++
		d.refused = d.refused || p.Severity == Error
		return
	}
	d.seen[key] = true
	p.File = d.File
	p.Source = d.source(p.Line)
	d.problems = append(d.problems, p)
}

// parseRepairing parses the text. A line that YAML cannot read is named and put right in memory, so that the rest of
// the file is read and checked too; what was repaired is a problem all the same, and the file is refused.
func (d *Document) parseRepairing(text string) *yaml.Node {
	lines := strings.Split(text, "\n")
	repairs := min(maxRepairs, maxFile/(len(text)+1)+1)
	for {
		top, err := d.parseOnce(text)
		if err == nil {
			return top
		}
		if repairs--; repairs < 0 || !d.repair(lines, err.Error(), reached(text)) {
			return nil
		}
		text = strings.Join(lines, "\n")
	}
}

// parseOnce decodes the one document of the text to a node; nil without an error means that there is none.
func (d *Document) parseOnce(text string) (top *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil { // yaml.v3 panics on some malformed input instead of returning an error
			top, err = nil, fmt.Errorf("yaml: the file cannot be read")
		}
	}()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var doc, second yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		line := max(second.Line, 1)
		for i, l := range d.lines {
			if i >= doc.Content[0].Line && (strings.HasPrefix(l, "---") || strings.HasPrefix(l, "...")) {
				line = i + 1
				break
			}
		}
		d.add(Problem{Line: line, Column: 1, Code: "second-document", Message: "a second document begins here, and YAML readers ignore it",
			Hint: "put it into a file of its own, or delete this line"})
	}
	return doc.Content[0], nil
}

// reached is the line on which YAML gave up, counted from 0. yaml.v3 names the line of the enclosing block instead,
// often far above, so the text is read again one byte at a time and the bytes taken are counted.
func reached(text string) int {
	r := &byteReader{text: text}
	func() {
		defer func() { _ = recover() }() // as in parseOnce: the first reading has reported it
		_ = yaml.NewDecoder(r).Decode(new(yaml.Node))
	}()
	const lookAhead = 4 // yaml.v3 reads this many bytes beyond the one it looks at
	return strings.Count(text[:max(r.at-lookAhead, 0)], "\n")
}

type byteReader struct {
	text string
	at   int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.at >= len(r.text) {
		return 0, io.EOF
	}
	p[0] = r.text[r.at]
	r.at++
	return 1, nil
}

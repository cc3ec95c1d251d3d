package strictyaml

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is the shape of a node.
type Kind int

// The shapes a value can have.
const (
	Scalar Kind = iota
	List
	Mapping
)

// String is the shape in words, with its article.
func (k Kind) String() string {
	switch k {
	case List:
		return "a list"
	case Mapping:
		return "a set of keys"
	}
	return "a single value"
}

// Node is one value of a file with its place. Aliases are resolved; a mapping named by several aliases is one node.
// A nil *Node is valid: it decodes to nothing and has no pairs or items.
type Node struct {
	doc          *Document
	kind         Kind
	line, column int
	text         string
	plain        bool   // neither quoted nor a block: what YAML itself interprets
	block        bool   // | or >
	comment      string // what follows a plain value on its line, as #…
	key          *Node  // the key it stands under; of a list's item, the list's
	pairs        []Pair
	items        []*Node
	broken       bool     // its problem is reported: decoding leaves the target alone
	known        []string // of a rest: the keys its section knows beside its own
	aliased      int      // values in it with every alias written out, where an anchor names it
	secret       bool     // it stands under a key that looks like a secret's, in a file read with Options.Secrets
}

// Pair is one key of a mapping with its value.
type Pair struct{ Key, Value *Node }

// Kind is the node's shape.
func (n *Node) Kind() Kind { return n.kind }

// Line and Column are where the node begins, from 1, the column in characters.
func (n *Node) Line() int { return n.line }

// Column is where the node begins in its line, in characters from 1.
func (n *Node) Column() int { return n.column }

// Text is a scalar's text as written, without quotes and never by its YAML type: 0123 stays 0123.
func (n *Node) Text() string { return n.text }

// Plain reports whether a scalar is written without quotes: the only form in which 3 can be meant as a number.
func (n *Node) Plain() bool { return n.plain }

// Known are the keys of the section that a rest was taken from, for a message of the caller's own.
func (n *Node) Known() []string {
	if n == nil {
		return nil
	}
	return n.known
}

// Key is the key that the node stands under, or "".
func (n *Node) Key() string {
	if n == nil || n.key == nil {
		return ""
	}
	return n.key.text
}

// Broken reports whether a problem of the node itself has been reported already, so that a caller need not add to it.
func (n *Node) Broken() bool { return n != nil && n.broken }

// Pairs are a mapping's keys and values in file order.
func (n *Node) Pairs() []Pair {
	if n == nil {
		return nil
	}
	return n.pairs
}

// Items are a list's values; any other node is a list of itself.
func (n *Node) Items() []*Node {
	switch {
	case n == nil:
		return nil
	case n.kind != List:
		return []*Node{n}
	}
	return n.items
}

// Get is the value under the key, or nil.
func (n *Node) Get(key string) *Node {
	for _, p := range n.Pairs() {
		if p.Key.text == key {
			return p.Value
		}
	}
	return nil
}

// Place is the value under the key, or the node itself where the key is absent: where to report a problem of it.
func (n *Node) Place(key string) *Node {
	if v := n.Get(key); v != nil {
		return v
	}
	return n
}

// Over is the node's keys over those of another: a set of keys that has all of both. Where both have one, the node's own
// value stands, and of two sets of keys again one over the other. A nil node leaves the other as it is.
func (n *Node) Over(base *Node) *Node {
	switch {
	case n == nil:
		return base
	case base == nil || n.kind != Mapping || base.kind != Mapping:
		return n
	}
	out := *n
	out.pairs = nil
	for _, p := range base.pairs {
		if n.Get(p.Key.text) == nil {
			out.pairs = append(out.pairs, p)
		}
	}
	for _, p := range n.pairs {
		out.pairs = append(out.pairs, Pair{p.Key, p.Value.Over(base.Get(p.Key.text))})
	}
	return &out
}

// Without is the node without some of its keys.
func (n *Node) Without(keys ...string) *Node {
	if n == nil {
		return nil
	}
	out := *n
	out.pairs = slices.DeleteFunc(slices.Clone(n.pairs), func(p Pair) bool { return slices.Contains(keys, p.Key.text) })
	return &out
}

// Error reports a problem at the node that refuses the file.
func (n *Node) Error(code, message, hint string) {
	n.report(n.line, n.column, Problem{Code: code, Message: message, Hint: hint})
}

// Warn reports a problem at the node that does not refuse the file.
func (n *Node) Warn(code, message, hint string) {
	n.report(n.line, n.column, Problem{Code: code, Message: message, Hint: hint, Severity: Warning})
}

// ReportAt reports a problem inside a scalar, offset characters into its text: where an expression goes wrong. The
// problem's place is filled in.
func (n *Node) ReportAt(offset int, p Problem) {
	line, column := n.position(offset)
	n.report(line, column, p)
}

func (n *Node) report(line, column int, p Problem) {
	p.Line, p.Column = line, column
	n.doc.add(p)
}

// refuse reports an error and keeps decoding from adding to it.
func (n *Node) refuse(code, hint, format string, args ...any) {
	n.broken = true
	n.Error(code, fmt.Sprintf(format, args...), hint)
}

// position maps an offset in the scalar's text to the file. Quotes, escapes, folded lines and indentation stand in the
// file but not in the text, so the two are walked side by side by their visible characters; where they part (an escape
// such as \u00e4) the last place that agreed is the answer.
func (n *Node) position(offset int) (line, column int) {
	line, column = n.line, n.column
	if n.kind != Scalar || n.doc == nil {
		return line, column
	}
	at := n.column - 1
	if n.block {
		line, at = line+1, 0
		source := n.sourceLine(line)
		column = 1 + len(source) - len(trimLeftSpace(source))
	} else if !n.plain {
		at++
		column++
	}
	for i, r := range []rune(n.text) {
		if i > offset {
			break
		}
		if r == ' ' || r == '\n' || r == '\t' {
			if i == offset {
				column++
			}
			continue
		}
		atLine, atColumn, ok := n.seek(r, line, at)
		if !ok {
			break
		}
		line, column, at = atLine, atColumn+1, atColumn+1
	}
	return line, column
}

// seek finds the next place of the character, passing over what the text leaves out.
func (n *Node) seek(r rune, line, at int) (int, int, bool) {
	for lines := 0; lines < 50 && line <= len(n.doc.lines); lines++ {
		source := n.sourceLine(line)
		for ; at < len(source); at++ {
			switch c := source[at]; {
			case c == r && !(c == '\\' && !n.plain && !n.block && at+1 < len(source) && source[at+1] == '\\'):
				return line, at, true
			case c != ' ' && c != '\t' && c != '\\' && c != '\'':
				return 0, 0, false
			}
		}
		line, at = line+1, 0
	}
	return 0, 0, false
}

// sourceLine is a line of the file by its characters; read-only. The last one is kept: a file may have all of its values
// on one line, and must not cost its square.
func (n *Node) sourceLine(line int) []rune {
	if line < 1 || line > len(n.doc.lines) {
		return nil
	}
	if n.doc.lastLine != line {
		n.doc.lastLine, n.doc.last = line, []rune(n.doc.lines[line-1])
	}
	return n.doc.last
}

func trimLeftSpace(runes []rune) []rune {
	for len(runes) > 0 && (runes[0] == ' ' || runes[0] == '\t') {
		runes = runes[1:]
	}
	return runes
}

// quoted is the text as a YAML scalar that is read as exactly this text.
func quoted(text string) string {
	if strings.ContainsAny(text, `"\`) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return `"` + text + `"`
}

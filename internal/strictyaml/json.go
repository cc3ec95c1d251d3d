package strictyaml

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads a JSON file as Parse reads a YAML file: to nodes with places, which Decode reads by the same rules. A
// number, and true and false, are plain values; texts never are. What is null counts as empty and is refused.
func ParseJSON(file string, data []byte, options Options) *Document {
	d := newDocument(file, options)
	text, ok := d.readText(data)
	if !ok {
		return d
	}
	if strings.TrimSpace(text) == "" {
		d.add(Problem{Line: 1, Column: 1, Code: "empty-file", Message: "the file is empty", Hint: "write its content, or delete the file"})
		return d
	}
	r := &jsonReader{doc: d, text: text}
	// The decoder's tokens alone would let some of what is no JSON pass.
	if err := json.Unmarshal([]byte(text), new(json.RawMessage)); err != nil {
		r.unread(err)
		return d
	}
	r.tokens = json.NewDecoder(strings.NewReader(text))
	r.tokens.UseNumber()
	if root := r.value(nil, 0, false); !r.stopped {
		d.root = root
	}
	return d
}

// jsonReader turns JSON's tokens into nodes.
type jsonReader struct {
	doc        *Document
	text       string
	tokens     *json.Decoder
	seen, line int  // up to where the lines are counted, and how many end before that
	begun      int  // where the line begins that seen stands in
	stopped    bool // what stopped it is reported
}

// unread reports what is no JSON, at its place where the reader knows it.
func (r *jsonReader) unread(err error) {
	p := Problem{Line: 1, Column: 1, Code: syntaxCode, Message: "the file is no JSON: " + err.Error(),
		Hint: `names and texts stand in double quotes, and behind the last of them is no comma: {"stage": "Video interview"}`}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		p.Line, p.Column = r.place(min(max(int(e.Offset)-1, r.seen), len(r.text)))
	}
	r.doc.add(p)
}

// place is where the byte stands; it is asked for in rising order.
func (r *jsonReader) place(at int) (line, column int) {
	between := r.text[r.seen:at]
	r.line += strings.Count(between, "\n")
	if i := strings.LastIndexByte(between, '\n'); i >= 0 {
		r.begun = r.seen + i + 1
	}
	r.seen = at
	return r.line + 1, utf8.RuneCountInString(r.text[r.begun:at]) + 1
}

// next is the next token with a node at its place, under the key.
func (r *jsonReader) next(key *Node) (json.Token, *Node) {
	from := int(r.tokens.InputOffset())
	rest := r.text[from:]
	n := &Node{doc: r.doc, key: key}
	n.line, n.column = r.place(from + len(rest) - len(strings.TrimLeft(rest, " \t\r\n,:")))
	token, err := r.tokens.Token()
	if err != nil && !r.stopped { // the whole was read before, so none is to be expected
		r.stopped = true
		r.unread(err)
	}
	return token, n
}

// value reads one value; what is muted may be empty.
func (r *jsonReader) value(key *Node, depth int, muted bool) *Node {
	token, n := r.next(key)
	switch v := token.(type) {
	case json.Delim:
		if depth > maxDepth {
			n.refuse("too-deep", "write it flatter", "the file is nested deeper than %d levels", maxDepth)
			r.stopped = true
			return n
		}
		n.kind = Mapping
		if v == '[' {
			n.kind = List
		}
		r.content(n, depth, muted)
	case string:
		n.text = v
	case json.Number:
		n.text, n.plain = v.String(), true
	case bool:
		n.text, n.plain = fmt.Sprint(v), true
	case nil:
		n.broken = true
		switch {
		case r.stopped || muted:
		case key == nil:
			n.Error("empty", "the file has no value", "write its content, or delete the file")
		default:
			key.Error("empty", fmt.Sprintf("%s has no value", key.Shown()), "write its value, or delete the line")
		}
	}
	return n
}

// content reads what stands between brackets.
func (r *jsonReader) content(n *Node, depth int, muted bool) {
	first := map[string]*Node{}
	for !r.stopped && r.tokens.More() {
		if n.kind == List {
			n.items = append(n.items, r.value(n.key, depth+1, muted))
			continue
		}
		token, key := r.next(nil)
		key.text, _ = token.(string)
		key.checkKey()
		value := r.value(key, depth+1, muted || r.doc.options.Extensions && strings.HasPrefix(key.text, "x-"))
		if earlier := first[key.text]; earlier != nil {
			key.refuse("duplicate-key", "delete one of the two", "%s stands twice; the first is on line %d", key.Shown(), earlier.line)
			continue
		}
		first[key.text] = key
		n.pairs = append(n.pairs, Pair{key, value})
	}
	if !r.stopped {
		r.next(n.key) // the closing bracket
	}
}

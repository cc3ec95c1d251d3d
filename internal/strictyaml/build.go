package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// builder turns YAML's nodes into ours and reports what YAML would misread.
type builder struct {
	doc         *Document
	built       map[*yaml.Node]*Node // nil while a node is being built: an alias inside it would go round in circles
	real, total int                  // nodes in the file; nodes with every alias written out
}

func (b *builder) node(y *yaml.Node, key *Node, depth int, muted bool) *Node {
	n := &Node{doc: b.doc, line: y.Line, column: y.Column, key: key}
	b.real++
	b.total++
	if y.Kind == yaml.AliasNode {
		return b.alias(y, n)
	}
	if depth > maxDepth {
		n.refuse("too-deep", "write it flatter", "the file is nested deeper than %d levels", maxDepth)
		return n
	}
	n.secret = b.doc.options.Secrets && key != nil && (key.secret || secretKey.MatchString(key.text))
	if n.secret {
		b.doc.secretLines[n.line] = true
	}
	b.built[y] = nil
	before := b.total
	switch y.Kind {
	case yaml.SequenceNode:
		n.kind = List
		for _, c := range y.Content {
			item := b.node(c, key, depth+1, muted || isNull(c))
			if isNull(c) && !muted {
				item.refuse("empty", "write it, or delete it", "an item of this list is empty")
			}
			n.items = append(n.items, item)
		}
	case yaml.MappingNode:
		n.kind = Mapping
		b.mapping(y, n, depth, muted)
	default:
		n.text = y.Value
		n.block = y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		n.plain = !n.block && y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0
		if n.plain && strings.HasPrefix(y.LineComment, "#") {
			n.comment = y.LineComment
		}
	}
	if !muted {
		n.checkTag(y)
		n.checkScalar(y)
	}
	if y.Anchor != "" {
		b.built[y] = n
		n.aliased = b.total - before + 1
	}
	return n
}

// alias puts the mapping that was built where the anchor stands in the alias's place.
func (b *builder) alias(y *yaml.Node, n *Node) *Node {
	target, known := b.built[y.Alias]
	name := y.Value
	if b.doc.options.Secrets {
		name = "…"
	}
	switch {
	case known && target == nil:
		n.refuse("alias", "", "*%s stands inside the value it names", name)
	case !known:
		n.refuse("alias", "", "*%s names nothing", name)
	case target.kind != Mapping:
		n.refuse("alias", fmt.Sprintf("write the value out; if the * belongs to the text, write %s", quoted("*"+name)),
			"*%s is an alias of %s: an alias may stand only for a set of keys", name, target.kind)
	default:
		b.total = min(b.total+target.aliased, 1<<40)
		return target
	}
	return n
}

// checkTag refuses explicit tags. The place in the file is looked at and not the node, which does not show a lone !.
func (n *Node) checkTag(y *yaml.Node) {
	rest := n.sourceLine(y.Line)
	rest = rest[min(y.Column-1, len(rest)):]
	if y.Anchor != "" {
		if anchor := utf8.RuneCountInString("&" + y.Anchor); len(rest) >= anchor && string(rest[:anchor]) == "&"+y.Anchor {
			rest = rest[anchor:]
		}
		rest = trimLeftSpace(rest)
	}
	switch {
	case (len(rest) == 0 || rest[0] != '!') && y.Style&yaml.TaggedStyle == 0:
		return
	case n.secret:
		n.refuse("tag", "put the value in quotes", "a ! at the start of a value is a YAML tag, not part of the value")
		return
	case y.Style&yaml.TaggedStyle != 0 && strings.HasPrefix(y.Tag, "!!"):
		n.refuse("tag", "leave the tag out: flowd knows what each key holds", "%s is a YAML tag", y.Tag)
		return
	}
	written := y.Value
	if y.Style&yaml.TaggedStyle != 0 {
		written = strings.TrimSpace(strings.TrimPrefix(y.Tag, "!") + " " + y.Value)
	}
	n.refuse("tag", fmt.Sprintf("in a condition write: not %s; in a name write it in quotes: %s", written, quoted("!"+written)),
		"a ! at the start of a value is a YAML tag, so what follows it is not read")
}

// checkScalar refuses values that are there without being there, and the quotes of a chat or a word processor.
func (n *Node) checkScalar(y *yaml.Node) {
	if n.kind != Scalar || n.broken {
		return
	}
	if isNull(y) {
		switch {
		case y.Anchor != "" && n.secret:
			n.refuse("empty", "put the value in quotes", "a & at the start of a value makes it a YAML anchor, so the value is empty")
		case y.Anchor != "":
			n.refuse("empty", fmt.Sprintf("write %s", quoted("&"+y.Anchor)), "&%s is a YAML anchor, so the value is empty", y.Anchor)
		case n.key != nil:
			n.broken = true
			n.key.Error("empty", fmt.Sprintf("%s has no value", n.key.Shown()), "write its value after the colon, or delete the line")
		default:
			n.refuse("empty", "write its value, or delete the line", "this value is empty")
		}
		return
	}
	first, size := utf8.DecodeRuneInString(n.text)
	last, lastSize := utf8.DecodeLastRuneInString(n.text)
	if n.plain && len(n.text) > size && isTypographicQuote(first) && isTypographicQuote(last) {
		inner := n.text[size : len(n.text)-lastSize]
		hint := "type plain quotes"
		if !n.secret {
			hint = "write " + quoted(inner)
		}
		n.doc.plan(n.line, n.column, n.text, quoted(inner))
		n.refuse("typographic-quote", hint, "%c is %s: it is part of the value here and not its quote", first, visibleName(first))
	}
}

func isTypographicQuote(r rune) bool { return strings.Contains(visibleName(r), "typographic") }

func isNull(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Tag == "!!null" && y.Style&yaml.TaggedStyle == 0
}

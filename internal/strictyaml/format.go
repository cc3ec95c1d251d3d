package strictyaml

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Format lays a file out as flowd writes them: two spaces for each level, none at the end of a line, plain line ends, no
// tab between a key and its value, one line end at the end. White space is all that it changes, so comments stay, and
// what the file says stays the same. A file with an error comes back as it is. The options are those of Parse.
func Format(file string, data []byte, o Options) []byte {
	if !utf8.Valid(data) || HasErrors(Parse(file, data, o).problems) {
		return data
	}
	text := strings.ReplaceAll(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))), "\r\n", "\n")
	text = strings.TrimSuffix(text, "\r")
	before := tree(text)
	for _, step := range []func(string) string{indented, spaced, func(s string) string { return strings.TrimRight(s, "\n") + "\n" }} {
		if next := step(text); next != text && sameTree(before, tree(next)) {
			text = next
		}
	}
	return []byte(text)
}

// tree is the one document of the text, or nil.
func tree(text string) *yaml.Node {
	top, err := newDocument("", Options{}).parseOnce(text)
	if err != nil {
		return nil
	}
	return top
}

// sameTree tells whether two documents say the same: how sets of keys and lists are laid out, and which quotes a text
// stands in, makes no difference.
func sameTree(a, b *yaml.Node) bool {
	if a == nil || b == nil || a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor ||
		(a.Style&quotedStyle == 0) != (b.Style&quotedStyle == 0) || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameTree(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

const quotedStyle = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// spaced strips spaces and tabs from the ends of lines, and makes one space of a tab between a key and its value. What
// belongs to a block of text is left alone.
func spaced(text string) string {
	l := layoutOf(text)
	for i, line := range l.lines {
		if l.text[i] {
			continue
		}
		line = strings.TrimRight(line, " \t")
		if m := blockKey.FindStringSubmatchIndex(line); len(l.begins[i]) > 0 && m != nil && strings.Contains(line[:m[4]], "\t") {
			line = strings.TrimRight(line[:m[4]], " \t") + " " + line[m[4]:]
		}
		if !strings.ContainsAny(line, `"'`) {
			line = tabbedComment.ReplaceAllString(line, " #")
		}
		l.lines[i] = line
	}
	return strings.Join(l.lines, "\n")
}

var tabbedComment = regexp.MustCompile(` *\t[ \t]*#`)

// layout is where the keys and items of a text begin.
type layout struct {
	lines  []string
	begins map[int][]token // by line, from 0, in their order
	text   map[int]bool    // lines of blocks of text
	odd    bool            // it holds what is not known here: it stays as it is
}

// token is a key or a dash that begins at a column, from 0, and where it is to begin.
type token struct{ old, new int }

func layoutOf(text string) *layout {
	l := &layout{lines: strings.Split(text, "\n"), begins: map[int][]token{}, text: map[int]bool{}}
	if top := tree(text); top != nil {
		l.node(top, 0)
	}
	for _, chain := range l.begins {
		slices.SortFunc(chain, func(a, b token) int { return a.old - b.old })
	}
	return l
}

// node notes what begins in a value whose keys or dashes are to begin at a column.
func (l *layout) node(n *yaml.Node, at int) {
	if n.Style&yaml.FlowStyle != 0 || n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	for i, c := range n.Content {
		var parent token
		switch {
		case n.Kind == yaml.SequenceNode:
			parent = token{n.Column - 1, at}
			line, ok := l.dash(c.Line-1, n.Column-1)
			l.odd = l.odd || !ok || n.Anchor != ""
			l.begins[line] = append(l.begins[line], parent)
		case i%2 == 0:
			parent = token{c.Column - 1, at}
			l.odd = l.odd || c.Kind != yaml.ScalarNode || c.Anchor != "" || c.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
			l.begins[c.Line-1] = append(l.begins[c.Line-1], parent)
			continue
		default:
			parent = token{n.Content[i-1].Column - 1, at}
		}
		if c.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			l.block(c.Line, parent.old)
		}
		l.node(c, at+2)
	}
}

// dash is the line of the dash before an item: the item's own, or one above it.
func (l *layout) dash(line, column int) (int, bool) {
	for ; line >= 0; line-- {
		if text := l.lines[line]; column < len(text) && text[column] == '-' && strings.Trim(text[:column], " -") == "" {
			return line, true
		}
	}
	return 0, false
}

// block notes the lines of a block of text that begins at a line, in what begins at a column.
func (l *layout) block(line, parent int) {
	for ; line < len(l.lines); line++ {
		if text := l.lines[line]; strings.TrimSpace(text) != "" && indentOf(text) <= parent {
			return
		}
		l.text[line] = true
	}
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// indented begins every key and item where it belongs. Lines between them, such as a text that goes on, move with the
// one above, and comments with what they stand at.
func indented(text string) string {
	l := layoutOf(text)
	if l.odd {
		return text
	}
	out := slices.Clone(l.lines)
	var above token // the innermost of the last line on which something begins
	for i, line := range l.lines {
		chain := l.begins[i]
		switch {
		case len(chain) > 0:
			above = chain[len(chain)-1]
			var ok bool
			if out[i], ok = moved(line, chain); !ok {
				return text
			}
		case strings.TrimSpace(line) == "" && !l.text[i]:
		case strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") && !l.text[i]:
			out[i] = strings.Repeat(" ", l.comment(i, above)) + strings.TrimLeft(line, " \t")
		default:
			out[i] = shifted(line, above.new-above.old)
		}
	}
	return strings.Join(out, "\n")
}

// moved begins the line's dashes, and the key behind them, at their new columns.
func moved(line string, chain []token) (string, bool) {
	first, last := chain[0], chain[len(chain)-1]
	if last.old >= len(line) || strings.Trim(line[:first.old], " ") != "" {
		return line, false
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", first.new))
	for i, t := range chain[1:] {
		if strings.TrimRight(line[chain[i].old:t.old], " ") != "-" {
			return line, false
		}
		b.WriteString("-" + strings.Repeat(" ", t.new-chain[i].new-1))
	}
	rest := line[last.old:]
	if value, item := strings.CutPrefix(rest, "-"); item && strings.HasPrefix(value, " ") {
		if value = strings.TrimLeft(value, " "); value != "" {
			rest = "- " + value
		}
	}
	return b.String() + rest, true
}

// aroundComment is how many lines around a comment are looked at for what it is about.
const aroundComment = 100

// comment is where a comment on a line of its own is to begin: beside the next key or item that it began beside, else
// beside the last one.
func (l *layout) comment(line int, above token) int {
	old := indentOf(l.lines[line])
	for i := line + 1; i < min(line+aroundComment, len(l.lines)); i++ {
		if chain := l.begins[i]; len(chain) > 0 {
			if chain[0].old == old {
				return chain[0].new
			}
			break
		}
	}
	for i := line - 1; i >= max(line-aroundComment, 0); i-- {
		for _, t := range l.begins[i] {
			if t.old == old {
				return t.new
			}
		}
	}
	return max(old+above.new-above.old, 0)
}

// shifted moves a line by a number of columns.
func shifted(line string, by int) string {
	if by >= 0 {
		if strings.TrimSpace(line) == "" && by > 0 && len(line) == 0 {
			return line
		}
		return strings.Repeat(" ", by) + line
	}
	return line[min(-by, indentOf(line)):]
}

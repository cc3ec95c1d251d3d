package strictyaml

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// flowRow is a { } row that is an item of a list and begins its line.
var flowRow = regexp.MustCompile(`^( *- +)\{`)

// inBlocks writes the { } rows on the lines out, where they are items under one of the keys.
func inBlocks(data []byte, keys []string, on map[int]bool) []byte {
	text := string(data)
	before := tree(strings.ReplaceAll(text, "\r\n", "\n"))
	if before == nil {
		return data
	}
	lines := strings.Split(text, "\n")
	eachRow(before, keys, func(row *yaml.Node) {
		if on[row.Line] && row.Line <= len(lines) {
			lines[row.Line-1] = inBlock(lines[row.Line-1], row)
		}
	})
	next := strings.Join(lines, "\n")
	if !sameTree(before, tree(strings.ReplaceAll(next, "\r\n", "\n"))) {
		return data
	}
	return []byte(next)
}

// eachRow calls f with the { } items of the lists under the keys.
func eachRow(n *yaml.Node, keys []string, f func(*yaml.Node)) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.SequenceNode && c.Style&yaml.FlowStyle == 0 && slices.Contains(keys, n.Content[i-1].Value) {
			for _, item := range c.Content {
				if item.Kind == yaml.MappingNode && item.Style&yaml.FlowStyle != 0 && item.Anchor == "" && len(item.Content) > 0 {
					f(item)
				}
			}
			continue
		}
		eachRow(c, keys, f)
	}
}

// inBlock is the line of a row as a line for each of its keys, or as it is where it holds more than plain values.
func inBlock(line string, row *yaml.Node) string {
	end := ""
	if strings.HasSuffix(line, "\r") {
		line, end = strings.TrimSuffix(line, "\r"), "\r"
	}
	m := flowRow.FindStringSubmatch(line)
	if m == nil {
		return line + end
	}
	comment := strings.TrimRight(line[closingBrace(line):], " \t")
	if comment != "" && !strings.HasPrefix(comment, " #") {
		return line + end
	}
	var out []string
	for i := 0; i < len(row.Content); i += 2 {
		key, ok := onLine(row.Content[i], row.Line)
		value, okValue := onLine(row.Content[i+1], row.Line)
		if !ok || !okValue {
			return line + end
		}
		before := m[1]
		if i > 0 {
			before = strings.Repeat(" ", len(m[1]))
		}
		out = append(out, before+key+": "+value)
	}
	out[0] += comment
	return strings.Join(out, end+"\n") + end
}

// closingBrace is the index after the } that closes the line's first {, or that of its end.
func closingBrace(line string) int {
	open := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				return i + 1
			}
		case '"', '\'':
			if i > 0 && strings.ContainsRune(" [{,", rune(line[i-1])) { // else an apostrophe inside a word
				i += max(closingQuote(line[i:])-1, 0)
			}
		}
	}
	return len(line)
}

// onLine is a value as it can be written on a line of its own; false for one that holds more than texts.
func onLine(n *yaml.Node, line int) (string, bool) {
	switch {
	case n.Line != line || n.Anchor != "" || n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0:
		return "", false
	case n.Kind == yaml.SequenceNode:
		var items []string
		for _, c := range n.Content {
			item, ok := onLine(c, line)
			if !ok || c.Kind != yaml.ScalarNode {
				return "", false
			}
			items = append(items, item)
		}
		return "[" + strings.Join(items, ", ") + "]", true
	case n.Kind != yaml.ScalarNode || strings.ContainsAny(n.Value, "\n\r\t"):
		return "", false
	case n.Style&quotedStyle != 0:
		return quoted(n.Value), true
	}
	return n.Value, true
}

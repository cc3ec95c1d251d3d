package strictyaml

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// mapping builds the pairs of one mapping: keys are single words, each once.
func (b *builder) mapping(y *yaml.Node, n *Node, depth int, muted bool) {
	content := b.swallowedCommas(y, n, muted)
	first := make(map[string]*Node, len(content)/2)
	var merged []*Node
	for i := 0; i+1 < len(content); i += 2 {
		k, v := content[i], content[i+1]
		b.real++
		b.total++
		key := &Node{doc: b.doc, line: k.Line, column: k.Column, text: k.Value, secret: n.secret}
		if isNull(k) {
			key.refuse("key", "write the key before the colon", "a key is missing here")
			continue
		}
		if k.Kind != yaml.ScalarNode || k.Anchor != "" || k.Style&yaml.TaggedStyle != 0 {
			key.refuse("key", "write a plain word before the colon", "a key is a plain word, not %s", describe(k))
			continue
		}
		if k.Tag == "!!merge" {
			merged = append(merged, b.merge(v, key)...)
			continue
		}
		key.checkKey()
		quiet := muted || b.doc.options.Extensions && strings.HasPrefix(key.text, "x-")
		value := b.node(v, key, depth+1, quiet)
		if earlier := first[key.text]; earlier != nil {
			key.refuse("duplicate-key", "delete one of the two", "%s stands twice; the first is on line %d", key.Shown(), earlier.line)
			continue
		}
		first[key.text] = key
		n.pairs = append(n.pairs, Pair{key, value})
	}
	for _, m := range merged {
		for _, p := range m.pairs {
			if first[p.Key.text] == nil {
				first[p.Key.text] = p.Key
				n.pairs = append(n.pairs, p)
			}
		}
	}
}

// merge is the mappings that a << key takes in; the mapping's own keys win over theirs, and earlier over later ones.
func (b *builder) merge(v *yaml.Node, key *Node) []*Node {
	sources := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		sources = v.Content
	}
	var out []*Node
	for _, s := range sources {
		if s.Kind != yaml.AliasNode {
			key.refuse("alias", "write <<: *name", "<< takes in the keys of an alias, and this is none")
			return nil
		}
		if m := b.alias(s, &Node{doc: b.doc, line: s.Line, column: s.Column, key: key}); !m.broken {
			out = append(out, m)
		}
	}
	return out
}

// checkKey names the characters that make a key look like another one.
func (n *Node) checkKey() {
	for i, r := range []rune(n.text) {
		if name := visibleName(r); name != "" {
			n.broken = true
			n.ReportAt(i, Problem{Code: "invisible-character", Message: fmt.Sprintf("%s (U+%04X) stands in a key", name, r),
				Hint: "delete it and type plain spaces and quotes"})
			return
		}
	}
}

// swallowedCommas finds the values of a { } row that a comma cut in two: {job: Account Executive, Berlin, position: …}
// is read as a job and a key Berlin without a value. The pieces are put together, so that the rest is still checked.
func (b *builder) swallowedCommas(y *yaml.Node, n *Node, muted bool) []*yaml.Node {
	if muted || y.Style&yaml.FlowStyle == 0 {
		return y.Content
	}
	var out []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		bare := isNull(v) && v.Value == "" && v.Anchor == "" && k.Kind == yaml.ScalarNode && k.Style == 0
		if !bare || len(out) == 0 || !plainScalar(out[len(out)-1]) {
			out = append(out, k, v)
			continue
		}
		whole := *out[len(out)-1]
		pieces := []string{whole.Value, k.Value}
		whole.Value += ", " + k.Value
		for i+3 < len(y.Content) && isNull(y.Content[i+3]) && y.Content[i+3].Value == "" && y.Content[i+2].Style == 0 {
			i += 2
			whole.Value += ", " + y.Content[i].Value
			pieces = append(pieces, y.Content[i].Value)
		}
		b.doc.planCommas(whole.Line, whole.Column, pieces)
		key := out[len(out)-2].Value
		hint := "put the whole value in quotes"
		if !(b.doc.options.Secrets && (n.secret || secretKey.MatchString(key))) {
			hint = fmt.Sprintf("write %s: %s", key, quoted(whole.Value))
		}
		b.doc.add(Problem{Line: whole.Line, Column: whole.Column, Code: "comma", Message: "inside { } a comma ends the value", Hint: hint})
		out[len(out)-1] = &whole
	}
	return out
}

func plainScalar(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Style == 0 && !isNull(y)
}

func describe(y *yaml.Node) string {
	switch {
	case y.Kind == yaml.SequenceNode:
		return List.String()
	case y.Kind == yaml.MappingNode:
		return Mapping.String()
	case y.Kind == yaml.AliasNode:
		return "an alias"
	}
	return "a value with a tag or an anchor"
}

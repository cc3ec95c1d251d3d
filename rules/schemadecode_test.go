package rules_test

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

// tree is a file as plain values whose keys keep their order, to be written with
// one thing changed.
type tree struct {
	key   string
	text  string // of a scalar, as it is written
	kind  strictyaml.Kind
	below []*tree
}

func treeOf(n *strictyaml.Node, key string) *tree {
	t := &tree{key: key, kind: n.Kind()}
	switch n.Kind() {
	case strictyaml.List:
		for _, item := range n.Items() {
			t.below = append(t.below, treeOf(item, ""))
		}
	case strictyaml.Mapping:
		for _, p := range n.Pairs() {
			t.below = append(t.below, treeOf(p.Value, p.Key.Text()))
		}
	default:
		t.text = n.Text()
		if !n.Plain() {
			t.text = fmt.Sprintf("%q", n.Text())
		}
	}
	return t
}

func (t *tree) String() string {
	if t.kind == strictyaml.Scalar {
		return t.text
	}
	var parts []string
	for _, b := range t.below {
		if t.kind == strictyaml.Mapping {
			parts = append(parts, fmt.Sprintf("%q: %s", b.key, b))
		} else {
			parts = append(parts, b.String())
		}
	}
	if t.kind == strictyaml.Mapping {
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// walk calls f with each node and where it stands: the keys above it.
func (t *tree) walk(at string, f func(at string, n *tree)) {
	at += "/" + t.key
	f(at, t)
	for _, b := range t.below {
		b.walk(at, f)
	}
}

// changed are the texts of the file with one thing changed, by what that is; what
// was changed in the same place of another file before is left out.
func changed(root *tree, before map[string]bool) map[string]string {
	out := map[string]string{}
	root.walk("", func(at string, n *tree) {
		was := *n
		try := func(what string, change func()) {
			what += " at " + at + ", " + was.kind.String()
			if before[what] {
				return
			}
			before[what] = true
			if sum := crc32.ChecksumIEEE([]byte(what)); sum%3 > 0 { // a third of them is enough, and always the same
				return
			}
			change()
			out[what] = root.String() + "\n"
			*n = was
		}
		if n.kind == strictyaml.Mapping {
			try("an unknown key", func() { n.below = append(slices.Clone(was.below), &tree{key: "qqqq", text: "x"}) })
			for i := range was.below {
				try("without "+was.below[i].key, func() { n.below = slices.Delete(slices.Clone(was.below), i, i+1) })
			}
		}
		for what, text := range map[string]string{"a text": `"some text"`, "a number": "17", "yes": "true", "a list": "[a, b]", "keys": "{a: b}", "a span": "3d", "blank": `" "`} {
			try(what+" instead", func() { *n = tree{key: was.key, text: text} })
		}
	})
	return out
}

// The schema refuses what the decoder refuses for its structure, and takes what
// the decoder takes: in every example, every good file and every file that is bad
// in another way, whatever one thing in it is changed.
func TestSchema_HoldsToTheDecoder(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, rules.Names{Stages: []string{"Video interview"}, Positions: []string{"AE screening"}, Jobs: []string{"Cook"}})
	var files []string
	for _, pattern := range []string{"testdata/*.yaml", "../examples/rules/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	tried, both, before := 0, 0, map[string]bool{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		root := strictyaml.Parse(name, data, strictyaml.Options{Extensions: true}).Root()
		if broken, _ := decodes(data); root == nil || root.Kind() != strictyaml.Mapping || broken != "" {
			continue
		}
		for what, text := range changed(treeOf(root, ""), before) {
			if strictyaml.Parse("changed.yaml", []byte(text), strictyaml.Options{}).Root() == nil {
				continue // not a change of structure
			}
			tried++
			broken, wrongAtAll := decodes([]byte(text))
			wrong := validate(t, schema, "changed.yaml", []byte(text))
			if broken != "" && wrong != nil {
				both++
			}
			if broken != "" && wrong == nil || wrongAtAll == "" && wrong != nil {
				t.Errorf("%s, %s:\n decoder: %s\n schema: %v", name, what, broken, wrong)
			}
		}
	}
	if both < tried/2 || tried < 500 {
		t.Errorf("%d changes, %d of them refused by both: the test looks at the wrong ones", tried, both)
	}
}

// beyondASchema is what hangs on other keys, or on what words mean.
var beyondASchema = []string{
	"calendar is missing",           // the window of the rule may be it
	"reason is missing",             // it may stand under defaults
	"is not a language",             // a code that nobody uses
	"is not a country",              //
	"cannot look that far",          // bounds of spans
	"asks for at least 75 days",     //
	"is not a time to wait for",     //
	"are not a time to wait for",    //
	"says neither per_hour nor per", //
}

// decodes is what is wrong with the structure of a file, and with the file at
// all; "" is nothing.
func decodes(data []byte) (broken, wrongAtAll string) {
	_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: data}}, rules.Options{})
	for _, p := range problems {
		if p.Severity != strictyaml.Error {
			continue
		}
		wrongAtAll = p.Message + " [" + p.Code + "]"
		if slices.Contains(structural, p.Code) || p.Code == "span" || p.Code == "action" || p.Code == "value" {
			if !slices.ContainsFunc(beyondASchema, func(said string) bool { return strings.Contains(p.Message, said) }) {
				broken = wrongAtAll
			}
		}
	}
	return broken, wrongAtAll
}

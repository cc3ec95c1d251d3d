package connectors

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"flowd/internal/strictyaml"
)

// Presets makes kinds of the files *.yaml of a folder: sources of a generic kind,
// with the keys that every system of its name has in common. A configuration
// gives those that differ, and its keys go over the preset's.
//
// A file is a list of one source. Its first line is a comment and the kind's Doc.
// A comment "# needs KEY: what it is" says what a configuration has to give; where
// {KEY} stands in the file, its value comes in its place, else it is a key as any
// other. What is asked and written beside the source itself is left out where the
// configuration gives no auth, and "# with auth needs" is needed where it does.
func (ks Kinds) Presets(folder fs.FS) (Kinds, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	var out Kinds
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		p := preset{name: strings.TrimSuffix(path.Base(name), ".yaml"), text: string(text)}
		if err := p.open(ks); err != nil {
			return nil, fmt.Errorf("preset %s: %w", name, err)
		}
		out = append(out, Kind{Name: p.name, Doc: p.doc, Text: p.text, build: p.build})
	}
	return out, nil
}

// preset is one file.
type preset struct {
	name, doc, text string
	needs           []need
	kind            Kind
}

// need is what a configuration has to give.
type need struct {
	key, what string
	withAuth  bool
	blank     bool // it stands in the text as {key}
}

var (
	needed    = regexp.MustCompile(`(?m)^# (with auth )?needs ([a-z_]+): (.+)$`)
	blankForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._,-]{0,200}$`)
)

func (p *preset) open(generic Kinds) error {
	first, _, _ := strings.Cut(p.text, "\n")
	p.doc = strings.TrimPrefix(first, "# ")
	for _, m := range needed.FindAllStringSubmatch(p.text, -1) {
		p.needs = append(p.needs, need{key: m[2], what: m[3], withAuth: m[1] != "", blank: strings.Contains(p.text, "{"+m[2]+"}")})
	}
	doc, s := p.parse(func(key string) string { return key })
	if strictyaml.HasErrors(doc.Problems()) {
		return errors.New(strictyaml.Render(doc.Problems()))
	}
	kind, ok := generic.find(s.Kind)
	if p.kind = kind; !ok || p.doc == first {
		return errors.New("it has no kind, or no first line that says what it is")
	}
	return nil
}

// parse reads the text with its blanks filled in.
func (p *preset) parse(fill func(key string) string) (*strictyaml.Document, section) {
	text := p.text
	for _, n := range p.needs {
		if n.blank {
			text = strings.ReplaceAll(text, "{"+n.key+"}", fill(n.key))
		}
	}
	doc := strictyaml.Parse(p.name+".yaml", []byte(text), strictyaml.Options{})
	var s section
	for _, node := range doc.Root().Items() {
		node.Decode(&s)
	}
	return doc, s
}

// build is the generic kind's, with the configuration's keys over the preset's.
func (p *preset) build(rest *strictyaml.Node, c Common) (Source, error) {
	filled := map[string]string{}
	ok, auth := true, rest.Get("auth") != nil
	for _, n := range p.needs {
		given := rest.Get(n.key)
		switch {
		case given == nil && n.withAuth && !auth:
		case given == nil:
			c.Node.Error("missing-key", fmt.Sprintf("%s needs %s: %s", p.name, n.key, n.what), "flowd names connectors "+p.name+" shows the whole of it")
			ok = false
		case n.blank:
			filled[n.key] = blankOf(given)
			ok = ok && filled[n.key] != ""
		}
	}
	if !ok {
		return Source{}, ErrReported
	}
	doc, s := p.parse(func(key string) string {
		if value, ok := filled[key]; ok {
			return value
		}
		return key // in what is left out
	})
	base := s.Rest
	if !auth {
		base = base.Without("fetch", "write", "catalog")
	}
	for key := range filled {
		rest = rest.Without(key)
	}
	source, err := p.kind.build(rest.Over(base), c)
	for _, problem := range doc.Problems() {
		c.Node.Error("preset", fmt.Sprintf("what this source says does not go with the preset %s: %s", p.name, problem.Message), "flowd names connectors "+p.name+" shows what it says")
		return source, ErrReported
	}
	return source, err
}

// blankOf is the value of a blank: one word, or several as a list. "" is a
// problem that was reported.
func blankOf(node *strictyaml.Node) string {
	var words []string
	node.Decode(&words)
	if node.Broken() {
		return ""
	}
	text := strings.Join(words, ",")
	if !blankForm.MatchString(text) {
		node.Error("value", node.Key()+" stands in an address, and this cannot", "write letters, digits, dots and dashes")
		return ""
	}
	return text
}

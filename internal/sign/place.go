package sign

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// place is where in a request a text is found: one of the kinds header, query,
// json and part with a name, or body, or (in a template) a literal. The zero
// place is none.
type place struct {
	kind string
	name string
	path []string // of json
}

func (p place) String() string {
	if p.kind == "body" {
		return p.kind
	}
	return p.kind + ":" + p.name
}

func (p place) equal(q place) bool { return p.kind == q.kind && p.name == q.name }

// within reports whether p lies in or under the json member q.
func (p place) within(q place) bool {
	return p.kind == "json" && q.kind == "json" && len(p.path) >= len(q.path) && slices.Equal(p.path[:len(q.path)], q.path)
}

// request is what is read while one request is verified or signed.
type request struct {
	header http.Header
	query  url.Values
	body   []byte
	pieces []string // of the signature's text, once it is split
}

// read returns the text at p and whether it is there. A JSON null is not.
func (r *request) read(p place) (text []byte, found bool, err error) {
	switch p.kind {
	case "literal":
		return []byte(p.name), true, nil
	case "body":
		return r.body, true, nil
	case "header":
		values := r.header[p.name]
		if len(values) == 0 {
			return nil, false, nil
		}
		return []byte(values[0]), true, nil
	case "query":
		return []byte(r.query.Get(p.name)), r.query.Has(p.name), nil
	case "part":
		for _, piece := range r.pieces {
			if text, ok := strings.CutPrefix(piece, p.name+"="); ok {
				return []byte(text), true, nil
			}
		}
		return nil, false, nil
	default:
		return member(r.body, p.path)
	}
}

// place parses kind:name, where kind is one of allowed.
func (c *compiler) place(field, text string, allowed ...string) place {
	if text == "" {
		c.fail(field, "is missing; write a place such as header:X-Signature")
		return place{}
	}
	kind, name, _ := strings.Cut(text, ":")
	if !slices.Contains(allowed, kind) {
		c.fail(field, "%q is not a place; write %s:NAME", text, strings.Join(allowed, ":NAME, "))
		return place{}
	}
	p := place{kind: kind, name: name}
	switch kind {
	case "header":
		p.name = http.CanonicalHeaderKey(name)
		if !isToken(name) {
			c.fail(field, "%q is not the name of a header", name)
		}
	case "part":
		if !isToken(name) {
			c.fail(field, "%q is not the name of a part", name)
		}
	case "query":
		if name == "" {
			c.fail(field, "names no parameter; write query:NAME")
		}
	case "json":
		p.path = strings.Split(name, ".")
		if slices.Contains(p.path, "") {
			c.fail(field, "%q is not a path; write json:name or json:outer.inner", name)
		}
	}
	return p
}

// isToken reports whether s is a token of RFC 9110 §5.6.2, the form of a
// header's name.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		alphanumeric := '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		return !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// template is a text with places in it, in order.
type template []place

func (c *compiler) template(field, text string) (t template) {
	if text == "" {
		return template{{kind: "body"}}
	}
	for text != "" {
		literal, rest, open := strings.Cut(text, "{")
		if literal != "" {
			t = append(t, place{kind: "literal", name: literal})
		}
		if !open {
			break
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			c.fail(field, "{%s has no closing brace", inner)
			break
		}
		if inner == "body" {
			t = append(t, place{kind: "body"})
		} else {
			t = append(t, c.place(field, inner, "header", "json", "query", "part"))
		}
		text = after
	}
	return t
}

// covers reports whether the text at p is part of the template's.
func (t template) covers(p place) bool {
	return slices.ContainsFunc(t, func(q place) bool {
		return q.equal(p) || q.kind == "body" && p.kind == "json" || p.within(q)
	})
}

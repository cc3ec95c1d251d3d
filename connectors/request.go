package connectors

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"flowd/internal/expression"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// RequestSection is a call as a configuration spells it out.
type RequestSection struct {
	Method string           `yaml:"method" oneof:"GET POST PUT PATCH DELETE"`
	URL    *strictyaml.Node `yaml:"url,required"`
	// Query are further parts of the address.
	Query   *strictyaml.Node `yaml:"query"`
	Headers *strictyaml.Node `yaml:"headers"`
	Body    *strictyaml.Node `yaml:"body"`
}

// Request is a call with values to fill in. The host is fixed: no value can send
// the credential elsewhere. It is immutable.
type Request struct {
	Method  string
	url     *expression.CallTemplate
	host    string
	query   []asking
	headers map[string]*expression.CallTemplate
	body    any // see tree; nil for none
	// sparse leaves out of query and body what has no value, so that the first page
	// is asked for without what only later ones know.
	sparse bool
}

var (
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	blank      = regexp.MustCompile(`(?:^|[^$])(\{[a-z_]+\})`)
)

// fixedHeaders are set by flowd or by auth. An idempotency key would make
// net/http repeat the call by itself.
func fixedHeaders() []string {
	return []string{"Host", "Content-Length", "Transfer-Encoding", "Authorization", "Idempotency-Key", "X-Idempotency-Key"}
}

// maxSent bounds what one call sends, in bytes.
const maxSent = 256 << 10

// Request compiles a call whose values the scope has; method is the one that it
// has where the section says none.
func (k *Compiler) Request(cfg RequestSection, method string, in expression.Scope) *Request {
	r := &Request{Method: cfg.Method, url: k.Template(cfg.URL, in), sparse: in == expression.OfPaging || in == expression.OfListing}
	if r.Method == "" {
		r.Method = method
	}
	if r.url != nil {
		r.host = k.host(cfg.URL, r.url)
	}
	if cfg.Query != nil && !cfg.Query.Broken() {
		if cfg.Query.Kind() != strictyaml.Mapping {
			k.Fail(cfg.Query, "shape", "query wants names with values, and this is "+cfg.Query.Kind().String(), "")
			return r
		}
		for _, p := range cfg.Query.Pairs() {
			k.filledIn(p.Value, p.Key.Text())
			r.query = append(r.query, asking{p.Key.Text(), k.Template(p.Value, in)})
		}
	}
	if cfg.Headers != nil && !cfg.Headers.Broken() {
		r.headers = map[string]*expression.CallTemplate{}
		for _, p := range cfg.Headers.Pairs() {
			if name := p.Key.Text(); !headerName.MatchString(name) || slices.Contains(fixedHeaders(), http.CanonicalHeaderKey(name)) {
				k.Fail(p.Key, "header", "the header "+p.Key.Shown()+" cannot be set here", "a credential belongs under auth:")
			}
			r.headers[p.Key.Text()] = k.Template(p.Value, in)
		}
	}
	if cfg.Body != nil {
		r.body = k.tree(cfg.Body, in)
	}
	return r
}

// filledIn reports what a preset leaves open, in a part of an address.
func (k *Compiler) filledIn(node *strictyaml.Node, name string) bool {
	left := blank.FindStringSubmatch(node.Text())
	if left == nil {
		return true
	}
	k.Fail(node, "url", name+" still holds "+left[1], "write in its place what belongs there")
	return false
}

// host checks that scheme and host stand in the text before the first value.
func (k *Compiler) host(node *strictyaml.Node, t *expression.CallTemplate) string {
	prefix := t.Prefix()
	if !k.filledIn(node, "url") {
		return ""
	}
	if _, rest, ok := strings.Cut(prefix, "://"); ok && len(t.Reads()) > 0 && !strings.ContainsAny(rest, "/?") {
		k.Fail(node, "url", "a value stands in the host", "write the host out, and a / behind it")
		return ""
	}
	u, err := SafeURL(prefix)
	if err != nil {
		k.Fail(node, "url", "url "+err.Error(), "")
		return ""
	}
	return u.Host
}

// asking is one part of an address behind the question mark.
type asking struct {
	name  string
	value *expression.CallTemplate
}

// member is one key of a JSON object that is to be made.
type member struct{ key, value any }

// tree compiles a JSON value: a mapping is []member, a list is []any, a text a
// template; numbers, true, false and null that stand without quotes are
// themselves.
func (k *Compiler) tree(node *strictyaml.Node, in expression.Scope) any {
	switch node.Kind() {
	case strictyaml.Mapping:
		out := []member{}
		for _, p := range node.Pairs() {
			out = append(out, member{k.Template(p.Key, in), k.tree(p.Value, in)})
		}
		return out
	case strictyaml.List:
		out := []any{}
		for _, item := range node.Items() {
			out = append(out, k.tree(item, in))
		}
		return out
	}
	if text := node.Text(); node.Plain() && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return k.Template(node, in)
}

// Reads tells whether any value of the request is this one.
func (r *Request) Reads(name string) bool {
	found := r.url != nil && slices.Contains(r.url.Reads(), name)
	for _, t := range r.headers {
		found = found || t != nil && slices.Contains(t.Reads(), name)
	}
	for _, a := range r.query {
		found = found || a.value != nil && slices.Contains(a.value.Reads(), name)
	}
	return found || readsIn(r.body, name)
}

func readsIn(tree any, name string) bool {
	switch v := tree.(type) {
	case []member:
		return slices.ContainsFunc(v, func(m member) bool { return readsIn(m.key, name) || readsIn(m.value, name) })
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return readsIn(item, name) })
	case *expression.CallTemplate:
		return v != nil && slices.Contains(v.Reads(), name)
	}
	return false
}

// Call fills the values in. What cannot be filled in will not be better the next
// time: the fault is Invalid.
func (r *Request) Call(op string, in *expression.Input) (Call, error) {
	c := Call{Op: op, Method: r.Method, Header: http.Header{}}
	text, err := r.url.Render(in, inURL)
	if err == nil {
		c.URL, err = url.Parse(text)
	}
	if err == nil && c.URL.Host != r.host {
		err = errors.New("the values change the host")
	}
	if err == nil {
		err = r.ask(c.URL, in)
	}
	if err != nil {
		return c, unfilled(op, "url", err)
	}
	for name, t := range r.headers {
		value, err := t.Render(in, nil)
		if err == nil && strings.ContainsFunc(value, unicode.IsControl) {
			err = errors.New("a value holds what cannot stand in a header")
		}
		if err != nil {
			return c, unfilled(op, "headers", err)
		}
		c.Header.Set(name, value)
	}
	if r.body == nil {
		return c, nil
	}
	tree, err := r.fill(r.body, in)
	if err == nil {
		c.Body, err = json.Marshal(tree)
	}
	if err == nil && len(c.Body) > maxSent {
		err = errors.New("is too large")
	}
	if err != nil {
		return c, unfilled(op, "body", err)
	}
	return c, nil
}

// ask puts the query behind the address.
func (r *Request) ask(u *url.URL, in *expression.Input) error {
	for _, a := range r.query {
		v, err := r.fill(a.value, in)
		if err != nil {
			return err
		}
		if v == nil && r.sparse {
			continue
		}
		text, err := Text(v)
		if b, ok := v.(bool); ok && !b {
			text = "false" // in an address it is said
		}
		if err != nil {
			return err
		}
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += url.QueryEscape(a.name) + "=" + url.QueryEscape(text)
	}
	return nil
}

// unfilled words what an expression says, which holds no value.
func unfilled(op, part string, err error) error {
	var wrong *expression.Error
	if errors.As(err, &wrong) {
		return fault.New(fault.Invalid, op, "%s: %s", part, wrong.Message)
	}
	var address *url.Error
	if errors.As(err, &address) {
		return fault.New(fault.Invalid, op, "%s is no address with these values", part)
	}
	return fault.New(fault.Invalid, op, "%s: %v", part, err)
}

// inURL escapes a value for its place: a segment of the path, or the query. A
// value that a server could take for a step in the path is refused.
func inURL(before, value string) (string, error) {
	if strings.Contains(before, "?") {
		return url.QueryEscape(value), nil
	}
	if value == "." || value == ".." {
		return "", errors.New("cannot stand in a path")
	}
	return url.PathEscape(value), nil
}

// fill makes the JSON value of a tree. In a sparse request what has no value is
// nil, and left out of the object that it belongs to.
func (r *Request) fill(tree any, in *expression.Input) (any, error) {
	switch v := tree.(type) {
	case []member:
		out := make(map[string]any, len(v))
		for _, m := range v {
			key, err := r.fill(m.key, in)
			if err != nil {
				return nil, err
			}
			name, err := Text(key)
			if err != nil {
				return nil, errors.New("a key is no text")
			}
			x, err := r.fill(m.value, in)
			if err != nil {
				return nil, err
			}
			if x != nil || !r.sparse {
				out[name] = x
			}
		}
		return out, nil
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			x, err := r.fill(item, in)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
		return out, nil
	case *expression.CallTemplate:
		if r.sparse && v.Lacks(in) {
			return nil, nil
		}
		return v.Value(in)
	}
	return tree, nil
}

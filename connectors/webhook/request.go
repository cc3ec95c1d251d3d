package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// request is a call with values to fill in. The host is fixed: no value can send
// the credential elsewhere.
type request struct {
	method  string
	url     *expression.WritingTemplate
	host    string
	headers map[string]*expression.WritingTemplate
	body    any // see node; nil for none
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// fixedHeaders are set by flowd or by auth. An idempotency key would make
// net/http repeat the call by itself.
func fixedHeaders() []string {
	return []string{"Host", "Content-Length", "Transfer-Encoding", "Authorization", "Idempotency-Key", "X-Idempotency-Key"}
}

// maxBody bounds what one write sends, in bytes.
const maxBody = 256 << 10

func (k *compiler) request(cfg requestConfig, method string) request {
	r := request{method: cfg.Method, url: k.template(cfg.URL)}
	if r.method == "" {
		r.method = method
	}
	if r.url != nil {
		r.host = k.host(cfg.URL, r.url)
	}
	if cfg.Headers != nil && !cfg.Headers.Broken() {
		r.headers = map[string]*expression.WritingTemplate{}
		for _, p := range cfg.Headers.Pairs() {
			if name := p.Key.Text(); !headerName.MatchString(name) || slices.Contains(fixedHeaders(), http.CanonicalHeaderKey(name)) {
				k.fail(p.Key, "header", "the header "+p.Key.Shown()+" cannot be set here", "a credential belongs under auth:")
			}
			r.headers[p.Key.Text()] = k.template(p.Value)
		}
	}
	if cfg.Body != nil {
		r.body = k.tree(cfg.Body)
	}
	return r
}

// host checks that scheme and host stand in the text before the first value.
func (k *compiler) host(node *strictyaml.Node, t *expression.WritingTemplate) string {
	prefix := t.Prefix()
	fixed := prefix
	if _, rest, ok := strings.Cut(prefix, "://"); ok && len(t.Reads()) > 0 && !strings.ContainsAny(rest, "/?") {
		k.fail(node, "url", "a value stands in the host", "write the host out, and a / behind it")
		return ""
	}
	u, err := connectors.SafeURL(fixed)
	if err != nil {
		k.fail(node, "url", "url "+err.Error(), "")
		return ""
	}
	return u.Host
}

// template compiles a text with values.
func (k *compiler) template(node *strictyaml.Node) *expression.WritingTemplate {
	if node == nil || node.Broken() {
		k.failed = k.failed || node != nil
		return nil
	}
	if node.Kind() != strictyaml.Scalar {
		k.fail(node, "shape", node.Key()+" wants a text, and this is "+node.Kind().String(), "")
		return nil
	}
	t, err := expression.CompileWritingTemplate(node.Text())
	if err != nil {
		k.wrong(node, err)
		return nil
	}
	return t
}

// question compiles an expression over an answer.
func (k *compiler) question(node *strictyaml.Node) *expression.WritingMapping {
	if node == nil || node.Broken() {
		k.failed = k.failed || node != nil
		return nil
	}
	if node.Kind() != strictyaml.Scalar {
		k.fail(node, "shape", node.Key()+" wants an expression, and this is "+node.Kind().String(), "")
		return nil
	}
	m, err := expression.CompileWriting(node.Text())
	if err != nil {
		k.wrong(node, err)
		return nil
	}
	return m
}

// member is one key of a JSON object that is to be made.
type member struct{ key, value any }

// tree compiles a JSON value: a mapping is []member, a list is []any, a text a
// template; numbers, true, false and null that stand without quotes are
// themselves.
func (k *compiler) tree(node *strictyaml.Node) any {
	switch node.Kind() {
	case strictyaml.Mapping:
		out := []member{}
		for _, p := range node.Pairs() {
			out = append(out, member{k.template(p.Key), k.tree(p.Value)})
		}
		return out
	case strictyaml.List:
		out := []any{}
		for _, item := range node.Items() {
			out = append(out, k.tree(item))
		}
		return out
	}
	if text := node.Text(); node.Plain() && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return k.template(node)
}

// reads tells whether any value of the request is this one.
func (r request) reads(name string) bool {
	found := r.url != nil && slices.Contains(r.url.Reads(), name)
	for _, t := range r.headers {
		found = found || t != nil && slices.Contains(t.Reads(), name)
	}
	return found || readsIn(r.body, name)
}

func readsIn(tree any, name string) bool {
	switch v := tree.(type) {
	case []member:
		return slices.ContainsFunc(v, func(m member) bool { return readsIn(m.key, name) || readsIn(m.value, name) })
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return readsIn(item, name) })
	case *expression.WritingTemplate:
		return v != nil && slices.Contains(v.Reads(), name)
	}
	return false
}

// call fills the values in. What cannot be filled in will not be better the next
// time: the fault is Invalid.
func (r request) call(op string, in expression.Writing) (connectors.Call, error) {
	c := connectors.Call{Op: op, Method: r.method, Header: http.Header{}}
	text, err := r.url.Render(in, inURL)
	if err == nil {
		c.URL, err = url.Parse(text)
	}
	if err == nil && c.URL.Host != r.host {
		err = errors.New("the values change the host")
	}
	if err != nil {
		return c, invalid(op, "url", err)
	}
	for name, t := range r.headers {
		value, err := t.Render(in, nil)
		if err == nil && strings.ContainsFunc(value, unicode.IsControl) {
			err = errors.New("a value holds what cannot stand in a header")
		}
		if err != nil {
			return c, invalid(op, "headers", err)
		}
		c.Header.Set(name, value)
	}
	if r.body == nil {
		return c, nil
	}
	tree, err := fill(r.body, in)
	if err == nil {
		c.Body, err = json.Marshal(tree)
	}
	if err == nil && len(c.Body) > maxBody {
		err = errors.New("is too large")
	}
	if err != nil {
		return c, invalid(op, "body", err)
	}
	return c, nil
}

// invalid words what an expression says, which holds no value.
func invalid(op, part string, err error) error {
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

// fill makes the JSON value of a tree.
func fill(tree any, in expression.Writing) (any, error) {
	switch v := tree.(type) {
	case []member:
		out := make(map[string]any, len(v))
		for _, m := range v {
			key, err := fill(m.key, in)
			if err != nil {
				return nil, err
			}
			name, err := connectors.Text(key)
			if err != nil {
				return nil, errors.New("a key is no text")
			}
			if out[name], err = fill(m.value, in); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			x, err := fill(item, in)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
		return out, nil
	case *expression.WritingTemplate:
		return v.Value(in)
	}
	return tree, nil
}

// ask puts a yes-or-no question to an answer.
func ask(m *expression.WritingMapping, in expression.Writing, reply connectors.Reply) (bool, error) {
	var err error
	if in.Body, err = decodeAny(reply.Body); err != nil {
		return false, err
	}
	v, err := m.Eval(in)
	if err != nil {
		return false, err
	}
	yes, ok := v.(bool)
	if !ok && v != nil {
		return false, errors.New("is neither true nor false")
	}
	return yes, nil
}

package expression

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

var (
	mappingFunctions = []string{"date", "duration", "join", "lower", "split", "string", "trim", "upper"}
	mappingBuiltins  = []string{"all", "any", "count", "filter", "find", "first", "float", "int", "last", "len", "none", "one"}
)

const lookUp = "value at" // a name that nobody can write

// path is one dotted path of a mapping expression.
type path struct {
	names []any    // keys as text, places in lists as int
	shown []string // the path as written up to and with each name; shown[0] is the root
	maybe bool
	whole bool // lists are read with their numbers as numbers; not where it would be done for each element
}

// path replaces a path by one look-up.
func (r *rewriting) path(node ast.Node, maybe bool) ast.Node {
	var members []*ast.MemberNode
	root := node
	for {
		if chain, ok := root.(*ast.ChainNode); ok { // ?. changes nothing: every path may end early
			root = chain.Node
			continue
		}
		member, ok := root.(*ast.MemberNode)
		if !ok {
			break
		}
		members = append(members, member)
		root = member.Node
	}
	slices.Reverse(members)
	p := &path{maybe: maybe, whole: !r.inside, shown: []string{root.String()}}
	switch n := root.(type) {
	case *ast.IdentifierNode:
		if !slices.Contains(r.roots, n.Value) {
			return r.refuse(n, "a path begins with "+join(r.roots), "there is no %s", n.Value)
		}
	case *ast.PointerNode:
		if n.Name != "" {
			return r.refuse(n, "", "#%s has no meaning here", n.Name)
		}
	default:
		root = r.node(root, true)
	}
	for _, m := range members {
		before := p.shown[len(p.shown)-1]
		switch property := m.Property.(type) {
		case *ast.StringNode:
			p.names = append(p.names, property.Value)
			p.shown = append(p.shown, before+"."+property.Value)
		case *ast.IntegerNode:
			p.names = append(p.names, property.Value)
			p.shown = append(p.shown, fmt.Sprintf("%s[%d]", before, property.Value))
		default:
			return r.refuse(m, "write it out", "what is looked up is a plain name or place")
		}
	}
	if _, named := root.(*ast.IdentifierNode); named {
		r.mapping.reads = append(r.mapping.reads, p.shown[len(p.shown)-1])
	}
	call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: lookUp}, Arguments: []ast.Node{root, &ast.ConstantNode{Value: p}}}
	call.SetLocation(root.Location())
	return call
}

// follow looks the path up from its root.
func (p *path) follow(v any) (any, error) {
	for i, name := range p.names {
		next, known := step(v, name)
		if !known && !p.maybe {
			return nil, fmt.Errorf("%s is missing: %s", p.shown[len(p.shown)-1], describe(v, p.shown[i], name))
		}
		v = next
	}
	if v == nil && !p.maybe {
		return nil, fmt.Errorf("%s is missing", p.shown[len(p.shown)-1])
	}
	return plain(v, p.whole), nil
}

// step is one level of a path; a key or place that is not there, and null, are unknown.
func step(v, name any) (any, bool) {
	if place, ok := name.(int); ok {
		list, _ := v.([]any)
		if place < 0 || place >= len(list) || list[place] == nil {
			return nil, false
		}
		return list[place], true
	}
	key := name.(string)
	switch m := v.(type) {
	case map[string]any:
		value := m[key]
		return value, value != nil
	case http.Header:
		if values := m.Values(key); len(values) > 0 {
			return values[0], true
		}
	case url.Values:
		if m.Has(key) {
			return m.Get(key), true
		}
	}
	return nil, false
}

func describe(v any, shown string, name any) string {
	switch v.(type) {
	case nil:
		return shown + " is missing"
	case map[string]any, http.Header, url.Values:
		return fmt.Sprintf("%s has no %v", shown, name)
	case []any:
		return fmt.Sprintf("%s is a list and has no %v", shown, name)
	}
	return fmt.Sprintf("%s is a single value and has no %v", shown, name)
}

// plain turns a JSON number into an int or float64. One with more digits than either holds stays text: it is an id.
func plain(v any, whole bool) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.Atoi(v.String()); err == nil {
			return i
		}
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
		return v.String()
	case []any:
		if !whole || !slices.ContainsFunc(v, isNumber) {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e, false)
		}
		return out
	}
	return v
}

func isNumber(v any) bool {
	_, ok := v.(json.Number)
	return ok
}

const maxText = 1 << 20 // bytes that one function may make

func mappingOptions() []expr.Option {
	return append(sharedFunctions(),
		expr.Function(lookUp, func(p ...any) (any, error) { return p[1].(*path).follow(p[0]) }, new(func(any, *path) any)),
		expr.Function("string", func(p ...any) (any, error) { return asText(p[0]) }, new(func(any) string)),
		expr.Function("split", func(p ...any) (any, error) {
			s, ok := p[0].(string)
			separator, also := p[1].(string)
			if !ok || !also || separator == "" {
				return nil, errors.New("split takes a text and what separates its parts")
			}
			var out []any
			for part := range strings.SplitSeq(s, separator) {
				out = append(out, part)
			}
			return out, nil
		}, new(func(any, string) []any)),
		expr.Function("join", func(p ...any) (any, error) {
			list, ok := p[0].([]any)
			separator, also := p[1].(string)
			if !ok || !also {
				return nil, errors.New("join takes a list and what separates its parts")
			}
			if len(separator) > 16 {
				return nil, errors.New("join takes a separator of at most 16 bytes")
			}
			var b strings.Builder
			for i, e := range list {
				s, err := asText(e)
				if err != nil {
					return nil, err
				}
				if i > 0 {
					b.WriteString(separator)
				}
				b.WriteString(s)
				if b.Len() > maxText {
					return nil, errors.New("join makes a text that is too long")
				}
			}
			return b.String(), nil
		}, new(func(any, string) string)),
	)
}

// asText is a single value as text; a number without an exponent, as ids are.
func asText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", errors.New("a list or object is no text")
}

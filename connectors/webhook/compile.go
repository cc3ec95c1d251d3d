package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// mapped is one part of the normal form and where its value comes from.
type mapped struct {
	name string
	expr *expression.Mapping
}

// compiler compiles the expressions of a source and reports what is wrong with
// them at their places.
type compiler struct{ failed bool }

func (k *compiler) fail(node *strictyaml.Node, code, message, hint string) {
	k.failed = true
	node.Error(code, message, hint)
}

// compile returns the expression of a node, or nil where there is none.
func (k *compiler) compile(node *strictyaml.Node) *expression.Mapping {
	if node == nil || node.Broken() {
		return nil
	}
	if node.Kind() != strictyaml.Scalar {
		k.fail(node, "shape", fmt.Sprintf("%s wants an expression, and this is %s", node.Key(), node.Kind()), "")
		return nil
	}
	m, err := expression.CompileMapping(node.Text())
	if err == nil {
		return m
	}
	k.wrong(node, err)
	return nil
}

// wrong reports what is wrong with an expression at its place.
func (k *compiler) wrong(node *strictyaml.Node, err error) {
	k.failed = true
	var wrong *expression.Error
	if errors.As(err, &wrong) {
		node.ReportAt(wrong.Offset, strictyaml.Problem{Code: "expression", Message: wrong.Message, Hint: wrong.Hint})
		return
	}
	node.Error("expression", err.Error(), "")
}

// parts compiles the map, whose groups may be nested or written with a dot.
func (k *compiler) parts(node *strictyaml.Node) []mapped {
	if node == nil || node.Broken() {
		return nil
	}
	if node.Kind() != strictyaml.Mapping {
		k.fail(node, "shape", "map wants the parts of an event, and this is "+node.Kind().String(), "its parts: "+strings.Join(connectors.PartNames(), ", "))
		return nil
	}
	var out []mapped
	k.group(node, "", &out)
	for _, need := range []string{"application", "stage.id"} {
		if !k.failed && !slices.ContainsFunc(out, func(m mapped) bool {
			return m.name == need || need == "stage.id" && (m.name == "stage.name" || m.name == "type")
		}) {
			need, _, _ = strings.Cut(need, ".")
			k.fail(node, "missing-key", "map does not say where the "+need+" comes from", "add "+need+": with an expression such as body."+need+".id")
		}
	}
	return out
}

func (k *compiler) group(node *strictyaml.Node, prefix string, out *[]mapped) {
	for _, p := range node.Pairs() {
		written := prefix + p.Key.Text()
		if p.Value.Kind() == strictyaml.Mapping && !strings.Contains(written, ".") {
			k.group(p.Value, written+".", out)
			continue
		}
		name, ok := connectors.PartName(written)
		if !ok {
			hint := "its parts: " + strings.Join(connectors.PartNames(), ", ")
			if near := connectors.NearPart(written); near != "" {
				hint = "did you mean " + near + "?"
			}
			k.fail(p.Key, "unknown-key", "an event has no "+written, hint)
			continue
		}
		if slices.ContainsFunc(*out, func(m mapped) bool { return m.name == name }) {
			k.fail(p.Key, "duplicate", "map says twice where "+name+" comes from", "keep one")
			continue
		}
		*out = append(*out, mapped{name: name, expr: k.compile(p.Value)})
	}
}

// items holds that item is read only where there is one.
func (k *compiler) items(h *hook, cfg Config) {
	h.whenItem = readsItem(h.when)
	if h.forEach != nil {
		if readsItem(h.forEach) {
			k.fail(cfg.ForEach, "item", "for_each cannot read item: it makes them", "name the list, such as body.data")
		}
		return
	}
	for _, e := range []struct {
		expr *expression.Mapping
		node *strictyaml.Node
	}{{h.when, cfg.When}, {h.eventID, cfg.EventID}} {
		if readsItem(e.expr) {
			k.fail(e.node, "item", "item is read, and there is no for_each", "add for_each: with the list, or read body")
		}
	}
	for _, p := range h.parts {
		if readsItem(p.expr) {
			k.fail(cfg.Map, "item", p.name+" reads item, and there is no for_each", "add for_each: with the list, or read body")
		}
	}
}

func readsItem(m *expression.Mapping) bool {
	return m != nil && slices.ContainsFunc(m.Reads(), func(path string) bool {
		return path == "item" || strings.HasPrefix(path, "item.") || strings.HasPrefix(path, "item[")
	})
}

func (k *compiler) handshake(cfg *handshakeConfig) *handshake {
	if cfg == nil {
		return nil
	}
	if cfg.EchoHeader == "" && cfg.When == nil {
		k.fail(cfg.Node, "handshake", "the handshake does not say how it is known", "add echo_header: NAME, or when: with an expression such as body.test == true")
		return nil
	}
	return &handshake{echo: cfg.EchoHeader, when: k.compile(cfg.When), answer: k.compile(cfg.Answer)}
}

package webhook

import (
	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// bind holds that item is read only where there is one.
func (h *hook) bind(k *connectors.Compiler, cfg Config) {
	h.whenItem = connectors.Names(h.when, "item")
	if h.forEach != nil {
		if connectors.Names(h.forEach, "item") {
			k.Fail(cfg.ForEach, "item", "for_each cannot read item: it makes them", "name the list, such as body.data")
		}
		return
	}
	for _, e := range []struct {
		expr *expression.Mapping
		node *strictyaml.Node
	}{{h.when, cfg.When}, {h.eventID, cfg.EventID}} {
		if connectors.Names(e.expr, "item") {
			k.Fail(e.node, "item", "item is read, and there is no for_each", "add for_each: with the list, or read body")
		}
	}
	if part := h.parts.Reading("item"); part != "" {
		k.Fail(cfg.Map, "item", part+" reads item, and there is no for_each", "add for_each: with the list, or read body")
	}
}

func handshakeOf(k *connectors.Compiler, cfg *handshakeConfig) *handshake {
	if cfg == nil {
		return nil
	}
	if cfg.EchoHeader == "" && cfg.When == nil {
		k.Fail(cfg.Node, "handshake", "the handshake does not say how it is known", "add echo_header: NAME, or when: with an expression such as body.test == true")
		return nil
	}
	return &handshake{echo: cfg.EchoHeader, when: k.Mapping(cfg.When, expression.OfDelivery), answer: k.Mapping(cfg.Answer, expression.OfDelivery)}
}

// Package webhook is for any system that is not known by name: the
// configuration says how its hooks are signed and maps their bodies, with
// expressions, to an event's normal form; and which calls write to it.
package webhook

import (
	"errors"
	"fmt"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("webhook", "any system that calls: the configuration maps what it sends", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	Webhook section `yaml:"webhook,required"`
	// When says which deliveries (or items) concern flowd; absent means all.
	When *strictyaml.Node `yaml:"when"`
	// ForEach is the list in the delivery of which each item is an event.
	ForEach *strictyaml.Node `yaml:"for_each"`
	// EventID is the sender's id of the event, the same when it is repeated.
	EventID *strictyaml.Node `yaml:"event_id"`
	Map     *strictyaml.Node `yaml:"map,required"`
	// Auth says who calls the system; Fetch how to ask it, and Write how to write to
	// it.
	Auth  *connectors.Auth         `yaml:"auth"`
	Fetch *fetchSection            `yaml:"fetch"`
	Write *connectors.WriteSection `yaml:"write"`
}

type section struct {
	connectors.Hook
	// Verify is none, standard-webhooks, or the fields of a sign.Scheme.
	Verify    *strictyaml.Node `yaml:"verify"`
	Handshake *handshakeConfig `yaml:"handshake"`
}

type handshakeConfig struct {
	EchoHeader string           `yaml:"echo_header"`
	When       *strictyaml.Node `yaml:"when"`
	Answer     *strictyaml.Node `yaml:"answer"`
	Node       *strictyaml.Node `yaml:",node"`
}

type fetchSection struct {
	connectors.FetchSection
	// Complete has a delivery's applications asked about before it is taken.
	Complete bool `yaml:"complete"`
}

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	var source connectors.Source
	verifier, err := cfg.Webhook.verifier(c)
	errs := []error{err, cfg.Webhook.Apply(&source, c)}
	h := &hook{verifier: verifier, name: c.Name, door: c.Door}
	k := &connectors.Compiler{}
	h.when, h.forEach, h.eventID = k.Mapping(cfg.When, expression.OfDelivery), k.Mapping(cfg.ForEach, expression.OfDelivery), k.Mapping(cfg.EventID, expression.OfDelivery)
	h.handshake = handshakeOf(k, cfg.Webhook.Handshake)
	h.parts = h.mapping(k, cfg)
	h.bind(k, cfg)
	credential, err := cfg.Auth.Credential(c)
	client := connectors.NewClient(credential, c.Roots)
	source.Receiver, source.Members = h, h.parts.Members()
	if w := k.Writer(cfg.Write, client, c); w != nil {
		source.Writer = w
	}
	if cfg.Fetch != nil {
		if f := k.Fetcher(&cfg.Fetch.FetchSection, client, c); f != nil {
			source.Fetcher = f
			if cfg.Fetch.Complete {
				source.Receiver, source.Members = asking{h, f}, union(source.Members, f.Members())
			}
		}
	}
	errs = append(errs, err, k.Err())
	for _, err := range errs {
		if err != nil {
			return source, err
		}
	}
	return source, nil
}

// verifier is what decides whether the sender is known.
func (s section) verifier(c connectors.Common) (connectors.Verifier, error) {
	if s.Node == nil {
		return nil, connectors.ErrReported
	}
	if s.Verify == nil {
		if s.Setup {
			return s.Signed(sign.StandardWebhooks(), c) // verifies nothing without a secret
		}
		s.Node.Error("verify", "the hook does not say how its sender signs", "add verify: with its scheme, verify: standard-webhooks, or verify: none with a path_secret")
		return nil, connectors.ErrReported
	}
	if s.Verify.Kind() == strictyaml.Scalar {
		switch s.Verify.Text() {
		case "none":
			return s.unsigned()
		case "standard-webhooks":
			return s.Signed(sign.StandardWebhooks(), c)
		}
		s.Verify.Error("value", fmt.Sprintf("verify knows no scheme %q", s.Verify.Shown()), "write none, standard-webhooks, or the scheme's fields: signature, prefix, encoding, message, …")
		return nil, connectors.ErrReported
	}
	var scheme sign.Scheme
	s.Verify.Decode(&scheme)
	if !s.schemeFits(scheme) {
		return nil, connectors.ErrReported
	}
	return s.Signed(scheme, c)
}

func (s section) schemeFits(scheme sign.Scheme) bool {
	err := scheme.Validate()
	if err == nil {
		return true
	}
	problems, ok := err.(interface{ Unwrap() []error })
	if !ok {
		s.Verify.Error("verify", err.Error(), "")
		return false
	}
	for _, p := range problems.Unwrap() {
		var f *sign.FieldError
		if errors.As(p, &f) {
			s.Verify.Place(f.Field).Error("verify", f.Error(), "")
		} else {
			s.Verify.Error("verify", p.Error(), "")
		}
	}
	return false
}

// unsigned is for senders that sign nothing: the secret stands in the path.
func (s section) unsigned() (connectors.Verifier, error) {
	switch {
	case len(s.Secret)+len(s.Secrets) > 0:
		s.Verify.Error("verify", "verify: none leaves the secret unused, so anyone could send", "name the scheme in verify:, or move the secret to path_secret:")
	case len(s.PathSecret) == 0 && !s.Node.Get("path_secret").Broken():
		s.Verify.Error("verify", "without a signature anyone could send", fmt.Sprintf("add path_secret: {env: NAME} of %d characters or more, and give the sender the path with it at its end", connectors.MinPathSecret))
	default:
		return connectors.Unsigned{}, nil
	}
	return nil, connectors.ErrReported
}

var _ connectors.Identifier = (*hook)(nil)

// EventID implements connectors.Identifier: the id that the signature scheme
// names, where event_id says nothing else.
func (h *hook) EventID(d flowd.Delivery) string {
	if s, ok := h.verifier.(*connectors.Signed); ok {
		if id, err := s.ReplayID(d.Header, d.Query, d.Body); err == nil {
			return id
		}
	}
	return ""
}

package connectors

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"flowd"
	"flowd/internal/secret"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

// Hook is the webhook section that receiving kinds share.
type Hook struct {
	// Secret and Secrets are one list: the second name reads better while two
	// are valid during a rotation.
	Secret  []secret.Source `yaml:"secret"`
	Secrets []secret.Source `yaml:"secrets"`
	// Setup stands in place of a secret that the sender shows only once the hook
	// answers.
	Setup bool `yaml:"setup"`
	// Status is the answer to an accepted delivery.
	Status int `yaml:"status"`
	// PathSecret is the last segment of the hook's path, for senders that sign
	// nothing.
	PathSecret []secret.Source  `yaml:"path_secret"`
	Node       *strictyaml.Node `yaml:",node"`
}

// MinPathSecret is the shortest secret, in characters, that may stand in a path
// in place of a signature.
const MinPathSecret = 16

// pathSegment is what arrives in a path unchanged: RFC 3986's unreserved
// characters.
var pathSegment = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// Apply fills in what the section says of the source: status, setup and path
// secrets.
func (h Hook) Apply(s *Source, c Common) error {
	if h.Node == nil {
		return ErrReported // not a section at all: said by the decoder
	}
	ok := true
	if h.Status != 0 && (h.Status < 200 || h.Status > 299) {
		h.Node.Place("status").Error("value", fmt.Sprintf("status %d would tell the sender that the delivery failed", h.Status), "write a status from 200 to 299, or leave it out for 200")
		ok = false
	}
	s.OK, s.Setup = h.Status, h.Setup
	if c.SkipSecrets {
		return reported(ok)
	}
	for i, place := range h.PathSecret {
		node := h.Node.Place("path_secret").Items()[i]
		value, read := readSecret(node, place, c)
		ok = ok && read
		switch {
		case !read:
		case len(value.Reveal()) < MinPathSecret:
			node.Error("secret", fmt.Sprintf("%s holds fewer than %d characters, which can be guessed", place, MinPathSecret), "make one with: openssl rand -hex 24")
			ok = false
		case !pathSegment.MatchString(value.Reveal()):
			node.Error("secret", fmt.Sprintf("%s holds characters that a path does not carry unchanged", place), "use letters, digits, dot, underscore, tilde and dash only")
			ok = false
		}
		s.PathSecrets = append(s.PathSecrets, value)
	}
	return reported(ok)
}

// Signed reads the section's secrets for a scheme. A section with setup has
// none, and its Signed refuses everything.
func (h Hook) Signed(scheme sign.Scheme, c Common) (*Signed, error) {
	if h.Node == nil {
		return nil, ErrReported
	}
	verifier, err := sign.New(scheme)
	if err != nil {
		return nil, err
	}
	s := &Signed{Verifier: verifier}
	given := len(h.Secret) + len(h.Secrets)
	switch {
	case h.Setup && given > 0:
		h.Node.Place("setup").Error("setup", "setup: true stands in place of a secret, and there is one", "delete setup")
		return nil, ErrReported
	case h.Setup:
		return s, nil
	case given == 0:
		if !h.Node.Get("secret").Broken() && !h.Node.Get("secrets").Broken() {
			h.Node.Error("secret", "the hook has no secret, so anyone could send to it", "add secret: {env: NAME} or {file: PATH}; while the sender has not shown it yet, setup: true")
		}
		return nil, ErrReported
	case c.SkipSecrets:
		return s, nil
	}
	ok := true
	for _, list := range []struct {
		key    string
		places []secret.Source
	}{{"secret", h.Secret}, {"secrets", h.Secrets}} {
		for i, place := range list.places {
			node := h.Node.Place(list.key).Items()[i]
			value, read := readSecret(node, place, c)
			if read {
				if err := verifier.CheckSecret([]byte(value.Reveal())); err != nil {
					node.Error("secret", fmt.Sprintf("%s: %v", place, err), "copy the secret from the sender again")
					read = false
				}
			}
			ok = ok && read
			s.secrets = append(s.secrets, []byte(value.Reveal()))
		}
	}
	return s, reported(ok)
}

// Signed is a verifier with the secrets of one source. It is immutable and safe
// for concurrent use; a reload builds a new one.
type Signed struct {
	*sign.Verifier
	secrets [][]byte
}

// Verify implements Receiver.
func (s *Signed) Verify(now time.Time, d flowd.Delivery) error {
	return s.Verifier.Verify(now, d.Header, d.Query, d.Body, s.secrets...)
}

// Verifier is the half of a Receiver that tells whether the sender is known.
type Verifier interface {
	Verify(now time.Time, d flowd.Delivery) error
}

// Unsigned verifies nothing: for senders that sign nothing, whose hook has a
// path secret, which the handler has compared before.
type Unsigned struct{}

// Verify implements Verifier.
func (Unsigned) Verify(time.Time, flowd.Delivery) error { return nil }

// ours tells whether a refusal is a fault of the configuration and not of the
// sender.
func ours(err error) bool {
	return errors.Is(err, sign.ErrNoSecret) || errors.Is(err, sign.ErrBadSecret)
}

func readSecret(node *strictyaml.Node, place secret.Source, c Common) (secret.Value, bool) {
	if node.Broken() {
		return secret.Value{}, false
	}
	value, err := place.In(c.Dir).Read()
	if err != nil {
		node.Error("secret", err.Error(), "")
		return value, false
	}
	return value, true
}

func reported(ok bool) error {
	if ok {
		return nil
	}
	return ErrReported
}

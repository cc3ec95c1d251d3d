package sign

import (
	"crypto/sha1" //nolint:gosec // one sender signs with HMAC-SHA1, which is still sound as a MAC
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
)

// DefaultTolerance is how far, either way, a signed timestamp may lie from now
// where the scheme names a timestamp and no tolerance. Five minutes is the
// convention of Standard Webhooks.
const DefaultTolerance = 5 * time.Minute

// Scheme says how a sender signs its requests. It is plain data; New checks it
// and makes the Verifier. The zero value of every field but Signature is a
// usable default.
//
// Places in a request are written kind:name, in the same way in Signature,
// Timestamp and ReplayID and, within braces, in Message:
//
//	header:NAME   a request header
//	query:NAME    a parameter of the URL
//	json:a.b.c    a member of the JSON body; the text of a string, anything
//	              else exactly as it was sent
//	part:NAME     the piece NAME=... of the signature's own text (needs Split)
type Scheme struct {
	// Signature is the place of the signature: a header, query or json place.
	Signature string `yaml:"signature"`
	// Prefix stands before each signature, such as "sha256=" or "v1,". Pieces
	// without it are passed over.
	Prefix string `yaml:"prefix"`
	// Split separates several signatures, or the parts of one: one of , ; |
	// and space. Empty means a single signature.
	Split string `yaml:"split"`
	// Digest is the hash under the HMAC: sha256 (default), sha1 or sha512.
	Digest string `yaml:"digest"`
	// Encoding is how the digest is written: hex (default), base64, base64url,
	// or alternatives joined by |, as in "hex|base64". "base64(hex)" means that
	// the whole text is base64 of a text in which the digest is hex; Prefix and
	// Split apply within. Padding is optional everywhere.
	Encoding string `yaml:"encoding"`
	// Message is what is signed: literal text with {body} or places in braces,
	// such as "{header:X-Time}.{body}". Default "{body}". A header or parameter
	// that is absent counts as empty; an absent json or part place refuses.
	Message string `yaml:"message"`
	// KeyEncoding is how the secret is written: raw (default), base64 or hex.
	KeyEncoding string `yaml:"key_encoding"`
	// StripKeyPrefix is dropped from the secret, if there, before decoding.
	StripKeyPrefix string `yaml:"strip_key_prefix"`
	// Timestamp is the place of the time of sending. It must be covered by
	// Message, since a time that is not signed proves nothing. Empty means that
	// age is not checked.
	Timestamp string `yaml:"timestamp"`
	// TimestampUnit is s (default) or ms since 1970.
	TimestampUnit string `yaml:"timestamp_unit"`
	// Tolerance is how far the timestamp may lie from now, either way; zero is
	// DefaultTolerance.
	Tolerance time.Duration `yaml:"tolerance"`
	// ReplayID is the place of the id that is the same in every repetition of a
	// delivery; see Verifier.ReplayID. Optional.
	ReplayID string `yaml:"replay_id"`
}

// StandardWebhooks is the scheme of the Standard Webhooks specification 1.0
// (symmetric signatures, "v1").
func StandardWebhooks() Scheme {
	return Scheme{
		Signature: "header:webhook-signature", Prefix: "v1,", Split: " ", Encoding: "base64",
		Message:     "{header:webhook-id}.{header:webhook-timestamp}.{body}",
		KeyEncoding: "base64", StripKeyPrefix: "whsec_",
		Timestamp: "header:webhook-timestamp", ReplayID: "header:webhook-id",
	}
}

// FieldError is one problem of a Scheme, placed at the field by its name in
// YAML. New and Validate join one for each problem.
type FieldError struct{ Field, Problem string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Validate reports every problem of the scheme, as New would.
func (s Scheme) Validate() error {
	_, err := New(s)
	return err
}

// New checks s and returns its verifier, or every problem of s joined.
func New(s Scheme) (*Verifier, error) {
	c := &compiler{}
	v := &Verifier{
		prefix: s.Prefix, split: s.Split, stripKeyPrefix: s.StripKeyPrefix,
		unit: time.Second, tolerance: s.Tolerance,
	}
	v.signature = c.place("signature", s.Signature, "header", "json", "query")
	v.digest = digests[c.choice("digest", s.Digest, "sha256", "sha1", "sha512")]
	v.encodings, v.wrapped = c.encodings(s.Encoding)
	v.keyEncoding = c.choice("key_encoding", s.KeyEncoding, "raw", "base64", "hex")
	v.message = c.template("message", s.Message)
	c.pieces(s)
	c.message(v)
	c.time(s, v)
	if s.ReplayID != "" {
		v.replayID = c.place("replay_id", s.ReplayID, "header", "json", "query", "part")
	}
	c.parts(v)
	if len(c.problems) > 0 {
		return nil, errors.Join(c.problems...)
	}
	return v, nil
}

var digests = map[string]func() hash.Hash{"sha256": sha256.New, "sha1": sha1.New, "sha512": sha512.New}

// compiler gathers the problems of one scheme.
type compiler struct{ problems []error }

func (c *compiler) fail(field, format string, args ...any) {
	c.problems = append(c.problems, &FieldError{Field: field, Problem: fmt.Sprintf(format, args...)})
}

// choice returns got, or the first of allowed when got is empty.
func (c *compiler) choice(field, got string, allowed ...string) string {
	switch {
	case got == "":
		return allowed[0]
	case !slices.Contains(allowed, got):
		c.fail(field, "%q is not one of %s", got, strings.Join(allowed, ", "))
	}
	return got
}

func (c *compiler) encodings(text string) (names []string, wrapped bool) {
	if text == "base64(hex)" {
		return []string{"hex"}, true
	}
	for name := range strings.SplitSeq(text, "|") {
		if name == "base64(hex)" {
			c.fail("encoding", "base64(hex) cannot have alternatives")
			continue
		}
		names = append(names, c.choice("encoding", name, "hex", "base64", "base64url", "base64(hex)"))
	}
	return names, false
}

func (c *compiler) pieces(s Scheme) {
	if s.Split != "" && (len(s.Split) != 1 || !strings.Contains(",;| ", s.Split)) {
		c.fail("split", "%q is not one of the separators , ; | and space", s.Split)
	}
	if strings.HasPrefix(s.Prefix, " ") || strings.ContainsFunc(s.Prefix, func(r rune) bool { return r < ' ' || r > '~' }) {
		c.fail("prefix", "%q must be printable ASCII and not begin with a space", s.Prefix)
	}
	if s.Split != "" && strings.Contains(s.Prefix, s.Split) {
		c.fail("prefix", "%q contains the separator %q, so it would never be found", s.Prefix, s.Split)
	}
}

func (c *compiler) message(v *Verifier) {
	places := 0
	for _, p := range v.message {
		if p.kind == "literal" {
			continue
		}
		places++
		if p.kind != "" && p.equal(v.signature) || p.kind == "json" && v.signature.within(p) {
			c.fail("message", "{%s} would contain the signature itself", p)
		}
		if p.kind == "body" && v.signature.kind == "json" {
			c.fail("message", "{body} contains the signature itself (signature: %s); name the signed members, as in {json:data}", v.signature)
		}
	}
	if places == 0 {
		c.fail("message", "nothing of the request is signed; write {body} or a place in braces")
	}
}

func (c *compiler) time(s Scheme, v *Verifier) {
	if s.Timestamp == "" {
		if s.TimestampUnit != "" {
			c.fail("timestamp_unit", "has no effect without timestamp")
		}
		if s.Tolerance != 0 {
			c.fail("tolerance", "has no effect without timestamp")
		}
		return
	}
	if c.choice("timestamp_unit", s.TimestampUnit, "s", "ms") == "ms" {
		v.unit = time.Millisecond
	}
	if s.Tolerance < 0 {
		c.fail("tolerance", "%s is negative", s.Tolerance)
	}
	if s.Tolerance == 0 {
		v.tolerance = DefaultTolerance
	}
	v.timestamp = c.place("timestamp", s.Timestamp, "header", "json", "query", "part")
	if v.timestamp.kind != "" && !v.message.covers(v.timestamp) {
		c.fail("timestamp", "%s is not part of message, so anyone could change it; add {%s} to message or drop timestamp", v.timestamp, v.timestamp)
	}
}

// parts holds that a part place has pieces to be found among.
func (c *compiler) parts(v *Verifier) {
	if v.split != "" {
		return
	}
	for _, p := range append(template{v.timestamp, v.replayID}, v.message...) {
		if p.kind == "part" {
			c.fail("split", "is needed to find %s in the signature", p)
			return
		}
	}
}

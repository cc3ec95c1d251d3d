// Package sign verifies the signatures of incoming webhooks, and makes them.
//
// Senders differ in where a signature stands, how it is written, what text it
// covers and how the key is given; a Scheme says so as data and New compiles it.
// What is signed is always taken from the raw bytes that arrived: re-encoding
// JSON gives other bytes (escapes, spaces, order of members) and other digests.
package sign

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Why a request is refused. Verify wraps these with the place concerned, never
// with anything of the secret or of what was sent. ErrNoSecret and ErrBadSecret
// are faults of the configuration, the others of the request.
var (
	ErrMissing   = errors.New("what is needed to verify the request is missing")
	ErrMalformed = errors.New("what is needed to verify the request is malformed")
	ErrMismatch  = errors.New("the signature does not match")
	ErrStale     = errors.New("the signature is genuine but its time is too far from now")
	ErrNoSecret  = errors.New("there is no secret, or it is empty")
	ErrBadSecret = errors.New("the secret cannot be decoded as the scheme says")
)

const (
	maxSignature = 8 << 10 // bytes of a signature's text; 16 keys of SHA-512 need less than 3 KiB
	maxPieces    = 32      // the most generous sender known signs with up to 16 keys at a time, and sends no other parts
	maxTimeText  = 15      // digits; far beyond any date in ms, far from overflow
)

// Verifier checks requests against one Scheme. It is immutable and safe for
// concurrent use.
type Verifier struct {
	signature, timestamp, replayID place
	prefix, split                  string
	digest                         func() hash.Hash
	encodings                      []string
	wrapped                        bool // the signature's whole text is base64
	message                        template
	keyEncoding, stripKeyPrefix    string
	unit, tolerance                time.Duration
}

// Verify returns nil when one of the request's signatures was made with one of
// the secrets and, where the scheme has a timestamp, that lies within the
// tolerance of now. Several secrets serve a rotation; an empty one among them
// refuses everything. Digests are compared in constant time. The age is looked
// at last, so that ErrStale says that the sender is genuine: a clock is wrong
// or a delivery is repeated.
func (v *Verifier) Verify(now time.Time, header http.Header, query url.Values, body []byte, secrets ...[]byte) error {
	keys, err := v.keys(secrets)
	if err != nil {
		return err
	}
	r := &request{header: header, query: query, body: body}
	claimed, err := v.signatures(r)
	if err != nil {
		return err
	}
	text, err := v.signed(r)
	if err != nil {
		return err
	}
	matched := 0
	for _, key := range keys {
		sum := v.sum(key, text)
		for _, c := range claimed {
			matched |= subtle.ConstantTimeCompare(sum, c)
		}
	}
	if matched == 0 {
		return fmt.Errorf("%w: %s", ErrMismatch, v.signature)
	}
	return v.fresh(now, r)
}

// ReplayID returns the id by which a repeated delivery is known, or
// ErrMissing. It is trustworthy only where Message covers it.
func (v *Verifier) ReplayID(header http.Header, query url.Values, body []byte) (string, error) {
	r := &request{header: header, query: query, body: body}
	if v.replayID.kind == "part" {
		if _, err := v.signatures(r); err != nil {
			return "", err
		}
	}
	id, err := v.need(r, v.replayID)
	return string(id), err
}

// CheckSecret reports whether a secret can serve as a key of this scheme:
// ErrNoSecret, ErrBadSecret or nil. It is for the check of a configuration.
func (v *Verifier) CheckSecret(secret []byte) error {
	_, err := v.keys([][]byte{secret})
	return err
}

func (v *Verifier) keys(secrets [][]byte) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, ErrNoSecret
	}
	keys := make([][]byte, len(secrets))
	for i, s := range secrets {
		text := strings.TrimPrefix(string(s), v.stripKeyPrefix)
		var err error
		switch v.keyEncoding {
		case "base64":
			keys[i], err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		case "hex":
			keys[i], err = hex.DecodeString(text)
		default:
			keys[i] = []byte(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: key_encoding is %s", ErrBadSecret, v.keyEncoding) // err quotes the secret
		}
		if len(keys[i]) == 0 {
			return nil, ErrNoSecret
		}
	}
	return keys, nil
}

// signatures returns the decoded digests that the request claims, at least
// one, and leaves the pieces of the signature's text in r.
func (v *Verifier) signatures(r *request) ([][]byte, error) {
	if v.signature.kind == "header" && len(r.header[v.signature.name]) > 1 {
		return nil, fmt.Errorf("%w: %s is there more than once", ErrMalformed, v.signature)
	}
	text, err := v.need(r, v.signature)
	if err != nil {
		return nil, err
	}
	if len(text) > maxSignature {
		return nil, fmt.Errorf("%w: %s is too long", ErrMalformed, v.signature)
	}
	value := string(text)
	if v.wrapped {
		inner, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return nil, fmt.Errorf("%w: %s is not base64", ErrMalformed, v.signature)
		}
		value = string(inner)
	}
	r.pieces = []string{value}
	if v.split != "" {
		if r.pieces = strings.Split(value, v.split); len(r.pieces) > maxPieces {
			return nil, fmt.Errorf("%w: %s has too many parts", ErrMalformed, v.signature)
		}
	}
	var claimed [][]byte
	for i, piece := range r.pieces {
		r.pieces[i] = strings.TrimSpace(piece)
		if encoded, ok := strings.CutPrefix(r.pieces[i], v.prefix); ok {
			claimed = v.decode(claimed, encoded)
		}
	}
	if len(claimed) == 0 {
		return nil, fmt.Errorf("%w: %s holds no signature of the expected form", ErrMalformed, v.signature)
	}
	return claimed, nil
}

// decode appends the digest that text stands for. The encodings of a digest
// differ in length, so at most one of them gives one of the right size.
func (v *Verifier) decode(to [][]byte, text string) [][]byte {
	size := v.digest().Size()
	for _, encoding := range v.encodings {
		var sum []byte
		var err error
		switch encoding {
		case "base64":
			sum, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		case "base64url":
			sum, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
		default:
			sum, err = hex.DecodeString(text)
		}
		if err == nil && len(sum) == size {
			to = append(to, sum)
		}
	}
	return to
}

// signed returns the text that is signed, in pieces so that the body is not copied.
func (v *Verifier) signed(r *request) ([][]byte, error) {
	text := make([][]byte, len(v.message))
	for i, p := range v.message {
		var err error
		switch p.kind {
		case "json", "part":
			text[i], err = v.need(r, p)
		default: // senders that sign optional headers count an absent one as empty
			text[i], _, err = r.read(p)
		}
		if err != nil {
			return nil, err
		}
	}
	return text, nil
}

func (v *Verifier) sum(key []byte, text [][]byte) []byte {
	mac := hmac.New(v.digest, key)
	for _, t := range text {
		mac.Write(t)
	}
	return mac.Sum(nil)
}

func (v *Verifier) fresh(now time.Time, r *request) error {
	if v.timestamp.kind == "" {
		return nil
	}
	text, err := v.need(r, v.timestamp)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || len(text) > maxTimeText {
		return fmt.Errorf("%w: %s is not a time", ErrMalformed, v.timestamp)
	}
	at := time.Unix(n, 0)
	if v.unit == time.Millisecond {
		at = time.UnixMilli(n)
	}
	if age := now.Sub(at); age > v.tolerance || age < -v.tolerance {
		return fmt.Errorf("%w: %s is more than %s off", ErrStale, v.timestamp, v.tolerance)
	}
	return nil
}

// need reads a place that must be there and not be empty.
func (v *Verifier) need(r *request, p place) ([]byte, error) {
	text, found, err := r.read(p)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, p, err)
	case !found || len(text) == 0:
		return nil, fmt.Errorf("%w: %s", ErrMissing, p)
	}
	return text, nil
}

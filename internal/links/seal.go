package links

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"flowd/internal/secret"
)

const (
	// MinKey is the shortest key, in characters.
	MinKey = 32

	version  = 1
	macSize  = 16  // bytes: nobody guesses 128 bits against a server that counts
	maxPart  = 256 // bytes of an id
	maxToken = 1200
)

// ErrToken says that a token was not made with one of the keys, or was altered.
var ErrToken = errors.New("the link was not made here, or was altered")

// seals makes tokens for one purpose, and reads them. The first key signs, all
// are accepted.
type seals struct{ keys [][]byte }

// newSeals derives a key of its own from each: what signs other things too must
// make no links by that.
func newSeals(keys []secret.Value, purpose string) (s seals, err error) {
	if len(keys) == 0 {
		return s, errors.New("links: there is no key")
	}
	for _, key := range keys {
		if len(key.Reveal()) < MinKey {
			return seals{}, fmt.Errorf("links: the key has fewer than %d characters: make one with openssl rand -hex 32", MinKey)
		}
		mac := hmac.New(sha256.New, []byte(key.Reveal()))
		mac.Write([]byte(purpose))
		s.keys = append(s.keys, mac.Sum(nil))
	}
	return s, nil
}

// close signs a text that begins with the version.
func (s seals) close(text []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(text, sum(s.keys[0], text)...))
}

// open returns the text of a token, which has one form only, or ErrToken.
func (s seals) open(token string) ([]byte, error) {
	if len(token) > maxToken {
		return nil, ErrToken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The decoder passes over line breaks.
	if err != nil || len(raw) <= macSize || base64.RawURLEncoding.EncodeToString(raw) != token {
		return nil, ErrToken
	}
	text, claimed := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	matched := 0
	for _, key := range s.keys {
		matched |= subtle.ConstantTimeCompare(sum(key, text), claimed)
	}
	if matched == 0 || text[0] != version {
		return nil, ErrToken
	}
	return text, nil
}

// appendParts adds texts, each behind its length. One that is empty or longer
// than 256 bytes is refused.
func appendParts(text []byte, parts ...string) ([]byte, error) {
	for _, part := range parts {
		if part == "" || len(part) > maxPart {
			return nil, fmt.Errorf("links: an id has %d bytes, and must have 1 to %d", len(part), maxPart)
		}
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	return text, nil
}

// readParts reads as many and nothing behind them.
func readParts(text []byte, parts ...*string) bool {
	for _, part := range parts {
		size, n := binary.Uvarint(text)
		if n <= 0 || size == 0 || size > maxPart || size > uint64(len(text)-n) { //nolint:gosec // n is at most len(text)
			return false
		}
		*part, text = string(text[n:n+int(size)]), text[n+int(size):]
	}
	return len(text) == 0
}

func sum(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)[:macSize]
}

package links

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"flowd/internal/secret"
)

// Path is where links are served, the token after it.
const Path = "/v/"

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

// Claim is what a link stands for. The ids are those of the ledger, which hold
// nothing of a person.
type Claim struct {
	Interview   string // Hireflix's id
	ATS         string
	Application string
	// Epoch is raised to revoke the links made before; whoever looks a claim up
	// compares it.
	Epoch uint32
}

// Signer makes and reads tokens. It is immutable and safe for concurrent use; a
// changed key makes a new one.
type Signer struct{ keys [][]byte }

// New returns a signer of one key or several: the first signs, and all of them
// are accepted, so that a key can be exchanged while its links still work.
func New(keys []secret.Value) (*Signer, error) {
	if len(keys) == 0 {
		return nil, errors.New("links: there is no key")
	}
	s := &Signer{}
	for _, key := range keys {
		if len(key.Reveal()) < MinKey {
			return nil, fmt.Errorf("links: the key has fewer than %d characters: make one with openssl rand -hex 32", MinKey)
		}
		// A key that signs other things too must not make links by that.
		mac := hmac.New(sha256.New, []byte(key.Reveal()))
		mac.Write([]byte("flowd recording link"))
		s.keys = append(s.keys, mac.Sum(nil))
	}
	return s, nil
}

// Token returns the claim as it stands in a link: about a hundred characters
// that need no escaping in a URL. The same claim gives the same token. Ids that
// are empty or longer than 256 bytes are refused.
func (s *Signer) Token(c Claim) (string, error) {
	text := binary.AppendUvarint([]byte{version}, uint64(c.Epoch))
	for _, part := range []string{c.Interview, c.ATS, c.Application} {
		if part == "" || len(part) > maxPart {
			return "", fmt.Errorf("links: an id has %d bytes, and must have 1 to %d", len(part), maxPart)
		}
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	return base64.RawURLEncoding.EncodeToString(append(text, sum(s.keys[0], text)...)), nil
}

// URL is the whole link below a server's public address.
func (s *Signer) URL(public string, c Claim) (string, error) {
	token, err := s.Token(c)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(public, "/") + Path + token, nil
}

// Parse returns the claim of a token, or ErrToken. A token has one form only:
// every altered, added or missing character is refused.
func (s *Signer) Parse(token string) (Claim, error) {
	if len(token) > maxToken {
		return Claim{}, ErrToken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The decoder passes over line breaks.
	if err != nil || len(raw) <= macSize || base64.RawURLEncoding.EncodeToString(raw) != token {
		return Claim{}, ErrToken
	}
	text, claimed := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	matched := 0
	for _, key := range s.keys {
		matched |= subtle.ConstantTimeCompare(sum(key, text), claimed)
	}
	if matched == 0 || text[0] != version {
		return Claim{}, ErrToken
	}
	return read(text[1:])
}

func read(text []byte) (Claim, error) {
	epoch, n := binary.Uvarint(text)
	if n <= 0 || epoch > 1<<32-1 {
		return Claim{}, ErrToken
	}
	text = text[n:]
	c := Claim{Epoch: uint32(epoch)}
	for _, part := range []*string{&c.Interview, &c.ATS, &c.Application} {
		size, n := binary.Uvarint(text)
		if n <= 0 || size == 0 || size > maxPart || size > uint64(len(text)-n) { //nolint:gosec // n is at most len(text)
			return Claim{}, ErrToken
		}
		*part, text = string(text[n:n+int(size)]), text[n+int(size):]
	}
	if len(text) > 0 {
		return Claim{}, ErrToken
	}
	return c, nil
}

func sum(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)[:macSize]
}

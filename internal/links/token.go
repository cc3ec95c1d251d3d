package links

import (
	"encoding/binary"
	"strings"

	"flowd/internal/secret"
)

// Path is where links are served, the token after it.
const Path = "/v/"

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
type Signer struct{ seals }

// New returns a signer of one key or several: the first signs, and all of them
// are accepted, so that a key can be exchanged while its links still work.
func New(keys []secret.Value) (*Signer, error) {
	s, err := newSeals(keys, "flowd recording link")
	if err != nil {
		return nil, err
	}
	return &Signer{s}, nil
}

// Token returns the claim as it stands in a link: about a hundred characters
// that need no escaping in a URL. The same claim gives the same token. Ids that
// are empty or longer than 256 bytes are refused.
func (s *Signer) Token(c Claim) (string, error) {
	text := binary.AppendUvarint([]byte{version}, uint64(c.Epoch))
	text, err := appendParts(text, c.Interview, c.ATS, c.Application)
	if err != nil {
		return "", err
	}
	return s.close(text), nil
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
	text, err := s.open(token)
	if err != nil {
		return Claim{}, err
	}
	return read(text[1:])
}

func read(text []byte) (Claim, error) {
	epoch, n := binary.Uvarint(text)
	if n <= 0 || epoch > 1<<32-1 {
		return Claim{}, ErrToken
	}
	c := Claim{Epoch: uint32(epoch)}
	if !readParts(text[n:], &c.Interview, &c.ATS, &c.Application) {
		return Claim{}, ErrToken
	}
	return c, nil
}

package links

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"flowd/internal/secret"
)

// ApprovalPath is where the pages are served on which people say yes or no, the
// token after it.
const ApprovalPath = "/a/"

// Approval is what the link to such a page stands for. It holds nothing of those
// whom it is about.
type Approval struct {
	Batch    string
	Approver string // the name under notify: whose channel got the link
	// Round counts the answers that were given about the batch before: what is left
	// after one has links of its own.
	Round uint32
	Until time.Time // in whole seconds; the first moment at which it opens nothing
}

// Approvals makes and reads the tokens of such links. It is immutable and safe for
// concurrent use.
type Approvals struct{ links, forms seals }

// NewApprovals is New for links to approvals. The same keys serve: what is made of
// them opens no recording, and the other way round.
func NewApprovals(keys []secret.Value) (*Approvals, error) {
	links, err := newSeals(keys, "flowd approval link")
	if err != nil {
		return nil, err
	}
	forms, err := newSeals(keys, "flowd approval form")
	return &Approvals{links, forms}, err
}

// Token is as Signer.Token, of an approval.
func (s *Approvals) Token(a Approval) (string, error) {
	text := binary.AppendVarint([]byte{version}, a.Until.Unix())
	text = binary.AppendUvarint(text, uint64(a.Round))
	text, err := appendParts(text, a.Batch, a.Approver)
	if err != nil {
		return "", err
	}
	return s.links.close(text), nil
}

// URL is the whole link below a server's public address.
func (s *Approvals) URL(public string, a Approval) (string, error) {
	token, err := s.Token(a)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(public, "/") + ApprovalPath + token, nil
}

// Parse returns what a token stands for, or ErrToken, whether it has ended or
// not. A token has one form only.
func (s *Approvals) Parse(token string) (Approval, error) {
	text, err := s.links.open(token)
	if err != nil {
		return Approval{}, err
	}
	return readApproval(text[1:])
}

func readApproval(text []byte) (Approval, error) {
	until, n := binary.Varint(text)
	if n <= 0 {
		return Approval{}, ErrToken
	}
	text = text[n:]
	round, n := binary.Uvarint(text)
	if n <= 0 || round > 1<<32-1 {
		return Approval{}, ErrToken
	}
	a := Approval{Round: uint32(round), Until: time.Unix(until, 0).UTC()}
	if !readParts(text[n:], &a.Batch, &a.Approver) {
		return Approval{}, ErrToken
	}
	return a, nil
}

// Form signs what a form sends back: only the page behind this very link can have
// shown it, and it was not changed since.
func (s *Approvals) Form(token, shown string) string { return formOf(s.forms.keys[0], token, shown) }

// Signed tells, in constant time, whether Form made a signature.
func (s *Approvals) Signed(token, shown, signature string) bool {
	matched := 0
	for _, key := range s.forms.keys {
		matched |= subtle.ConstantTimeCompare([]byte(formOf(key, token, shown)), []byte(signature))
	}
	return matched == 1
}

func formOf(key []byte, token, shown string) string {
	return base64.RawURLEncoding.EncodeToString(sum(key, []byte(token+"\x00"+shown)))
}

// Answered is what an answer by this link is kept under, so that there is one only;
// AnsweredBatch is the batch that such a text is about.
func (a Approval) Answered(token string) string {
	sum := sha256.Sum256([]byte(token))
	return a.Batch + "/" + hex.EncodeToString(sum[:16])
}

// AnsweredBatch is the reverse of Answered.
func AnsweredBatch(id string) string {
	at := strings.LastIndexByte(id, '/')
	return id[:max(at, 0)]
}

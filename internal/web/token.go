package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"time"
)

// Role says what a personal token opens. Each role may do what the ones before
// it may.
type Role string

// The roles: a viewer reads, an operator gives orders about people and pauses,
// an admin also copies the state and answers for people's data.
const (
	RoleViewer   Role = "viewer"
	RoleOperator Role = "operator"
	RoleAdmin    Role = "admin"
)

// covers tells whether the role may do what needs another. A role that is none
// covers nothing.
func (r Role) covers(need Role) bool {
	rank := map[Role]int{RoleViewer: 1, RoleOperator: 2, RoleAdmin: 3}
	return rank[r] > 0 && rank[r] >= rank[need]
}

// Grant is a personal token as flowd knows it. The token itself is kept by its
// owner alone.
//
// The digest is a plain SHA-256: a token holds 256 random bits, so that there is
// nothing to guess and nothing that salt or a slow hash would protect. Those are
// for passwords, which people make up.
type Grant struct {
	Name   string
	Role   Role
	People bool // whether a viewer may see names and addresses
	Digest [sha256.Size]byte
	Until  time.Time // from when on it is refused
}

// MaySee tells whether names and addresses may be shown to the owner.
func (g Grant) MaySee() bool { return g.People || g.Role.covers(RoleOperator) }

// NewToken makes a personal token, to be shown once, and its digest.
func NewToken() (token string, digest [sha256.Size]byte) {
	// Each Text holds at least 128 random bits. The prefix lets people, and those
	// who search code for secrets, see what it is.
	token = "flowd_" + rand.Text() + rand.Text()
	return token, sha256.Sum256([]byte(token))
}

// holder returns the grant of a token. It takes the same time whichever fits.
func holder(token string, grants []Grant) (Grant, bool) {
	digest := sha256.Sum256([]byte(token))
	found := -1
	for i, g := range grants {
		if subtle.ConstantTimeCompare(digest[:], g.Digest[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Grant{}, false
	}
	return grants[found], true
}

package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxSession is how long somebody stays logged in to the pages at most.
const maxSession = 12 * time.Hour

// sessionCookie holds a session in the browser.
const sessionCookie = "flowd-session"

// sessions signs who is logged in to the pages. The key lives as long as the
// process, so that a restart logs everybody out. It is safe for concurrent use.
type sessions struct {
	key [32]byte

	mu    sync.Mutex
	ended map[[16]byte]time.Time // sessions that were logged out, until when they would have held
}

// session is one log-in: a token's digest, by which a token that is taken away
// takes its sessions with it.
type session struct {
	id     [16]byte
	digest [sha256.Size]byte
	until  time.Time
}

func newSessions() *sessions {
	s := &sessions{ended: map[[16]byte]time.Time{}}
	_, _ = rand.Read(s.key[:]) // never fails, as its documentation says
	return s
}

// begin makes a session of a token; it ends no later than the token.
func (s *sessions) begin(g Grant, now time.Time) session {
	out := session{digest: g.Digest, until: now.Add(maxSession)}
	if g.Until.Before(out.until) {
		out.until = g.Until
	}
	_, _ = rand.Read(out.id[:])
	return out
}

// seal writes a session for a cookie.
func (s *sessions) seal(in session) string {
	body := append(in.id[:], in.digest[:]...)
	body = binary.BigEndian.AppendUint64(body, uint64(in.until.Unix())) //nolint:gosec // the sign comes back in open
	return base64.RawURLEncoding.EncodeToString(append(body, s.mac(body)...))
}

// open reads what seal wrote. It is false for what somebody else wrote, and for
// a session that has ended.
func (s *sessions) open(value string, now time.Time) (session, bool) {
	const size = 16 + sha256.Size + 8
	raw, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || len(raw) != size+sha256.Size || !hmac.Equal(raw[size:], s.mac(raw[:size])) {
		return session{}, false
	}
	var out session
	copy(out.id[:], raw)
	copy(out.digest[:], raw[16:])
	out.until = time.Unix(int64(binary.BigEndian.Uint64(raw[16+sha256.Size:size])), 0) //nolint:gosec // see seal
	s.mu.Lock()
	defer s.mu.Unlock()
	_, loggedOut := s.ended[out.id]
	return out, !loggedOut && now.Before(out.until)
}

// end logs a session out: a copy of its cookie opens nothing either.
func (s *sessions) end(in session, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, until := range s.ended {
		if !now.Before(until) {
			delete(s.ended, id)
		}
	}
	s.ended[in.id] = in.until
}

func (s *sessions) mac(body []byte) []byte {
	m := hmac.New(sha256.New, s.key[:])
	m.Write(body)
	return m.Sum(nil)
}

// cookie is the session as the browser keeps it; an empty value takes it away.
func cookie(r *http.Request, value string, left time.Duration) *http.Cookie {
	// Behind a TLS proxy the request itself is plain; the browser's own word for
	// where the form came from tells.
	secure := r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://")
	c := &http.Cookie{ //nolint:gosec // not Secure on this machine itself, where there is no TLS
		Name: sessionCookie, Value: value, Path: "/", MaxAge: int(left.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

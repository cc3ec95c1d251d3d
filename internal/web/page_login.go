package web

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// loginPage is the form by which a personal token opens the pages.
type loginPage struct {
	Next    string
	Problem string
	Closed  bool // no token is configured
}

func (p *pages) loginForm(w http.ResponseWriter, r *http.Request) {
	if _, _, in := p.who(r); in {
		harden(w)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p.askForToken(w, http.StatusOK, loginPage{Next: ownPath(r.URL.Query().Get("next"))})
}

func (p *pages) askForToken(w http.ResponseWriter, status int, body loginPage) {
	body.Closed = len(p.Tokens()) == 0
	p.render(w, status, "login", frame{Title: "Log in", Body: body})
}

// maxForm bounds the body of a form.
const maxForm = 8 << 10

func (p *pages) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.problem(w, r, &Problem{Status: http.StatusBadRequest, Text: "the form cannot be read"})
		return
	}
	next := ownPath(r.PostForm.Get("next"))
	if !p.attempts.allow(r.RemoteAddr, p.Now()) {
		w.Header().Set("Retry-After", "10")
		p.askForToken(w, http.StatusTooManyRequests, loginPage{Next: next, Problem: "Too many wrong tokens. Wait a few seconds, then try again."})
		return
	}
	g, ok := holder(strings.TrimSpace(r.PostForm.Get("token")), p.Tokens())
	if !ok || !p.Now().Before(g.Until) {
		p.attempts.failed(r.RemoteAddr, p.Now())
		p.Log.Warn().Msg("a log-in to the pages was refused")
		said := "This token is wrong, or was taken away."
		if ok {
			said = "This token has ended. Ask for a new one."
		}
		p.askForToken(w, http.StatusUnauthorized, loginPage{Next: next, Problem: said})
		return
	}
	s := p.sessions.begin(g, p.Now())
	p.Log.Info().Str("by", g.Name).Str("role", string(g.Role)).Msg("logged in to the pages")
	http.SetCookie(w, cookie(r, p.sessions.seal(s), s.until.Sub(p.Now())))
	harden(w)
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // ownPath lets these pages' own addresses through alone
}

func (p *pages) logout(w http.ResponseWriter, r *http.Request) {
	if _, s, ok := p.who(r); ok {
		p.sessions.end(s, p.Now())
	}
	http.SetCookie(w, cookie(r, "", 0))
	harden(w)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// ownPath is where to go after the log-in: a page of these, and never another
// site's.
func ownPath(next string) string {
	if (next == "/people" || strings.HasPrefix(next, "/people?") || strings.HasPrefix(next, "/people/")) && !strings.ContainsAny(next, "\\\r\n") {
		return next
	}
	return "/"
}

// attempts bounds how often one address may be wrong: tokens cannot be guessed,
// but trying costs work and fills the log.
type attempts struct {
	mu   sync.Mutex
	from map[string]*rate.Limiter
}

const (
	maxWrong      = 10 // at once; then one in every wrongEvery
	wrongEvery    = 6 * time.Second
	maxRemembered = 4096 // addresses; beyond it all are forgotten
)

func newAttempts() *attempts { return &attempts{from: map[string]*rate.Limiter{}} }

// allow tells whether the address may try. Only failed counts against it.
func (t *attempts) allow(addr string, now time.Time) bool {
	return t.of(addr).TokensAt(now) >= 1
}

func (t *attempts) failed(addr string, now time.Time) { t.of(addr).AllowN(now, 1) }

func (t *attempts) of(addr string) *rate.Limiter {
	host, _, _ := net.SplitHostPort(addr)
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.from[host]
	if l == nil {
		if len(t.from) >= maxRemembered {
			clear(t.from)
		}
		l = rate.NewLimiter(rate.Every(wrongEvery), maxWrong)
		t.from[host] = l
	}
	return l
}

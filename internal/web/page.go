package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"flowd"
)

//go:embed pages
var pageFiles embed.FS

// policy lets a page load its stylesheet and send its forms home, and nothing
// else: no script runs, whatever a candidate typed.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// pages are the rooms for those without a terminal. They only read, and show
// what the API answers: there is no second code path.
type pages struct {
	api
	sessions  *sessions
	attempts  *attempts
	templates map[string]*template.Template
	style     []byte
	stylePath string // holds a digest of the stylesheet, so that it can be kept for ever
	chart     chartCache
}

// frame is what every page shows around its own.
type frame struct {
	Title, Place string // Place is the link that is the page itself
	Command      string // the command line that says the same
	Style        string
	Grant        Grant
	Version      string
	Now          time.Time
	Body         any
}

// mountPages puts the pages onto the admin listener's mux.
func mountPages(mux *http.ServeMux, a api) {
	p := &pages{api: a, sessions: newSessions(), attempts: newAttempts(), templates: map[string]*template.Template{}}
	funcs := template.FuncMap{
		"when": when, "ago": func(t time.Time) string { return agoFrom(t, a.Now()) }, "tone": tone, "standing": entryStanding,
		"stamp": stamp, "plural": plural, "web": webLink, "person": personLink,
		"happened": strings.NewReplacer(".", " ", "_", " ").Replace,
		"day":      func(t time.Time) string { return t.UTC().Format("2 Jan 2006") },
		"span":     func(d Duration) string { return minutes(time.Duration(d)) },
	}
	for _, name := range []string{"login", "today", "people", "story", "problem"} {
		// The files are part of the program: that they parse is for its tests.
		p.templates[name] = template.Must(template.New(name).Funcs(funcs).ParseFS(pageFiles, "pages/frame.html", "pages/"+name+".html"))
	}
	p.style, _ = pageFiles.ReadFile("pages/style.css") // see above
	digest := sha256.Sum256(p.style)
	p.stylePath = "/assets/" + hex.EncodeToString(digest[:8]) + ".css"

	own := http.NewCrossOriginProtection()
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.problem(w, r, &Problem{Status: http.StatusForbidden, Text: "this form came from another address than this page's: open the page anew, and let a proxy pass on the Host header"})
	}))
	for pattern, h := range map[string]http.Handler{
		"GET /{$}":             p.inside(p.today),
		"GET /people":          p.inside(p.people),
		"GET /people.csv":      p.inside(p.peopleCSV),
		"GET /people/{ref...}": p.inside(p.story),
		"GET /login":           http.HandlerFunc(p.loginForm),
		"POST /login":          own.Handler(http.HandlerFunc(p.login)),
		"POST /logout":         own.Handler(http.HandlerFunc(p.logout)),
		"GET " + p.stylePath:   http.HandlerFunc(p.stylesheet),
	} {
		mux.Handle(pattern, h)
	}
}

// inside lets only those in who are logged in, and sends the others to do so.
func (p *pages) inside(show func(http.ResponseWriter, *http.Request, Grant)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g, _, ok := p.who(r)
		if !ok {
			to := "/login"
			if r.URL.Path != "/" {
				to += "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
			}
			harden(w)
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		if refused := g.refuses(RoleViewer, r.URL.Query().Get("show") != ""); refused != nil {
			p.problem(w, r, refused)
			return
		}
		show(w, r.WithContext(context.WithValue(r.Context(), accessKey{}, g)), g)
	})
}

// who is logged in: the token behind the session must still be let in.
func (p *pages) who(r *http.Request) (Grant, session, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return Grant{}, session{}, false
	}
	s, ok := p.sessions.open(c.Value, p.Now())
	if !ok {
		return Grant{}, session{}, false
	}
	for _, g := range p.Tokens() {
		if g.Digest == s.digest && p.Now().Before(g.Until) {
			return g, s, true
		}
	}
	return Grant{}, session{}, false
}

// ask calls a handler of the API as if it had been asked with these parameters.
func ask[T any](r *http.Request, h func(*http.Request) (any, error), q url.Values) (T, error) {
	inner := r.Clone(r.Context())
	inner.URL = &url.URL{RawQuery: q.Encode()}
	got, err := h(inner)
	out, ok := got.(T)
	if err == nil && !ok {
		err = errors.New("the API answered something else than this page shows")
	}
	return out, err
}

// render writes a page whole, or a problem.
func (p *pages) render(w http.ResponseWriter, status int, name string, f frame) {
	f.Style, f.Now, f.Version = p.stylePath, p.Now(), p.Info().Version
	var out bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&out, "frame.html", f); err != nil {
		p.Log.Error().Err(err).Str("page", name).Msg("a page could not be drawn")
		http.Error(w, "this page could not be drawn; flowd's log says why", http.StatusInternalServerError)
		return
	}
	harden(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// problem shows what is wrong as a page.
func (p *pages) problem(w http.ResponseWriter, r *http.Request, err error) {
	said, ok := errors.AsType[*Problem](err)
	if !ok {
		p.Log.Error().Err(err).Msg("a page could not be read from the state")
		said = &Problem{Status: http.StatusInternalServerError, Text: "the state could not be read; flowd's log says why"}
	}
	g, _, _ := p.who(r)
	p.render(w, said.Status, "problem", frame{Title: "That did not work", Grant: g, Body: said})
}

func (p *pages) stylesheet(w http.ResponseWriter, _ *http.Request) {
	harden(w)
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // another sheet has another path
	_, _ = w.Write(p.style)
}

// harden tells the browser what a page may do, and to keep no copy of it.
func harden(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Nothing is told to other sites. To flowd itself a form must say where it
	// came from: with no-referrer a browser would send "null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// tone is the class of a word's colour.
func tone(w flowd.Word) string {
	switch w {
	case flowd.WordInvited, flowd.WordWould:
		return "good"
	case flowd.WordFinished:
		return "done"
	case flowd.WordWaiting, flowd.WordChecking:
		return "calm"
	case flowd.WordHeld:
		return "care"
	case flowd.WordFailed:
		return "bad"
	}
	return "plain"
}

// webLink is an address that may be followed, or "": a source can send anything.
func webLink(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return u.String()
	}
	return ""
}

// commandLine writes a command as a shell takes it.
func commandLine(words ...string) string {
	for i, w := range words {
		if w == "" || strings.ContainsFunc(w, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@,", r)
		}) {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

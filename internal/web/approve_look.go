package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"flowd"
)

// approvalPage is how a request for an approval's page ends.
type approvalPage struct {
	result string // as counted and logged
	status int
	err    error

	Title    string
	Text     []string // paragraphs
	Command  string   // to type, where nothing is left to click
	Link     string   // to what is left
	LinkText string
	Form     *approvalForm // what it asks, if anything
}

// plainly is an answer that shows nothing of anybody.
func plainly(result string) approvalPage {
	a := approvalPage{result: result, status: http.StatusOK}
	switch result {
	case "method":
		a.status, a.Title, a.Text = http.StatusMethodNotAllowed, "Open this link in a browser", []string{"It leads to a page with two buttons."}
	case "often":
		a.status, a.Title, a.Text = http.StatusTooManyRequests, "Opened too often", []string{"This link was opened many times in a short while. Try again in a minute."}
	case "ended":
		a.status, a.Title = http.StatusGone, "This link has ended"
		a.Text = []string{"It worked for three days. While somebody still waits for a yes, a message with a new link comes once a day."}
	case "previewed":
		a.Title, a.Text = "People wait for a yes", []string{"Open this link in a browser to see who, and to decide."}
	case "removed":
		a.status, a.Title = http.StatusGone, "You are not asked any more"
		a.Text = []string{"The rule was changed since: it asks somebody else now, or it is gone. Whoever runs flowd can still decide."}
	case "unfit":
		a.status, a.Title, a.Text = http.StatusForbidden, "Nothing was done", []string{"What was sent does not come from this link's own page. Open the link again and use its buttons."}
	case "nobody":
		a.status, a.Title, a.Text = http.StatusConflict, "Nothing was done", []string{"None of those whom the page showed waits for this answer any more. Open the link again to see who does."}
	case "failed":
		a.status, a.Title, a.Text = http.StatusServiceUnavailable, "Not at the moment", []string{"flowd cannot read its state; its log says why. Nothing was changed. Try again in a minute."}
	default: // unknown
		a.status, a.Title = http.StatusNotFound, "This link is not complete"
		a.Text = []string{"It was shortened or altered on its way. Open it again from where you found it, or copy it from its first to its last character."}
	}
	return a
}

func failed(err error) approvalPage {
	a := plainly("failed")
	a.err = err
	return a
}

// about adds what to type about the link's batch.
func (a approvalPage) about(l link) approvalPage {
	a.Command = commandLine("flowd", "list", "--batch", l.Batch, "--show")
	return a
}

// looks draw the page: a template, and the pages' style within it, since nothing
// else of them is served where it is.
type looks struct {
	template *template.Template
	style    template.CSS
	policy   string
}

func newLooks() looks {
	funcs := template.FuncMap{"when": when, "stamp": stamp}
	style, _ := pageFiles.ReadFile("pages/style.css") // a part of the program
	digest := sha256.Sum256(style)
	return looks{
		template: template.Must(template.New("approve").Funcs(funcs).ParseFS(pageFiles, "pages/approve.html")),
		style:    template.CSS(style), //nolint:gosec // flowd's own
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
			"'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
}

// write sends the page. Nobody keeps a copy of it, finds it by a search, learns
// its address from it, or shows it within another.
func (k looks) write(w http.ResponseWriter, r *http.Request, a approvalPage) {
	h := w.Header()
	h.Set("Content-Security-Policy", k.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	switch a.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(60))
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD, POST")
	}
	var out bytes.Buffer
	page := struct {
		approvalPage
		Style template.CSS
		Zone  string
	}{a, k.style, time.Now().Format("MST")}
	if err := k.template.ExecuteTemplate(&out, "approve.html", page); err != nil {
		http.Error(w, "this page could not be drawn", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes())
	}
}

// words are how a question about some actions is put.
type words struct{ ask, what, yes, no, said, unsaid string }

// wordsFor speak of n people: of inviting them, or of what else is held.
func wordsFor(kind flowd.ActionKind, n int) words {
	one := n == 1
	pick := func(of, all string) string {
		if one {
			return of
		}
		return all
	}
	count := strconv.Itoa(n)
	if kind == flowd.ActionInvite {
		return words{
			ask: plural(n, "person waits", "people wait") + " to be invited", what: "Interview",
			yes: pick("Invite this person", "Invite these "+count), no: pick("Do not invite this person", "Invite none of them"),
			said: plural(n, "person", "people") + " will be invited", unsaid: pick("Not invited", "None of them is invited"),
		}
	}
	return words{
		ask: "Something waits to be done for " + plural(n, "person", "people"), what: "What is done",
		yes: pick("Do it for this person", "Do it for these "+count), no: pick("Do not do it", "Do it for none of them"),
		said: "It will be done for " + plural(n, "person", "people"), unsaid: pick("It is not done", "It is done for none of them"),
	}
}

// otherYes is the button where some of those that are shown are left out.
func otherYes(kind flowd.ActionKind, n int) string {
	others := "the other " + strconv.Itoa(n)
	if n == 1 {
		others = "the other one"
	}
	if kind == flowd.ActionInvite {
		return "Invite " + others
	}
	return "Do it for " + others
}

package links

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
)

// page is what a person sees who is not led on.
type page int

const (
	pageUnknown page = iota
	pageGone
	pageEnded
	pageRevoked
	pageLater
	pageOften
	pageMethod
	pageReady
)

// words are the status of a page and, in words, what is so and what to do.
func (p page) words() (status int, title, text string) {
	switch p {
	case pageGone:
		return http.StatusGone, "The recording is not available any more",
			"The interview was taken back or deleted, or its data was erased. This link will not work again."
	case pageEnded:
		return http.StatusGone, "This link has ended",
			"The application was closed some time ago, and with it the link to its recording. Whoever has an account can look for the interview in Hireflix."
	case pageRevoked:
		return http.StatusGone, "This link was replaced",
			"It was called back. Look for a newer one in the candidate's profile."
	case pageLater:
		return http.StatusServiceUnavailable, "Hireflix cannot be reached at the moment",
			"The recording is there still. Try again in a minute."
	case pageOften:
		return http.StatusTooManyRequests, "Opened too often",
			"This link was opened many times in a short while. Try again in a minute."
	case pageMethod:
		return http.StatusMethodNotAllowed, "Open this link in a browser", "It only leads to a recording."
	case pageReady:
		return http.StatusOK, "Recording of a video interview", "Open this link in a browser to watch it."
	}
	return http.StatusNotFound, "This link is not complete",
		"It was shortened or altered on its way. Open it again from where you found it, or copy it from its first to its last character."
}

const (
	style = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#222;background:#fff}h1{font-size:1.5rem}`
	// waitSeconds is when it makes sense to come again.
	waitSeconds = 60
)

// security are the headers of every answer. The policy lets a page load and run
// nothing; its one style is named by digest.
func security(h http.Header) {
	digest := sha256.Sum256([]byte(style))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// write sends the page. Nothing of the request is in it.
func (p page) write(w http.ResponseWriter, r *http.Request) {
	status, title, text := p.words()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	switch status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(waitSeconds))
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD")
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write([]byte("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n" +
		"<title>" + title + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n<p>" + text + "</p>\n</body>\n</html>\n"))
}

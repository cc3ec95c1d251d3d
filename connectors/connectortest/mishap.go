package connectortest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"flowd/internal/fault"
)

// door stands before a system, counts what comes to write, and can answer in its
// place.
type door struct {
	system  WriteSystem
	written atomic.Int32
	// reached hears of each request that a mishap took; release ends those that
	// hang.
	reached, release chan struct{}
	onWrite, onRead  atomic.Pointer[response] // nil: the system answers
}

// response is what answers in the system's place.
type response func(d *door, w http.ResponseWriter, r *http.Request)

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	does := d.onRead.Load()
	if !d.system.Reads(r) {
		d.written.Add(1)
		does = d.onWrite.Load()
	}
	// Getting a token is neither: a mishap there is no mishap of a look.
	if does == nil || strings.HasSuffix(r.URL.Path, "/token") {
		d.system.ServeHTTP(w, r)
		return
	}
	(*does)(d, w, r)
}

// mishap is one way in which a call goes wrong.
type mishap struct {
	name  string
	does  response
	write fault.Kind // of a call that writes
	moves fault.Kind // of a move, where it differs
	read  fault.Kind // of a call that looks; empty: not tried
	// effect tells that the system did what it was asked; hangs, that no answer
	// comes until somebody gives up; renews, that a token is got anew.
	effect, hangs, renews bool
	retry                 float64 // seconds
}

// leak is what careless systems answer.
const leak = `{"error": "Rosa Field <rosa.field@example.com> cannot be changed with token ` + Secret + `"}`

func mishaps() []mishap {
	status := func(code int, header ...string) response {
		return func(_ *door, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			_, _ = w.Write([]byte(leak))
		}
	}
	after := func(then func(w http.ResponseWriter, answer *httptest.ResponseRecorder)) response {
		return func(d *door, w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			d.system.ServeHTTP(answer, r)
			then(w, answer)
		}
	}
	abort := func(http.ResponseWriter, *httptest.ResponseRecorder) { panic(http.ErrAbortHandler) }
	page := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>Sign in, Rosa Field</title>"))
	}
	return []mishap{
		{name: "400", does: status(400), write: fault.Invalid, read: fault.Invalid},
		{name: "401", does: status(401), write: fault.Unauthorized, read: fault.Unauthorized, renews: true},
		{name: "403", does: status(403), write: fault.Unauthorized, read: fault.Unauthorized},
		{name: "404", does: status(404), write: fault.NotFound, read: fault.NotFound},
		{name: "409", does: status(409), write: fault.Invalid, moves: fault.Conflict},
		{name: "422", does: status(422), write: fault.Invalid, read: fault.Invalid},
		{name: "429", does: status(429, "Retry-After", "7"), write: fault.RateLimited, read: fault.RateLimited, retry: 7},
		{name: "429 with a window", does: status(429, "X-RateLimit-Reset", "30"), write: fault.RateLimited, read: fault.RateLimited, retry: 30},
		{name: "429 without a word", does: status(429), write: fault.RateLimited, read: fault.RateLimited},
		{name: "500", does: status(500), write: fault.Uncertain, read: fault.Unavailable},
		{name: "503", does: status(503, "Retry-After", "9"), write: fault.Uncertain, read: fault.Unavailable, retry: 9},
		{name: "302", does: status(302, "Location", "https://login.example.com/?for=Rosa"), write: fault.Uncertain, read: fault.Unavailable},
		{name: "307", does: status(307, "Location", "https://elsewhere.example.com/"), write: fault.Unavailable, read: fault.Unavailable},
		{name: "login page", does: func(_ *door, w http.ResponseWriter, _ *http.Request) { page(w) }, write: fault.Uncertain, read: fault.Unavailable},
		{name: "hangs", hangs: true, write: fault.Uncertain, read: fault.Unavailable, does: func(d *door, _ http.ResponseWriter, r *http.Request) {
			d.reached <- struct{}{}
			select {
			case <-r.Context().Done():
			case <-d.release:
			}
		}},
		{name: "closed before", write: fault.Uncertain, read: fault.Unavailable, does: func(*door, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "closed behind the effect", does: after(abort), write: fault.Uncertain, read: fault.Unavailable, effect: true},
		{name: "500 behind the effect", does: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { w.WriteHeader(500) }), write: fault.Uncertain, effect: true},
		{name: "login page behind the effect", does: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { page(w) }), write: fault.Uncertain, effect: true},
		{name: "cut off", does: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"id": 1`))
		}), write: fault.Uncertain, read: fault.Unavailable, effect: true},
		{name: "huge", does: after(func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
			w.Header().Set("Content-Type", "application/json")
			block := []byte(strings.Repeat("[", 64<<10))
			for range 100 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}), write: fault.Uncertain, read: fault.Unavailable, effect: true},
	}
}

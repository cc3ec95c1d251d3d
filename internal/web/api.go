// Package web is what flowd shows and takes over HTTP beside hooks: health for
// monitors, metrics, and the one API behind every command. A command speaks to
// the daemon's API, or to the same handler in its own process when no daemon
// runs; there is no second code path.
package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Options are what the handlers stand on.
type Options struct {
	Store state.Store
	// Rules is the serving set, or nil while there is none.
	Rules func() *rules.Set
	// RulesOf returns the set that was served under a digest, so that an old
	// decision is explained by the rules of its day; nil when it is not kept.
	RulesOf func(digest string) *rules.Set
	// Decide is the engine's decision, for questions about events that never
	// happened.
	Decide rules.Decide
	// Info is what only the process knows of itself.
	Info func() Info
	// Apply makes the rules on disk serve; nil while no daemon runs.
	Apply Apply
	// Wake makes a running daemon look for work after an order; nil does nothing.
	Wake func()
	// Backup notes that a backup was written; nil when nobody keeps count.
	BackedUp func(at time.Time)
	// Token is what a command on this machine carries. Tokens are those of people
	// elsewhere, as they are at the moment, and open the pages; nil serves no
	// pages. Without either the handler is inside a command's own process.
	Token  string
	Tokens func() []Grant
	// Addresses are those of a name under notify:, by which is known who of the
	// approvers moved somebody; nil knows none.
	Addresses func(name string) []string
	ByHand
	Metrics http.Handler
	Log     zerolog.Logger
	Now     func() time.Time
}

// Info describes the process behind the API.
type Info struct {
	Running  bool
	DryRun   bool
	Since    time.Time
	Version  string
	Sources  []SourceInfo
	Rules    RulesInfo
	Problems []string // what needs a person, in words
	Backup   time.Time
	// Positions and their age are the catalogue's.
	Positions   []flowd.Position
	PositionsAt time.Time
	// Systems are what the ATSs have whose sources can list it.
	Systems      []System
	PausedByFile bool
	Quota        *Quota // nil while Hireflix says nothing
}

// SourceInfo is one configured source.
type SourceInfo struct {
	Name  string   `json:"name"`
	Kind  string   `json:"kind"`
	Hook  string   `json:"hook,omitempty"` // path without its secret
	Every Duration `json:"every,omitempty"`
	ATS   string   `json:"ats,omitempty"`
}

// RulesInfo is the serving set.
type RulesInfo struct {
	Digest string    `json:"digest"`
	Since  time.Time `json:"since"`
	Count  int       `json:"count"`
	Rows   int       `json:"rows"`
	Stale  string    `json:"stale,omitempty"` // why the files on disk are not served
	// Files are those on disk that are not served as they are.
	Files []StaleFile `json:"stale_files,omitempty"`
}

// StaleFile is a file of the rules that is served as it was, or not at all.
type StaleFile struct {
	Name  string    `json:"name"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

type api struct{ Options }

// Admin returns the handler of the admin listener: the API under /api/v1, the
// pages, metrics and health.
func Admin(o Options) http.Handler {
	a := api{o}
	mux := http.NewServeMux()
	Health(mux, o)
	if o.Metrics != nil {
		mux.Handle("GET /metrics", a.fromHere(o.Metrics))
	}
	for pattern, h := range map[string]func(*http.Request) (any, error){
		"GET /api/v1/status":   a.status,
		"GET /api/v1/list":     a.list,
		"GET /api/v1/explain":  a.explain,
		"GET /api/v1/names":    a.names,
		"POST /api/v1/amend":   a.amend,
		"POST /api/v1/apply":   a.apply,
		"POST /api/v1/pause":   a.pause,
		"POST /api/v1/explain": a.explainEvent,
	} {
		mux.Handle(pattern, a.guard(answer(h)))
	}
	a.serveByHand(mux)
	mux.Handle("GET /api/v1/backup", a.guard(http.HandlerFunc(a.backup)))
	if o.Tokens != nil {
		mountPages(mux, a)
	}
	return mux
}

// Problem is an error of the API: its text is for the person at the command.
type Problem struct {
	Status int    `json:"-"`
	Text   string `json:"error"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Text }

func wrong(text string) error { return &Problem{Status: http.StatusBadRequest, Text: text} }

func notFound(text string) error { return &Problem{Status: http.StatusNotFound, Text: text} }

func answer(h func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := h(r)
		if p, ok := errors.AsType[*Problem](err); ok {
			fail(w, p.Status, p.Text)
			return
		}
		if err != nil {
			fail(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		//nolint:errchkjson // a client that went away cannot be told
		_ = json.NewEncoder(w).Encode(body)
	})
}

func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Problem{Text: text}) //nolint:errchkjson // see answer
}

// maxRequest bounds the body of an order.
const maxRequest = 1 << 20

func decode(r *http.Request, into any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, maxRequest))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return wrong("the request cannot be read: " + err.Error())
	}
	sign(r, into)
	return nil
}

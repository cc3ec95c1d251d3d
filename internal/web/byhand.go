package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// byHand is the source of the events that people order.
const byHand = "by-hand"

// ByHand is what the orders and questions of people stand on beside the state.
// Each may be nil.
type ByHand struct {
	// Bar is why an address must not be written to whoever asks, or "".
	Bar func(address string) flowd.Reason
	// Transcript is what the candidate of an interview said, where Hireflix has it
	// by now.
	Transcript func(ctx context.Context, interview string) (text string, ok bool, err error)
	// Reconcile compares ATS, flowd and Hireflix, and with fix lets flowd act on
	// what it found. It calls step, one call at a time, with what it is at.
	Reconcile func(ctx context.Context, fix bool, step func(text string)) (Reconciliation, error)
	// Plan tells what edited rules would change. It calls step, one call at a time,
	// with what it is at and how far.
	Plan func(ctx context.Context, o PlanOrder, step func(at string, done, of int)) (Plan, error)
	// Fields are the custom fields that the rules read and that nobody kept of an
	// application, as its last delivery tells them.
	Fields func(ctx context.Context, s state.Story) ([]flowd.Field, error)
	// Kept are the custom fields, folded, whose values are kept of every event; nil
	// before there are any events.
	Kept func(ctx context.Context) ([]string, error)
	// Compile compiles rule files as a reload would; what refuses them is the error.
	Compile func(files []rules.File) (*rules.Set, error)
	// Revoke ends the links to an interview's recording that were made until now.
	Revoke func(ctx context.Context, interview string) error
	// Retention is how long things are kept.
	Retention func() state.Retention
}

// serveByHand adds the endpoints of this file's kind.
func (a api) serveByHand(mux *http.ServeMux) {
	for pattern, h := range map[string]func(*http.Request) (any, error){
		"POST /api/v1/invite":      a.invite,
		"POST /api/v1/orders":      a.orders,
		"POST /api/v1/send-on":     a.sendOn,
		"POST /api/v1/withdraw":    a.withdraw,
		"POST /api/v1/tie":         a.tie,
		"POST /api/v1/alternative": a.alternative,
		"POST /api/v1/revoke":      a.revoke,
		"POST /api/v1/record":      a.record,
		"GET /api/v1/privacy":      a.privacy,
		"GET /api/v1/unmapped":     a.unmapped,
	} {
		mux.Handle(pattern, a.guard(answer(h)))
	}
	mux.Handle("POST /api/v1/privacy", a.guard(patient(answer(a.erase))))
	mux.Handle("POST /api/v1/plan", a.guard(patient(http.HandlerFunc(a.plan))))
	mux.Handle("POST /api/v1/reconcile", a.guard(patient(http.HandlerFunc(a.reconcile))))
}

// maxPatience bounds an answer that takes longer than an ordinary one may.
const maxPatience = 11 * time.Minute

// patient gives a handler that time. A response inside a command's own process
// has no deadlines to move.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bound := http.NewResponseController(w)
		_ = bound.SetWriteDeadline(time.Now().Add(maxPatience))
		_ = bound.SetReadDeadline(time.Now().Add(maxPatience)) // else it ends the request's context
		next.ServeHTTP(w, r)
	})
}

// MaxRows bounds the people of one request. A longer list comes in several, so
// that each is answered well before a connection's end.
const MaxRows = 500

// orderBase is what the keys of one kind of order about an application begin
// with. Each part is escaped, so that no two can be read as one.
func orderBase(parts ...string) string {
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "order/" + strings.Join(parts, "/")
}

// orderKey is the key of an order: the base, or a later one of it where what was
// ordered before has come to nothing, so that the same can be ordered again.
// given tells that it was ordered and is not decided yet.
func orderKey(s state.Story, base string) (key string, given bool) {
	n := 0
	for _, t := range s.Events {
		if t.Event.Key != base && !strings.HasPrefix(t.Event.Key, base+"/") {
			continue
		}
		if t.Decided.IsZero() {
			return t.Event.Key, true
		}
		n++
	}
	if n == 0 {
		return base, false
	}
	return base + "/" + strconv.Itoa(n+1), false
}

// order takes orders in, each an event of its application, and returns the keys
// that were not known before.
func (a api) order(ctx context.Context, events []flowd.Event) (map[string]bool, error) {
	now := a.Now()
	by := map[string][]flowd.Event{}
	var systems []string
	for _, ev := range events {
		ev.At, ev.Received = now, now
		if ev.Source == "" {
			ev.Source = byHand
		}
		if by[ev.ATS] == nil {
			systems = append(systems, ev.ATS)
		}
		by[ev.ATS] = append(by[ev.ATS], ev)
	}
	slices.Sort(systems)
	taken := map[string]bool{}
	for _, ats := range systems {
		done, err := a.Store.Admit(ctx, flowd.Batch{Source: byHand, ATS: ats, Events: by[ats]}, now)
		if err != nil {
			return taken, err
		}
		for _, key := range done.New {
			taken[key] = true
		}
	}
	a.wake()
	return taken, nil
}

// OrdersQuestion asks what became of orders, by their keys.
type OrdersQuestion struct {
	Keys []string `json:"keys"`
	Show bool     `json:"show,omitempty"`
}

// Standing is where an order stands. Settled tells that it goes on no further by
// itself: it is done, was refused, or waits for a person.
type Standing struct {
	Order   string `json:"order"`
	Settled bool   `json:"settled"`
	Entry
}

// orders tells what became of orders.
func (a api) orders(r *http.Request) (any, error) {
	var q OrdersQuestion
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	if len(q.Keys) > MaxRows {
		return nil, wrong("at most " + strconv.Itoa(MaxRows) + " orders are asked about at once")
	}
	out := []Standing{}
	for _, key := range q.Keys {
		stories, err := a.Store.Story(r.Context(), state.Ref{Event: key})
		if err != nil {
			return nil, err
		}
		for _, s := range stories {
			st, ok := standingOf(s, key)
			if !ok {
				continue
			}
			st.Name, st.Email = shown(s.Application.Candidate, q.Show)
			out = append(out, st)
		}
	}
	return out, nil
}

// standingOf is where the order of a key stands: at the first of its rows that
// did not end well, else at the last.
func standingOf(s state.Story, key string) (Standing, bool) {
	var rows []state.Row
	for _, row := range s.Rows {
		if row.Action.Event == key {
			rows = append(rows, row)
		}
	}
	for i, row := range rows {
		well := row.State == flowd.Done || row.State == flowd.Shared
		if well && i+1 < len(rows) {
			continue
		}
		settled := !row.State.Owing() || row.State == flowd.Held
		return Standing{Order: key, Settled: settled, Entry: entryOf(row)}, true
	}
	for _, t := range s.Events {
		if t.Event.Key == key {
			e := leftEntry(t)
			e.ATS = s.ATS
			return Standing{Order: key, Settled: !t.Decided.IsZero(), Entry: e}, true
		}
	}
	return Standing{}, false
}

package connectors

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"flowd"
)

// Where hooks are served, and what bounds them unless options say otherwise.
const (
	HookPath       = "/hooks/"
	DefaultMaxBody = 1 << 20
	bodyTimeout    = 10 * time.Second // to send a body; the slowest known sender gives up at 20 s
	admitTimeout   = 10 * time.Second
	completeTime   = 8 * time.Second // to ask for what a delivery does not tell
	inFlight       = 64 << 20        // bytes of bodies held at once, over all deliveries
	retryAfter     = "30"            // seconds
)

// HandlerOptions are what a Handler needs. Admit and Quarantine are required.
type HandlerOptions struct {
	Sources []Source
	// Admit stores a batch durably; it has when it returns nil. It must cope with
	// a context that ends and may be called concurrently.
	Admit func(ctx context.Context, b flowd.Batch) error
	// Quarantine keeps a body that could not be decoded, for inspection. The
	// problem holds neither personal data nor secrets.
	Quarantine func(ctx context.Context, source string, body []byte, problem string) error
	MaxBody    int64 // bytes; 0 means DefaultMaxBody
	Log        zerolog.Logger
	Metrics    prometheus.Registerer // nil: not registered
	Now        func() time.Time      // nil: time.Now
}

// Handler serves the hooks of every source at POST /hooks/NAME[/PATHSECRET], in
// one fixed order: route, cap the body, verify, decode, complete, admit, answer.
// What is not durable is never answered with success, and what a sender cannot
// prove is never decoded. It is safe for concurrent use.
type Handler struct {
	opts   HandlerOptions
	routes atomic.Pointer[routes]
	budget *semaphore.Weighted
	// bodyTimeout is a field for tests to shorten.
	bodyTimeout time.Duration
	metrics     *hookMetrics
	noise       zerolog.Logger // for refusals, of which anyone can cause any number
}

// routes are where deliveries go.
type routes struct {
	sources map[string]*Source
	// nowhere is the source of a path that leads nowhere, of which no more is known
	// than what some sender gives up on: it may be that one's, under a wrong address.
	nowhere Source
}

// NewHandler returns a handler; its metrics are registered or it fails.
func NewHandler(o HandlerOptions) (*Handler, error) {
	if o.Admit == nil || o.Quarantine == nil {
		return nil, errors.New("a hook handler needs Admit and Quarantine")
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	metrics, err := newHookMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		opts: o, metrics: metrics, bodyTimeout: bodyTimeout, budget: semaphore.NewWeighted(max(inFlight, o.MaxBody)),
		noise: o.Log.Sample(&zerolog.BurstSampler{Burst: 10, Period: time.Minute}),
	}
	h.Swap(o.Sources)
	return h, nil
}

// Swap replaces the sources, as after a reload. Deliveries under way end with
// those they began with.
func (h *Handler) Swap(sources []Source) {
	r := &routes{sources: make(map[string]*Source, len(sources))}
	for _, s := range sources {
		if s.Receiver != nil {
			r.sources[s.Name] = &s
			r.nowhere.GivesUpOn = append(r.nowhere.GivesUpOn, s.GivesUpOn...)
		}
	}
	h.routes.Store(r)
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	deadline(w, began.Add(h.bodyTimeout)) // refused bodies too: the server reads them to their end
	s := h.route(r.URL.Path)
	if s == nil {
		h.metrics.count("", resultNoSource)
		answer{status: http.StatusNotFound}.write(w, &h.routes.Load().nowhere)
		return
	}
	a := answer{status: http.StatusMethodNotAllowed, result: resultMethod}
	if r.Method == http.MethodPost {
		a = h.take(w, r, s)
	}
	h.metrics.count(s.Name, a.result)
	h.metrics.seconds.WithLabelValues(s.Name).Observe(time.Since(began).Seconds())
	h.note(s, a)
	a.write(w, s)
}

// route finds the source of a path, or nil. A wrong path secret is answered
// like a source that does not exist.
func (h *Handler) route(path string) *Source {
	rest, ok := strings.CutPrefix(path, HookPath)
	if !ok {
		return nil
	}
	name, secret, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	s := h.routes.Load().sources[name]
	if s == nil || len(s.PathSecrets) == 0 && secret != "" {
		return nil
	}
	known := 0
	for _, p := range s.PathSecrets {
		known |= subtle.ConstantTimeCompare([]byte(p.Reveal()), []byte(secret))
	}
	if len(s.PathSecrets) > 0 && known == 0 || len(s.PathSecrets) > 0 && secret == "" {
		return nil
	}
	return s
}

// take brings one delivery through the steps.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, s *Source) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = panicked(p)
		}
	}()
	body, release, a := h.read(w, r)
	defer release()
	if a.status != 0 {
		return a
	}
	d := flowd.Delivery{Source: s.Name, Header: r.Header, Query: r.URL.Query(), Body: body, Received: h.opts.Now()}
	ctx, cancel := context.WithTimeout(r.Context(), admitTimeout)
	defer cancel()
	if s.Setup {
		return greet(s, d)
	}
	if err := s.Receiver.Verify(d.Received, d); err != nil {
		if ours(err) {
			return unavailable(resultUnavailable, err)
		}
		return answer{status: http.StatusUnauthorized, result: resultUnauthorized, err: err}
	}
	b, reply, err := h.decode(ctx, s, d)
	switch {
	case errors.Is(err, errPanic):
		return unavailable(resultPanic, err)
	case err != nil:
		return h.quarantine(ctx, s, d, err)
	}
	if len(b.Events) > 0 || len(b.Seen) > 0 || len(b.Sightings) > 0 {
		b.Source, b.ATS, b.Raw = s.Name, s.ATS, body
		fillKeys(&b, s.Receiver, d)
		if b.Events, err = complete(r.Context(), s, b.Events); err != nil {
			return unavailable(resultUnavailable, err)
		}
		ctx, cancel := context.WithTimeout(r.Context(), admitTimeout)
		defer cancel()
		if err := h.opts.Admit(ctx, b); err != nil {
			return unavailable(resultUnavailable, err)
		}
		return answer{result: resultAdmitted, reply: reply}
	}
	if reply != nil {
		return answer{result: resultReply, reply: reply}
	}
	return answer{result: resultNothing}
}

// complete asks for what a delivery does not tell, where the source has a way.
func complete(ctx context.Context, s *Source, events []flowd.Event) ([]flowd.Event, error) {
	completer, ok := s.Receiver.(Completer)
	if !ok || len(events) == 0 {
		return events, nil
	}
	ctx, cancel := context.WithTimeout(ctx, completeTime)
	defer cancel()
	return completer.Complete(ctx, events)
}

// decode calls the connector, whose panic must not cost the delivery: it is
// kept, so that what caused it can be seen.
func (h *Handler) decode(ctx context.Context, s *Source, d flowd.Delivery) (b flowd.Batch, reply *flowd.Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(describe(p), h.opts.Quarantine(ctx, s.Name, d.Body, "the connector could not cope with this body: a fault of flowd"))
		}
	}()
	return s.Receiver.Decode(d)
}

func (h *Handler) quarantine(ctx context.Context, s *Source, d flowd.Delivery, problem error) answer {
	if err := h.opts.Quarantine(ctx, s.Name, d.Body, problem.Error()); err != nil {
		return unavailable(resultUnavailable, err)
	}
	return answer{status: http.StatusBadRequest, result: resultUndecodable, err: problem}
}

// greet answers a hook without a secret: nothing that it brings is believed, so
// only what changes nothing gets its answer. The rest is to come again.
func greet(s *Source, d flowd.Delivery) answer {
	b, reply, err := s.Receiver.Decode(d)
	if err != nil || reply == nil || len(b.Events) > 0 || len(b.Sightings) > 0 {
		return unavailable(resultSetup, nil)
	}
	return answer{result: resultReply, reply: reply}
}

package connectors

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"flowd"
)

// Results of deliveries, as they are counted.
const (
	resultAdmitted     = "admitted"
	resultNothing      = "nothing" // nothing that concerns flowd
	resultReply        = "reply"   // a ping or handshake
	resultNoSource     = "no_source"
	resultMethod       = "method"
	resultTooLarge     = "too_large"
	resultCut          = "cut" // the body did not arrive whole
	resultBusy         = "busy"
	resultUnauthorized = "unauthorized"
	resultUndecodable  = "undecodable"
	resultSetup        = "setup"
	resultUnavailable  = "unavailable"
	resultPanic        = "panic"
)

// answer is how a delivery ended. The zero status is the source's own for
// success.
type answer struct {
	status int
	result string
	reply  *flowd.Reply
	err    error // for the log: without personal data and secrets
}

func unavailable(result string, err error) answer {
	return answer{status: http.StatusServiceUnavailable, result: result, err: err}
}

// heeded is a status of failure in the form in which the sender delivers again.
func (s *Source) heeded(status int) int {
	if status != 0 && slices.Contains(s.GivesUpOn, status) {
		return http.StatusServiceUnavailable
	}
	return status
}

// write sends the answer. A status of failure says nothing that could help to
// guess a secret.
func (a answer) write(w http.ResponseWriter, s *Source) {
	a.status = s.heeded(a.status)
	switch {
	case a.status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfter)
	case a.status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	if a.status != 0 {
		http.Error(w, http.StatusText(a.status), a.status)
		return
	}
	status := s.OK
	if status == 0 {
		status = http.StatusOK
	}
	if a.reply == nil {
		w.WriteHeader(status)
		return
	}
	for name, values := range a.reply.Header {
		w.Header()[name] = values
	}
	if a.reply.Status != 0 {
		status = a.reply.Status
	}
	w.WriteHeader(status)
	_, _ = w.Write(a.reply.Body) // a sender that went away hears nothing
}

// note logs the answer: what people must act on as a warning, at a bounded rate
// where strangers can cause it.
func (h *Handler) note(s *Source, a answer) {
	switch a.result {
	case resultAdmitted, resultNothing, resultReply:
		h.opts.Log.Debug().Str("source", s.Name).Str("result", a.result).Msg("delivery taken")
	case resultUnavailable, resultPanic, resultUndecodable:
		h.opts.Log.Error().Str("source", s.Name).Str("result", a.result).Err(a.err).Msg("delivery not taken")
	default:
		h.noise.Warn().Str("source", s.Name).Str("result", a.result).Err(a.err).Msg("delivery refused")
	}
}

// errPanic marks a fault of flowd's own code.
var errPanic = errors.New("flowd met a fault of its own")

// describe makes an error of a panic. Of its value only run-time errors are
// shown: any other text could hold what was being decoded.
func describe(p any) error {
	what := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return fmt.Errorf("%w: %s\n%s", errPanic, what, debug.Stack())
}

func panicked(p any) answer { return unavailable(resultPanic, describe(p)) }

// hookMetrics count by source and result: a configured list by a closed one.
type hookMetrics struct {
	deliveries *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
}

func newHookMetrics(reg prometheus.Registerer) (*hookMetrics, error) {
	m := &hookMetrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_deliveries_total", Help: "HTTP deliveries to hooks, by source and how they were answered.",
		}, []string{"source", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flowd_delivery_duration_seconds", Help: "How long deliveries took to be answered.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 20},
		}, []string{"source"}),
	}
	return m, register(reg, m.deliveries, m.seconds)
}

func (m *hookMetrics) count(source, result string) {
	m.deliveries.WithLabelValues(source, result).Inc()
}

func register(reg prometheus.Registerer, collectors ...prometheus.Collector) error {
	if reg == nil {
		return nil
	}
	for _, c := range collectors {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}
